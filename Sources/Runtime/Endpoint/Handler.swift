public import Assembly
public import Core
public import FastCGI
import Foundation
import Logging

/// A FastCGI process of Stowage: the main file of each process declares one struct that conforms to this protocol.
public protocol Handler: Sendable {
  /// Creates the handler with its dependencies from `app`; called once, before the socket exists.
  init(_ app: Application) throws(StorageError)

  /// The maximum body size of all requests, in bytes.
  ///
  /// Default: 8 KiB.
  static var maximumBodyBytes: Int { get }

  /// Returns the maximum body size of `request`, in bytes.
  ///
  /// Default: `maximumBodyBytes`.
  static func maximumBodyBytes(of request: Request) -> Int

  /// True if some responses are deferred (`Response.deferred`); the process then has as many additional threads for
  /// them.
  ///
  /// Default: false.
  static var defersResponses: Bool { get }

  /// Returns the profile of the client that `request` comes from.
  ///
  /// Default: `own`.
  static func profile(of request: Request) -> ClientProfile

  /// Returns the path that the log shows.
  ///
  /// Default: the whole path.
  static func loggedPath(of request: Request) -> String

  /// Returns the checks for `/health/ready`.
  ///
  /// Default: the database.
  static func readinessChecks(of app: Application) -> [ReadinessCheck]

  /// Returns the response to a request; called by several threads at once.
  ///
  /// The method and the closure of a `Response.deferred` throw `StorageError` and `RequestError`; any other error is answered
  /// as an internal one.
  func respond(to request: Request) throws -> Response
}

extension Handler {
  /// The name of the process: also the name of its socket, its nginx file and its systemd instance.
  static var processName: String { String(describing: Self.self).lowercased() }

  static func socket(of app: Application) -> String { "\(app.settings.endpoint.socketDirectory)/\(processName).sock" }

  /// The default maximum body size, in bytes: enough for 100 identifiers, or for a file name with every character
  /// escaped.
  public static var maximumBodyBytes: Int { 8 << 10 }

  /// The default: `maximumBodyBytes`.
  public static func maximumBodyBytes(of request: Request) -> Int { maximumBodyBytes }

  /// The default: false.
  public static var defersResponses: Bool { false }

  /// The default: `own`.
  public static func profile(of request: Request) -> ClientProfile { .own }

  /// The default: the whole path.
  public static func loggedPath(of request: Request) -> String { request.path }

  /// The default: the database, which every process reads.
  public static func readinessChecks(of app: Application) -> [ReadinessCheck] { [.database(of: app)] }

  /// Serves until SIGTERM or SIGINT, answers the requests that have arrived, and returns.
  public static func main() {
    let mode = LaunchMode(of: processName)
    let app = Application.start(processName)
    do {
      let handler = try Self(app)
      let pipeline = RequestPipeline(app: app, handler: handler)
      let server = Server(pipeline, mode)
      let monitor = Monitor(app, process: processName, checks: readinessChecks(of: app))
      var recorder: TrafficRecorder?
      monitor.watch(server.statistics, threads: app.settings.endpoint.threads)
      try server.run(
        ready: {
          // Not earlier: only threads that start while the server runs leave SIGTERM to it.
          recorder = TrafficRecorder.start(of: app)
          app.log.notice("listening")
          if case .staged = mode { StagedWatch.start(pipeline.socket, server) }
        },
        handler: { monitor.answer($0) ?? pipeline.answer($0) }
      )
      recorder?.stop()
      app.log.notice("stopped")
    } catch {
      app.exit(because: error)
    }
  }
}

extension Server {
  /// Creates a server on the socket of the process, on a staged socket, or on a socket that a supervisor passed.
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
