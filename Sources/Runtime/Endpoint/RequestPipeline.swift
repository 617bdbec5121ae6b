import Assembly
import Core
import FastCGI
import Foundation
import Logging

/// The steps around the handler of every process: request ID, error responses, cross-origin rules, metrics and the log
/// line.
struct RequestPipeline<Wrapped: Handler>: Sendable {
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

  /// Returns the error response to a request that the server did not pass to the handler.
  func refuse(_ status: Int, _ request: Request) -> Response {
    answer(request) { _ in
      switch status {
      case 413: throw RequestError.bodyTooLarge(limit: Wrapped.maximumBodyBytes(of: request))
      case 503: throw StorageError.processing(retryAfter: 5)
      case 400, 411:
        throw StorageError.invalidRequest("the path must be UTF-8, and the body as long as Content-Length")
      default: throw StorageError.unexpected(detail: "an answer that cannot be sent")
      }
    }
  }

  func answer(_ request: Request) -> Response {
    answer(request) { request in
      try request.requirePlainBody()
      let limit = Wrapped.maximumBodyBytes(of: request)
      guard request.body.count <= limit else { throw RequestError.bodyTooLarge(limit: limit) }
      return try handler.respond(to: request)
    }
  }

  private func answer(
    _ request: Request,
    since start: ContinuousClock.Instant = .now,
    by respond: (Request) throws -> Response
  ) -> Response {
    meter.begin()
    let requestID = request.id
    let profile = Wrapped.profile(of: request)
    let origins = CrossOrigin(
      allowed: app.settings.corsOrigins,
      profile: profile,
      headers: app.settings.corsHeaders,
      takesCookies: app.settings.tokens.identity == .nginx
    )
    var problem: (any Error)?
    var response: Response
    if let preflight = origins.preflight(request) {
      response = preflight
    } else {
      do {
        response = try respond(request)
      } catch {
        problem = error
        response = .problem(error, requestID: requestID, in: profile)
      }
    }
    if case .deferred(let owner, let make) = response.body {
      meter.deferResponse()
      return .deferred(for: owner) {
        answer(request, since: start) { _ in try make() }
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
    _ problem: (any Error)?,
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
    let level: Logger.Level = status >= 500 ? .error : request.notes.isRoutine ? .debug : .info
    app.log.log(level: level, "request", metadata: metadata)
  }
}

extension Duration {
  /// The duration in milliseconds, rounded to a tenth.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return (Double(seconds) * 1e4 + (Double(attoseconds) / 1e14).rounded()) / 10
  }
}
