/// The reasons why a call of a store fails; the texts are for the log and contain no secrets.
public enum StoreError: Error, Hashable, Sendable {
  /// The key, version or multipart upload does not exist, or the current version is a delete marker.
  case notFound
  /// The bucket does not exist.
  case noSuchBucket
  /// The credentials are unknown, do not match, or do not permit the call.
  case accessDenied(detail: String)
  /// The key had to be new and already has an object, or the object does not have the required tag.
  case preconditionFailed
  /// The object has no byte in the range.
  case invalidRange
  /// The store refused the request with its error code and message, or the request was invalid before sending.
  case invalidRequest(code: String, message: String)
  /// The store limits the request rate; every attempt failed.
  case throttled(detail: String)
  /// The store does not answer or reports an internal error; every attempt failed.
  case unavailable(detail: String)
  /// Every attempt exceeded its deadline.
  case timeout(detail: String)
  /// The clocks of this machine and the store differ too much for valid signatures.
  case clockSkew(detail: String)
  /// The certificate of the store is not valid, or the TLS handshake failed.
  case tls(detail: String)
  /// The object exists but the store cannot return it: it is archived, or encrypted with a key that only its sender
  /// has.
  case sealed(detail: String)
  /// The bytes differ from the announced length or checksum.
  case integrity(detail: String)
  /// The object is longer than `limit` bytes, the limit of the caller.
  case tooLarge(limit: Int)
  /// A sink or the reader of a body stopped the call with this error.
  case aborted(detail: String)
  /// The response of the store is not valid.
  case unexpected(detail: String)
}

extension StoreError: CustomStringConvertible {
  /// The failure as text for logs and terminals.
  public var description: String {
    switch self {
    case .notFound: "the object or the multipart upload is not there"
    case .noSuchBucket: "the bucket is not there"
    case .accessDenied(let detail): "access denied: \(detail)"
    case .preconditionFailed: "the object has changed, or already exists"
    case .invalidRange: "the object has no byte in the range"
    case .invalidRequest(let code, let message): "\(code): \(message)"
    case .throttled(let detail): "the store limits the request rate: \(detail)"
    case .unavailable(let detail): "unavailable: \(detail)"
    case .timeout(let detail): "no answer in time: \(detail)"
    case .clockSkew(let detail): "the clocks of this machine and the store differ too much: \(detail)"
    case .tls(let detail): "no trusted connection: \(detail)"
    case .sealed(let detail): "the store cannot return the object: \(detail)"
    case .integrity(let detail): "the bytes differ from those announced: \(detail)"
    case .tooLarge(let limit): "the object is longer than \(limit) bytes"
    case .aborted(let detail): detail
    case .unexpected(let detail): "an invalid response: \(detail)"
    }
  }
}

extension StoreError {
  /// True if the store does not implement the call; the caller then uses other calls.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  public var isNotOffered: Bool {
    guard case .invalidRequest(let code, _) = self else { return false }
    return ["NotImplemented", "MethodNotAllowed", "HTTP405", "NotSupported", "UnsupportedOperation"].contains(code)
  }
}
