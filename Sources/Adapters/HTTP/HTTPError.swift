/// The reasons why an exchange has no complete response; a 4xx or 5xx status is a response, not an error.
public enum HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A deadline passed: of the connection, of the whole exchange, or of a stalled transfer.
  case timeout(String)
  /// The host was not found, refused the connection, or closed it.
  case connection(String)
  /// The TLS handshake failed, or the certificate is not valid for the host.
  case tls(String)
  /// The connection ended before the announced length arrived.
  case incomplete(String)
  /// The response is longer than `limit` bytes, or its header section is longer than `HTTPClient.headLimit`.
  case tooLarge(limit: Int)
  /// The reader of the body or the receiver of the response stopped the exchange, for this reason.
  case aborted(String)
  /// The request is malformed, or the response is not valid HTTP.
  case protocolViolation(String)

  /// The failure as text for logs and terminals.
  public var description: String {
    switch self {
    case .timeout(let detail): "no answer in time: \(detail)"
    case .connection(let detail): detail
    case .tls(let detail): "no trusted connection: \(detail)"
    case .incomplete(let detail): "the response is incomplete: \(detail)"
    case .tooLarge(let limit): "the response is longer than \(limit) bytes"
    case .aborted(let detail): detail
    case .protocolViolation(let detail): "invalid HTTP: \(detail)"
    }
  }

  /// True if a retry of the same request may succeed a moment later.
  public var isTransient: Bool {
    switch self {
    case .timeout, .connection, .incomplete: true
    case .tls, .tooLarge, .aborted, .protocolViolation: false
    }
  }
}
