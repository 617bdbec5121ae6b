/// The decoder's refusal of a file; `detail` is for developers and never leaves the decoder process.
public struct Refusal: Error, Hashable, Sendable {
  /// The reason that the decoder sends to its parent.
  public let reason: RejectionReason
  /// The exact cause.
  public let detail: String
  /// The limit that the file exceeds, for its owner; nil if the reason is no limit.
  public let exceeded: ExceededLimit?

  /// Creates a refusal.
  public init(_ reason: RejectionReason, _ detail: String = "") {
    self.reason = reason
    self.detail = detail
    exceeded = nil
  }

  /// Creates the refusal of a file that exceeds a limit of the decoder.
  public init(_ exceeded: ExceededLimit) {
    reason = .dimensionsExceeded
    detail = exceeded.word
    self.exceeded = exceeded
  }

  /// The file is damaged; no more detail is known.
  public static let unreadable = Refusal(.unreadable, "damaged structure")
}
