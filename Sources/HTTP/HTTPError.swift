/// Why an exchange gave no complete answer; a status of 4xx or 5xx is an answer, not an error.
public enum HTTPError: Error, Hashable, Sendable {
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

  /// Whether the same request may fare better a moment later.
  public var isTransient: Bool {
    switch self {
    case .timeout, .connection, .incomplete: true
    case .tls, .tooLarge, .aborted, .protocolViolation: false
    }
  }
}
