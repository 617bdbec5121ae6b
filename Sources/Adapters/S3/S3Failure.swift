internal import FoundationEssentials
internal import HTTP
internal import Signing
internal import Storage
internal import XML

/// The failure of one attempt: its meaning, and whether another attempt may succeed.
struct S3Failure: Error {
  let error: StoreError
  var isTransient = false
  var retryAfter: Double?
}

extension S3Failure {
  /// Creates the failure for a transport error.
  init(_ error: HTTPError) {
    let meaning: StoreError =
      switch error {
      case .timeout(let detail): .timeout(detail: detail)
      case .connection(let detail): .unavailable(detail: detail)
      case .incomplete(let detail): .integrity(detail: detail)
      case .tls(let detail): .tls(detail: detail)
      case .aborted(let detail): .aborted(detail: detail)
      case .tooLarge(let limit): .unexpected(detail: "an answer of over \(limit) bytes")
      case .protocolViolation(let detail): .unexpected(detail: detail)
      }
    self.init(error: meaning, isTransient: error.isTransient)
  }

  /// Creates the failure for missing credentials, whose source decides when another attempt makes sense.
  init(_ error: CredentialError) { self.init(error: .unavailable(detail: "credentials: \(error)")) }

  /// Creates the failure for a response other than 2xx; a response to a HEAD has no body, so only its status counts.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  init(_ response: HTTPResponse, at now: Date) {
    let head = response.head
    let document = try? XMLReader.read(response.body)
    let code = document?.text(of: "Code") ?? ""
    let message = document?.text(of: "Message") ?? ""
    let detail = Self.detail(head.status, code, message)
    self.init(
      error: Self.sealed(code, message) ?? Self.meaning(ofCode: code, detail)
        ?? Self.meaning(of: head, code: code, message, at: now),
      isTransient: (500...599).contains(head.status) && head.status != 501 || head.status == 429
        || passing.contains(code),
      retryAfter: head["retry-after"].flatMap(Double.init)
    )
  }

  /// Creates the failure for an error document in a 200 response or in the response to a batch.
  ///
  /// Such a document has no status; its code determines a likely one.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  init(_ document: XMLElement) {
    let code = document.text(of: "Code") ?? ""
    let message = document.text(of: "Message") ?? ""
    let head = HTTPResponseHead(status: likelyStatus[code] ?? (code.isEmpty ? 500 : 400))
    let detail = Self.detail(head.status, code, message)
    self.init(
      error: Self.meaning(ofCode: code, detail) ?? Self.meaning(of: head, code: code, message, at: Date()),
      isTransient: head.status >= 500 || passing.contains(code)
    )
  }

  /// Returns `sealed` for an object encrypted with a key that the store was not given, and for an archived object.
  ///
  /// Stores use different codes for a missing encryption key, but the same phrase in the message.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html,
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (InvalidObjectState)
  private static func sealed(_ code: String, _ message: String) -> StoreError? {
    let hasNoKey = ["InvalidRequest", "InvalidArgument"].contains(code) && message.contains("Server Side Encryption")
    return hasNoKey || code == "InvalidObjectState" ? .sealed(detail: "\(code) \(message)") : nil
  }

  /// The status, and the code and message if the store sent them.
  private static func detail(_ status: Int, _ code: String, _ message: String) -> String {
    ([String(status)] + [code, message].filter { !$0.isEmpty }).joined(separator: " ")
  }

  private static func meaning(ofCode code: String, _ detail: String) -> StoreError? {
    switch code {
    case "NoSuchKey", "NoSuchVersion", "NoSuchUpload": .notFound
    case "NoSuchTagSet": .invalidRequest(code: code, message: detail)
    case "NoSuchBucket": .noSuchBucket
    case "PreconditionFailed", "ConditionalRequestConflict": .preconditionFailed
    case "InvalidRange": .invalidRange
    case "RequestTimeTooSkewed": .clockSkew(detail: detail)
    case "RequestTimeout": .timeout(detail: detail)
    case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody":
      .integrity(detail: detail)
    case "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "RequestLimitExceeded",
      "BandwidthLimitExceeded":
      .throttled(detail: detail)
    default: nil
    }
  }

  private static func meaning(of head: HTTPResponseHead, code: String, _ message: String, at now: Date) -> StoreError {
    let detail = Self.detail(head.status, code, message)
    switch head.status {
    case 401, 403:
      guard code.isEmpty, let theirs = head.date("date"), abs(theirs.timeIntervalSince(now)) > longestSkew else {
        return .accessDenied(detail: detail)
      }
      return .clockSkew(detail: "this machine's clock is \(Int(now.timeIntervalSince(theirs))) s ahead of the store's")
    case 404: return .notFound
    case 405 where head["x-amz-delete-marker"] == "true": return .notFound
    case 412: return .preconditionFailed
    case 416: return .invalidRange
    case 429: return .throttled(detail: detail)
    case 501: return .invalidRequest(code: code.isEmpty ? "NotImplemented" : code, message: message)
    case 500...599: return .unavailable(detail: detail)
    case 300...499: return .invalidRequest(code: code.isEmpty ? "HTTP\(head.status)" : code, message: message)
    default: return .unexpected(detail: detail)
    }
  }
}

/// The largest accepted difference between clocks, in seconds.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)
private let longestSkew: Double = 15 * 60

/// Error codes that are transient although their status is 4xx.
private let passing: Set = [
  "RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "OperationAborted",
]

/// The likely status of an error document without one; any other code counts as 400.
private let likelyStatus = [
  "AccessDenied": 403, "InternalError": 500, "ServiceUnavailable": 503, "SlowDown": 503,
]
