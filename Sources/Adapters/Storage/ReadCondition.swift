/// What must hold of an object for a read to be answered with it.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.1
public enum ReadCondition: Hashable, Sendable {
  /// The object is still this one; another gives `preconditionFailed`.
  case ifMatch(ETag)
  /// The object is another than this one; the same gives `ReadOutcome.notModified`.
  case ifNoneMatch(ETag)

  /// The header field that asks for it.
  public var header: (name: String, value: String) {
    switch self {
    case .ifMatch(let etag): ("if-match", etag.headerValue)
    case .ifNoneMatch(let etag): ("if-none-match", etag.headerValue)
    }
  }
}

/// What a conditional read found.
public enum ReadOutcome: Hashable, Sendable {
  /// The object, as it was asked for.
  case object(ObjectInfo)
  /// The object is the one whose tag was given; nothing of it was read.
  case notModified

  /// The object of a read without a condition, to which "not modified" is no answer.
  func unconditional() throws(StoreError) -> ObjectInfo {
    guard case .object(let info) = self else { throw .unexpected(detail: "not modified, though no tag was given") }
    return info
  }
}
