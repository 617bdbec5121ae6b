/// A request that HTTP's own rules refuse.
public enum RequestError: Error, Hashable, Sendable {
  /// The resource does not support the request's method; `allowed` lists the methods that it supports.
  case methodNotAllowed(allowed: [String])
  /// The request's body is longer than `limit` bytes.
  case bodyTooLarge(limit: Int)
  /// The request's body has a `Content-Encoding`.
  case encodingNotAllowed(String)
  /// `If-Match` or `If-None-Match` does not match the current entity tag.
  case preconditionFailed
}

extension RequestError: CustomStringConvertible {
  /// The text for logs.
  public var description: String {
    switch self {
    case .methodNotAllowed(let allowed): "the method must be one of \(allowed.joined(separator: ", "))"
    case .bodyTooLarge(let limit): "the body must be at most \(limit) bytes long"
    case .encodingNotAllowed(let encoding): "the body must have no Content-Encoding, not \(encoding)"
    case .preconditionFailed: "If-Match or If-None-Match does not match"
    }
  }
}
