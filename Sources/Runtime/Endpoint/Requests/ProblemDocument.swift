import Core
import FastCGI
import Foundation

/// The body of an error response (problem details).
///
/// Source: https://www.rfc-editor.org/rfc/rfc9457
struct ProblemDocument: Encodable {
  var type = "about:blank"
  var title: String
  var status: Int
  /// A stable identifier for programs.
  var code: String
  var detail: String?
  /// Title and detail, for `ClientProfile.companion` only; the title alone if `accepted` has the detail for programs.
  var message: String?
  var accepted: [String]?
  var numbers: [Int]?
  var requestID = ""
  /// Headers of the response besides those of every problem.
  var headers: [(name: String, value: String)] = []

  private enum CodingKeys: String, CodingKey {
    case type, title, status, code, detail, message, accepted, numbers
    case requestID = "requestId"
  }
}

/// The table of errors: the status, code, texts and headers of each.
extension ProblemDocument {
  init(_ error: StorageError) {
    switch error {
    case .unauthenticated:
      self = problem(401, "unauthenticated", "A valid bearer token is needed")
      headers.append(("WWW-Authenticate", "Bearer"))
    case .originNotAllowed:
      self = problem(403, "origin_not_allowed", "Cookies are accepted only from pages of the application")
    case .forbidden(let roles):
      self = problem(
        403,
        "forbidden",
        "The token may not do this",
        roles.isEmpty
          ? "The settings of this site allow no role to do it."
          : "This needs a token with the role \(roles.joined(separator: " or "))."
      )
    case .cookiesRefused:
      self = problem(403, "cookies_needed", "These images require valid cookies")
    case .invalidRequest(let detail):
      self = problem(400, "invalid_request", "The request is not of the expected form", detail)
    case .tooLarge(let limit):
      self = problem(413, "too_large", "The file is too large", "At most \(Wording.bytes(limit)) (\(limit) bytes).")
    case .typeNotAllowed(let detail, let accepted):
      self = problem(415, "type_not_allowed", "Files of this type are not accepted", detail)
      self.accepted = accepted
    case .typeContradicted(let detail, let accepted):
      self = problem(415, "type_not_allowed", "The name and the type of the file contradict each other", detail)
      self.accepted = accepted
    case .quotaExceeded(let available):
      self = problem(403, "quota_exceeded", "The file exceeds the remaining quota", "\(available) bytes are left.")
    case .tooManyUploads(let limit):
      self = problem(
        429,
        "too_many_uploads",
        "Too many uploads are under way",
        "At most \(limit) at once: finish or abort one, or wait until one expires."
      )
    case .uploadClosed(let detail):
      self = problem(409, "upload_closed", "The upload is not open any more", detail)
    case .partsMissing(let numbers):
      self = problem(
        409,
        "parts_missing",
        "The parts in the bucket do not match the upload",
        "Missing, of another length, or not of this upload: \(numbers.map(String.init).joined(separator: ", "))."
      )
      self.numbers = numbers
    case .wrongState(let detail):
      self = problem(409, "wrong_state", "The file's state does not allow this", detail)
    case .recordChanged:
      self = problem(
        412,
        "precondition_failed",
        "The resource has changed since it was read",
        "The current ETag does not meet If-Match or If-None-Match."
      )
    case .tooManyLinks(let limit):
      self = problem(
        409,
        "too_many_links",
        "The file has too many links",
        "At most \(limit) at once: revoke one, or wait until one expires."
      )
    case .notFound:
      self = problem(404, "not_found", "There is nothing here")
    case .gone:
      self = problem(410, "gone", "The file can no longer be restored")
    case .processing(let seconds):
      self = problem(503, "processing", "The response is being prepared; try again shortly")
      headers.append(("Retry-After", String(max(1, seconds))))
    case .unavailable:
      self = problem(503, "unavailable", "A component of the service is unavailable; try again shortly")
      headers.append(("Retry-After", "5"))
    case .unexpected:
      self = problem(500, "internal", "Something went wrong")
    }
  }

  init(_ error: RequestError) {
    switch error {
    case .bodyTooLarge(let limit):
      self = problem(413, "body_too_large", "The request's body is too large", "At most \(limit) bytes.")
    case .encodingNotAllowed(let encoding):
      self = problem(
        415,
        "encoding_not_allowed",
        "The request's body is encoded",
        "Content-Encoding is \(encoding): send the body without an encoding."
      )
      // Source: https://www.rfc-editor.org/rfc/rfc7694#section-3
      headers.append(("Accept-Encoding", "identity"))
    case .preconditionFailed:
      self = problem(
        412,
        "precondition_failed",
        "The resource has changed since it was read",
        "The current ETag does not meet If-Match or If-None-Match."
      )
    case .methodNotAllowed(let allowed):
      self = problem(405, "method_not_allowed", "This address does not support the method")
      headers.append(("Allow", allowed.joined(separator: ", ")))
    }
  }
}

private func problem(_ status: Int, _ code: String, _ title: String, _ detail: String? = nil) -> ProblemDocument {
  ProblemDocument(title: title, status: status, code: code, detail: detail)
}

extension ProblemDocument {
  init(_ error: any Error) {
    switch error {
    case let error as StorageError: self.init(error)
    case let error as RequestError: self.init(error)
    default: self.init(StorageError.unexpected(detail: "\(error)"))
    }
  }

  /// Returns the code of the problem that is the response to `error`.
  static func code(of error: any Error) -> String { ProblemDocument(error).code }
}

extension Response {
  /// Returns the response to a `StorageError` or `RequestError`; every other error is an internal one.
  static func problem(_ error: any Error, requestID: String, in profile: ClientProfile = .own) -> Response {
    var document = ProblemDocument(error)
    document.requestID = requestID
    if profile == .companion {
      let detail = document.accepted == nil ? document.detail : nil
      document.message = [document.title, detail].compactMap { $0 }.joined(separator: ": ")
    }
    let headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    return Response(status: document.status, headers: document.headers + headers, body: .bytes(JSON.encode(document)))
  }
}
