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
  static func dialect(of request: Request) -> Dialect

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
  public static func dialect(of request: Request) -> Dialect { .own }

  /// All of it.
  public static func loggedPath(of request: Request) -> String { request.path }

  /// Every process looks things up in the database.
  public static func readinessChecks(of app: Application) -> [ReadinessCheck] { [.database(of: app)] }

  /// Serves until SIGTERM or SIGINT, answers what has come until then, and returns.
  public static func main() {
    guard let usage = Usage(of: processName) else { return }
    let app = Application.start(processName)
    do {
      let handler = try Self(app)
      let front = Front(app: app, handler: handler)
      let server = Server(front, usage)
      let monitor = Monitor(app, process: processName, checks: readinessChecks(of: app))
      monitor.watch(server.statistics, threads: app.settings.endpoint.threads)
      try server.run(
        ready: {
          app.log.notice("listening")
          if case .staged = usage { StagedWatch.start(front.socket, server) }
        },
        handler: { monitor.answer($0) ?? front.answer($0) }
      )
      app.log.notice("stopped")
    } catch {
      app.exit(because: error)
    }
  }
}

extension Server {
  /// A server on the process's socket, beside it, or on the one that a supervisor passed.
  fileprivate convenience init(_ front: Front<some Handler>, _ usage: Usage) {
    let endpoint = front.app.settings.endpoint
    let path = front.socket
    var settings = Settings()
    settings.threads = endpoint.threads
    settings.deferredThreads = front.defersResponses ? endpoint.threads : 0
    settings.maximumBodyBytes = front.maximumBodyBytes
    settings.requestDeadline = .seconds(endpoint.deadlineSeconds)
    let log = front.app.log
    let listener: Listener =
      switch usage {
      case .staged: .staged(path, mode: endpoint.socketMode)
      case .serve:
        .inherited(environment: ProcessInfo.processInfo.environment) ?? .path(path, mode: endpoint.socketMode)
      }
    self.init(
      listener: listener,
      settings: settings,
      refuse: front.refuse
    ) { log.warning("connection", metadata: ["detail": .string($0)]) }
  }
}

/// What every process does around its handler: request IDs, errors, cross-origin rules and the log line.
struct Front<Wrapped: Handler>: Sendable {
  let app: Application
  let handler: Wrapped
  private let meter: RequestMeter

  init(app: Application, handler: Wrapped) {
    self.app = app
    self.handler = handler
    meter = RequestMeter(app.metrics)
  }

  var socket: String { Wrapped.socket(of: app) }
  var maximumBodyBytes: Int { Wrapped.maximumBodyBytes }
  var defersResponses: Bool { Wrapped.defersResponses }

  /// The answer to what is not worth a handler's time.
  func refuse(_ status: Int, _ request: Request) -> Response {
    answer(request) { (_) throws(StorageError) in
      throw switch status {
      case 413: StorageError.bodyTooLarge(limit: Wrapped.maximumBodyBytes(of: request))
      case 503: StorageError.processing(retryAfter: 5)
      case 400, 411: StorageError.invalidRequest("it needs a path in UTF-8, and a body as long as Content-Length says")
      default: StorageError.unexpected(detail: "an answer that cannot be sent")
      }
    }
  }

  func answer(_ request: Request) -> Response {
    answer(request) { (request) throws(StorageError) in
      let limit = Wrapped.maximumBodyBytes(of: request)
      guard request.body.count <= limit else { throw .bodyTooLarge(limit: limit) }
      return try handler.respond(to: request)
    }
  }

  private func answer(
    _ request: Request,
    since start: ContinuousClock.Instant = .now,
    by respond: (Request) throws(StorageError) -> Response
  ) -> Response {
    meter.begin()
    let requestID = request.id
    let dialect = Wrapped.dialect(of: request)
    let origins = CrossOrigin(
      allowed: app.settings.corsOrigins,
      dialect: dialect,
      takesCookies: app.settings.tokens.identity == .nginx
    )
    var problem: StorageError?
    var response: Response
    if let preflight = origins.preflight(request) {
      response = preflight
    } else {
      do throws(StorageError) {
        response = try respond(request)
      } catch {
        problem = error
        response = .problem(error, requestID: requestID, in: dialect)
      }
    }
    if case .deferred(let owner, let make) = response.body {
      meter.deferResponse()
      return .deferred(for: owner) {
        answer(request, since: start) { (_) throws(StorageError) in
          do { return try make() } catch { throw error as? StorageError ?? .unexpected(detail: "\(error)") }
        }
      }
    }
    origins.mark(&response, for: request)
    response.headers.append(("X-Request-ID", requestID))
    log(request, requestID, response.status, problem, since: start)
    return response
  }

  private func log(
    _ request: Request,
    _ requestID: String,
    _ status: Int,
    _ problem: StorageError?,
    since start: ContinuousClock.Instant
  ) {
    let duration = ContinuousClock.now - start
    meter.end(request.method, status, after: duration)
    var metadata: Logger.Metadata = [
      "requestID": .string(requestID), "method": .string(request.method),
      "path": .string(Wrapped.loggedPath(of: request)),
      "status": .stringConvertible(status), "ms": .stringConvertible(duration.milliseconds),
    ]
    for note in request.notes.all { metadata[note.name] = .string(note.value) }
    if let problem { metadata["problem"] = .string("\(problem)") }
    app.log.log(level: status >= 500 ? .error : .info, "request", metadata: metadata)
  }
}

extension Duration {
  /// In milliseconds, to a tenth.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return (Double(seconds) * 1e4 + (Double(attoseconds) / 1e14).rounded()) / 10
  }
}
