/// A failure of a request or a job, in terms of the domain.
///
/// `Endpoint` maps each case to a status and a problem document in one place. Clients see the texts of the cases. Only
/// the log shows the texts of `unauthenticated`, `originNotAllowed`, `cookiesRefused`, `unavailable` and `unexpected`.
public enum StorageError: Error, Hashable, Sendable {
  /// The request has no valid identity; `reason` is for the log.
  case unauthenticated(reason: String)
  /// A page outside the allowed origins sent the request with a cookie; `reason` is for the log.
  case originNotAllowed(reason: String)
  /// The user has none of the `roles` that the operation needs.
  case forbidden(roles: [String])
  /// A request for a private or premium image came without valid cookies; `reason` is for the log.
  case cookiesRefused(reason: String)
  /// The request is malformed; the text names the member and the expected value.
  case invalidRequest(String)
  /// The file is larger than `limit` bytes.
  case tooLarge(limit: Int64)
  /// The type is not on the list of `accepted` media types; `detail` names the type, or the name if its type is unknown.
  case typeNotAllowed(detail: String, accepted: [String])
  /// The extension of the name belongs to another type than the claimed one; `detail` names both.
  case typeContradicted(detail: String, accepted: [String])
  /// The file does not fit into the user's quota, of which `available` bytes are left.
  case quotaExceeded(available: Int64)
  /// The user already has the maximum number of open uploads, `limit`.
  case tooManyUploads(limit: Int)
  /// The upload has ended or its time is over; `detail` says how it ended.
  case uploadClosed(detail: String)
  /// The parts in the bucket are not exactly the parts of this upload.
  ///
  /// `numbers` lists the first parts that are missing, have another length, or do not belong to the upload.
  case partsMissing(numbers: [Int])
  /// The state of the file does not permit the operation; `detail` names the current and the required states.
  case wrongState(detail: String)
  /// The record has changed since the caller read it.
  case recordChanged
  /// The file already has the maximum number of live links, `limit`.
  case tooManyLinks(limit: Int)
  /// The resource existed and is permanently deleted.
  case gone
  /// The resource is unknown, belongs to another user, or cannot be served; a client cannot tell which.
  case notFound
  /// The resource is being rendered, or its rendering just failed; a client can retry after `retryAfter` seconds.
  case processing(retryAfter: Int)
  /// A required service does not answer; `detail` is for the log.
  case unavailable(detail: String)
  /// A bug or a broken installation; `detail` is for the log.
  case unexpected(detail: String)
}

extension StorageError: CustomStringConvertible {
  /// The failure as text for logs.
  public var description: String {
    switch self {
    case .unauthenticated(let reason): "no valid identity: \(reason)"
    case .originNotAllowed(let reason): "the origin is not allowed: \(reason)"
    case .forbidden([]): "the settings allow no role to do this"
    case .forbidden(let roles): "needs one of the roles \(roles.joined(separator: ", "))"
    case .cookiesRefused(let reason): "cookies refused: \(reason)"
    case .invalidRequest(let text): "malformed: \(text)"
    case .tooLarge(let limit): "a file of more than \(limit) bytes"
    case .typeNotAllowed(let detail, _): "a type that is not accepted: \(detail)"
    case .typeContradicted(let detail, _): "a name that contradicts the type: \(detail)"
    case .quotaExceeded(let available): "the quota has only \(available) bytes left"
    case .tooManyUploads(let limit): "more than \(limit) uploads under way"
    case .uploadClosed(let detail): "the upload is closed: \(detail)"
    case .partsMissing(let numbers): "parts missing: \(numbers.map(String.init).joined(separator: ", "))"
    case .wrongState(let detail): "wrong state: \(detail)"
    case .recordChanged: "the record has changed since it was read"
    case .tooManyLinks(let limit): "more than \(limit) links"
    case .gone: "permanently deleted"
    case .notFound: "not found"
    case .processing(let seconds): "not rendered yet: retry after \(seconds) s"
    case .unavailable(let detail): "unavailable: \(detail)"
    case .unexpected(let detail): "a defect or a broken installation: \(detail)"
    }
  }
}
