public import Assembly
public import Core
public import FastCGI
import Foundation
import Logging

/// A FastCGI process: its main file conforms one struct to this, and that is the process.
public protocol Handler: Sendable {
  /// The handler's parts, taken out of `app`; runs once, before the socket exists.
  init(_ app: Application) throws(StorageError)

  /// The longest body of any request, in bytes; 8 kB unless the handler says otherwise.
  static var maximumBodyBytes: Int { get }

  /// The longest body that `request` may have, in bytes; that of any request unless the handler says otherwise.
  static func maximumBodyBytes(of request: Request) -> Int

  /// Whether some answers are made later (`Response.deferred`): then there are as many threads again, for those alone.
  static var defersResponses: Bool { get }

  /// How the routes speak that `request` is for; `own` unless the handler says otherwise.
  static func profile(of request: Request) -> ClientProfile

  /// What the log shows of a request's path; all of it unless the handler says otherwise.
  static func loggedPath(of request: Request) -> String

  /// What must be in reach for this process to be ready; the database unless the handler says otherwise.
  static func readinessChecks(of app: Application) -> [ReadinessCheck]

  /// The answer to one request; called by several threads at once.
  ///
  /// A `Response.deferred` may throw a `StorageError` too.
  func respond(to request: Request) throws(StorageError) -> Response
}

extension Handler {
  /// The process's name: its socket, its nginx file and its systemd instance are called so.
  static var processName: String { String(describing: Self.self).lowercased() }

  static func socket(of app: Application) -> String { "\(app.settings.endpoint.socketDirectory)/\(processName).sock" }

  /// What is enough for every request of the API, in bytes: 100 identifiers, or a file's name with each letter escaped.
  public static var maximumBodyBytes: Int { 8 << 10 }

  /// As long as that of any other.
  public static func maximumBodyBytes(of request: Request) -> Int { maximumBodyBytes }

  /// Not unless the handler says otherwise.
  public static var defersResponses: Bool { false }

  /// The API's own.
  public static func profile(of request: Request) -> ClientProfile { .own }

  /// All of it.
  public static func loggedPath(of request: Request) -> String { request.path }

  /// Every process looks things up in the database.
  public static func readinessChecks(of app: Application) -> [ReadinessCheck] { [.database(of: app)] }

  /// Serves until SIGTERM or SIGINT, answers what has come until then, and returns.
  public static func main() {
    guard let mode = LaunchMode(of: processName) else { return }
    let app = Application.start(processName)
    do {
      let handler = try Self(app)
      let pipeline = RequestPipeline(app: app, handler: handler)
      let server = Server(pipeline, mode)
      let monitor = Monitor(app, process: processName, checks: readinessChecks(of: app))
      monitor.watch(server.statistics, threads: app.settings.endpoint.threads)
      try server.run(
        ready: {
          app.log.notice("listening")
          if case .staged = mode { StagedWatch.start(pipeline.socket, server) }
        },
        handler: { monitor.answer($0) ?? pipeline.answer($0) }
      )
      app.log.notice("stopped")
    } catch {
      app.exit(because: error)
    }
  }
}

extension Server {
  /// A server on the process's socket, beside it, or on the one that a supervisor passed.
  fileprivate convenience init(_ pipeline: RequestPipeline<some Handler>, _ mode: LaunchMode) {
    let endpoint = pipeline.app.settings.endpoint
    let path = pipeline.socket
    var settings = Settings()
    settings.threads = endpoint.threads
    settings.deferredThreads = pipeline.defersResponses ? endpoint.threads : 0
    settings.maximumBodyBytes = pipeline.maximumBodyBytes
    settings.requestDeadline = .seconds(endpoint.deadlineSeconds)
    let log = pipeline.app.log
    let listener: Listener =
      switch mode {
      case .staged: .staged(path, mode: endpoint.socketMode)
      case .serve:
        .inherited(environment: ProcessInfo.processInfo.environment) ?? .path(path, mode: endpoint.socketMode)
      }
    self.init(
      listener: listener,
      settings: settings,
      refuse: pipeline.refuse
    ) { log.warning("connection", metadata: ["detail": .string($0)]) }
  }
}
