import Core
import Database

/// What a user's files take, and may take, in bytes.
public struct UsageDescription: Sendable, Encodable {
  /// What finished files take; deleted ones count until they are purged.
  public let usedBytes: Int64
  /// What uploads under way may take.
  public let reservedBytes: Int64
  /// What of the used bytes deleted files give back once they are purged.
  public let reclaimableBytes: Int64
  /// The most that all may take.
  public let quotaBytes: Int64
  /// What the user pays for.
  public let plan: String
  /// Files by state; a state that none is in is not there.
  public let files: [String: UserDescription.Files]

  init(_ user: UserRecord, _ holdings: [Holding]) {
    let description = UserDescription(user, holdings)
    usedBytes = description.usedBytes
    reservedBytes = description.reservedBytes
    reclaimableBytes = holdings.filter { [.deleted, .purging].contains($0.state) }.reduce(0) { $0 + $1.heldBytes }
    quotaBytes = description.quotaBytes
    plan = description.plan
    files = description.files ?? [:]
  }
}
