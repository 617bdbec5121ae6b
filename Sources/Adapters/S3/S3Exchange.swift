internal import HTTP

/// One request to the store and its result, for metrics; it names neither bucket nor key.
public struct S3Exchange: Sendable {
  /// The result of a request, by the status of the response.
  public enum Outcome: String, CaseIterable, Sendable {
    /// A status of 2xx, or 304 for a conditional request.
    ///
    /// The document of a completed multipart upload or of a copy can still say that the operation failed.
    case ok
    /// A status of 3xx or 4xx, such as 404 for an object that does not exist.
    case refused
    /// A status of 5xx, or a response that is not valid HTTP.
    case failed
    /// No response: no connection, or no answer in time.
    case unreachable
  }

  /// The operation.
  public let operation: S3Operation
  /// The result.
  public let outcome: Outcome
  /// The time from the request to the end of its response, with the time that the caller took for the bytes of a body.
  public let duration: Duration
}

extension S3Exchange.Outcome {
  init(status: Int) {
    switch status {
    case 200...299, 304: self = .ok
    case 300...499: self = .refused
    default: self = .failed
    }
  }

  init(_ error: HTTPError) {
    switch error {
    case .timeout, .connection, .tls, .incomplete: self = .unreachable
    // The caller stopped the exchange after the status had arrived.
    case .aborted: self = .ok
    case .tooLarge, .protocolViolation: self = .failed
    }
  }
}
