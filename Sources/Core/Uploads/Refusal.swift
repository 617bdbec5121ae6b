/// The decoder's refusal of a file; `detail` is for developers and never leaves the decoder process.
public struct Refusal: Error, Hashable, Sendable {
  /// The reason that the decoder sends to its parent.
  public let reason: RejectionReason
  /// The exact cause.
  public let detail: String

  /// Creates a refusal.
  public init(_ reason: RejectionReason, _ detail: String = "") {
    self.reason = reason
    self.detail = detail
  }

  /// The file is damaged; no more detail is known.
  public static let unreadable = Refusal(.unreadable, "damaged structure")
}
