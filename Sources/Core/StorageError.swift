/// Everything that a request or a job can fail of, in the domain's words.
///
/// `Endpoint` maps each case to a status and a problem document in one place. Texts in the cases are for the client,
/// except those of `unauthenticated`, `originNotAllowed`, `cookiesRefused` and `unexpected`, which only the log shows.
public enum StorageError: Error, Hashable, Sendable {
  /// No identity, or none that holds; `reason` is for the log.
  case unauthenticated(reason: String)
  /// A cookie came with a request that no page of the application sent; `reason` is for the log.
  case originNotAllowed(reason: String)
  /// The identity holds, but has none of the roles that this needs: `roles`.
  case forbidden(roles: [String])
  /// An image that is not for everybody was asked for without cookies that hold; `reason` is for the log.
  case cookiesRefused(reason: String)
  /// A member or the whole of a request is malformed; the text says which and what was expected.
  case invalidRequest(String)
  /// The request's body is longer than `limit` bytes.
  case bodyTooLarge(limit: Int)
  /// The file is larger than `limit` bytes.
  case tooLarge(limit: Int64)
  /// The type is not on the list of `accepted` media types.
  case typeNotAllowed(accepted: [String])
  /// The user's quota has no room of this size: `available` bytes are left.
  case quotaExceeded(available: Int64)
  /// The user has as many uploads under way as they may: `limit`.
  case tooManyUploads(limit: Int)
  /// The upload is over, or its time is; `detail` says how it ended.
  case uploadClosed(detail: String)
  /// The bucket does not have just the parts of this upload: the first `numbers` that are missing, of another length, or
  /// too many.
  case partsMissing(numbers: [Int])
  /// The file is not in a state in which this can be done; `detail` says which it is in, and which it must be in.
  case wrongState(detail: String)
  /// The resource is no longer what `If-Match` says.
  case preconditionFailed
  /// The file has as many live links as it may: `limit`.
  case tooManyLinks(limit: Int)
  /// The request's method is not one of `allowed`.
  case methodNotAllowed(allowed: [String])
  /// What was there is gone for good.
  case gone
  /// Unknown, foreign, or not servable: a client cannot tell which.
  case notFound
  /// What is asked for is being made, or could not be made just now: worth asking again after so many `seconds`.
  case processing(retryAfter: Int)
  /// Something that this needs does not answer; `detail` is for the log.
  case unavailable(detail: String)
  /// A defect or a broken installation; `detail` is for the log.
  case unexpected(detail: String)
}

extension StorageError: CustomStringConvertible {
  /// For logs.
  public var description: String {
    switch self {
    case .unauthenticated(let reason): "nobody is identified: \(reason)"
    case .originNotAllowed(let reason): "another site's page: \(reason)"
    case .forbidden(let roles): "needs one of the roles \(roles.joined(separator: ", "))"
    case .cookiesRefused(let reason): "cookies refused: \(reason)"
    case .invalidRequest(let text): "malformed: \(text)"
    case .bodyTooLarge(let limit): "a body of more than \(limit) bytes"
    case .tooLarge(let limit): "a file of more than \(limit) bytes"
    case .typeNotAllowed(let accepted): "a type other than \(accepted.joined(separator: ", "))"
    case .quotaExceeded(let available): "the quota has room for \(available) bytes"
    case .tooManyUploads(let limit): "more than \(limit) uploads under way"
    case .uploadClosed(let detail): "the upload is closed: \(detail)"
    case .partsMissing(let numbers): "parts missing: \(numbers.map(String.init).joined(separator: ", "))"
    case .wrongState(let detail): "another state: \(detail)"
    case .preconditionFailed: "If-Match or If-None-Match does not hold"
    case .tooManyLinks(let limit): "more than \(limit) links"
    case .methodNotAllowed(let allowed): "a method other than \(allowed.joined(separator: ", "))"
    case .gone: "gone for good"
    case .notFound: "not found"
    case .processing(let seconds): "not made yet: ask again after \(seconds) s"
    case .unavailable(let detail): "unavailable: \(detail)"
    case .unexpected(let detail): "a defect or a broken installation: \(detail)"
    }
  }
}
