/// The condition of a read: the store returns the object only if the condition is true.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.1
public enum ReadCondition: Hashable, Sendable {
  /// The object has this tag; otherwise the read throws `preconditionFailed`.
  case ifMatch(ETag)
  /// The object has another tag; otherwise the result is `ReadOutcome.notModified`.
  case ifNoneMatch(ETag)

  /// The header field of the condition.
  public var header: (name: String, value: String) {
    switch self {
    case .ifMatch(let etag): ("if-match", etag.headerValue)
    case .ifNoneMatch(let etag): ("if-none-match", etag.headerValue)
    }
  }
}

/// The outcome of a conditional read.
public enum ReadOutcome: Hashable, Sendable {
  /// The object was read as requested.
  case object(ObjectInfo)
  /// The object has the tag of the condition; no bytes were read.
  case notModified

  /// Returns the object of a read without a condition; throws `unexpected` if the store answers "not modified".
  func unconditional() throws(StoreError) -> ObjectInfo {
    guard case .object(let info) = self else { throw .unexpected(detail: "not modified, though no tag was given") }
    return info
  }
}
