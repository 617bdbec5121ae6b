/// Why an exchange gave no complete answer; a status of 4xx or 5xx is an answer, not an error.
public enum HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A deadline passed: connecting, in total, or because the transfer stalled.
  case timeout(String)
  /// The host was not found, refused the connection, or cut it.
  case connection(String)
  /// The handshake failed or the certificate does not hold for this host.
  case tls(String)
  /// The connection ended before the announced length had arrived.
  case incomplete(String)
  /// The answer is longer than `limit` bytes, or its header section than `HTTPClient.headLimit`.
  case tooLarge(limit: Int)
  /// A body's reader or the receiver of the answer gave up, for the reason given.
  case aborted(String)
  /// The request cannot be sent as written, or what came back is no HTTP.
  case protocolViolation(String)

  /// For logs and terminals.
  public var description: String {
    switch self {
    case .timeout(let detail): "no answer in time: \(detail)"
    case .connection(let detail): detail
    case .tls(let detail): "no trusted connection: \(detail)"
    case .incomplete(let detail): "the answer broke off: \(detail)"
    case .tooLarge(let limit): "the answer is longer than \(limit) bytes"
    case .aborted(let detail): detail
    case .protocolViolation(let detail): "no HTTP: \(detail)"
    }
  }

  /// Whether the same request may fare better a moment later.
  public var isTransient: Bool {
    switch self {
    case .timeout, .connection, .incomplete: true
    case .tls, .tooLarge, .aborted, .protocolViolation: false
    }
  }
}
