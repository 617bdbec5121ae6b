/// Why a store did not do what it was asked; texts are for the log and hold no secret.
public enum StoreError: Error, Hashable, Sendable {
  /// No such key, no such version, or a delete marker in its place; no such multipart upload (any more).
  case notFound
  /// No such bucket.
  case noSuchBucket
  /// The credentials are unknown, do not fit, or do not allow this.
  case accessDenied(detail: String)
  /// The key was to be new and is taken, or the object is not the one that was meant.
  case preconditionFailed
  /// The range holds no byte of the object.
  case invalidRange
  /// The store refused the request, by its own code and words, or it could not be made.
  case invalidRequest(code: String, message: String)
  /// The store asks for fewer requests; every attempt was answered so.
  case throttled(detail: String)
  /// The store does not answer, or answers with a fault of its own; every attempt failed.
  case unavailable(detail: String)
  /// A deadline passed in every attempt.
  case timeout(detail: String)
  /// This machine's clock and the store's are too far apart for signatures to hold.
  case clockSkew(detail: String)
  /// The store's certificate does not hold, or the handshake failed.
  case tls(detail: String)
  /// The object is there, and the store does not hand it out: it is encrypted with a key that its sender kept, or archived.
  case sealed(detail: String)
  /// The bytes are not those that were announced: a length or a checksum differs.
  case integrity(detail: String)
  /// The object is longer than the caller's `limit`; bytes.
  case tooLarge(limit: Int)
  /// A sink or a body's reader gave up; thrown by them, passed on unchanged.
  case aborted(detail: String)
  /// An answer that makes no sense.
  case unexpected(detail: String)
}

extension StoreError: CustomStringConvertible {
  /// For logs and terminals.
  public var description: String {
    switch self {
    case .notFound: "it is not there"
    case .noSuchBucket: "the bucket is not there"
    case .accessDenied(let detail): "access denied: \(detail)"
    case .preconditionFailed: "it is another object by now"
    case .invalidRange: "the range holds no byte of it"
    case .invalidRequest(let code, let message): "\(code): \(message)"
    case .throttled(let detail): "it asks for fewer requests: \(detail)"
    case .unavailable(let detail): "unavailable: \(detail)"
    case .timeout(let detail): "no answer in time: \(detail)"
    case .clockSkew(let detail): "the clocks are too far apart: \(detail)"
    case .tls(let detail): "no trusted connection: \(detail)"
    case .sealed(let detail): "it cannot be read: \(detail)"
    case .integrity(let detail): "the bytes are others: \(detail)"
    case .tooLarge(let limit): "it is longer than \(limit) bytes"
    case .aborted(let detail): detail
    case .unexpected(let detail): "an answer that makes no sense: \(detail)"
    }
  }
}

extension StoreError {
  /// Whether the store knows no such call at all; what it would do is then done without it.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  public var isNotOffered: Bool {
    guard case .invalidRequest(let code, _) = self else { return false }
    return ["NotImplemented", "MethodNotAllowed", "HTTP405", "NotSupported", "UnsupportedOperation"].contains(code)
  }
}
