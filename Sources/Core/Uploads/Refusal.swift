/// Why the decoder does not accept a file; `detail` is for a developer, and never leaves the decoder.
public struct Refusal: Error, Hashable, Sendable {
  /// What the parent is told.
  public let reason: RejectionReason
  /// What exactly it was.
  public let detail: String

  /// A refusal.
  public init(_ reason: RejectionReason, _ detail: String = "") {
    self.reason = reason
    self.detail = detail
  }

  /// Damage that needs no closer words.
  public static let unreadable = Refusal(.unreadable, "damaged structure")
}
