import Core
import Database

/// The bytes that a user's files occupy, and the user's limits.
public struct UsageDescription: Sendable, Encodable {
  /// The bytes of finished files; deleted files count until they are purged.
  public let usedBytes: Int64
  /// The bytes reserved for uploads in progress.
  public let reservedBytes: Int64
  /// The share of `usedBytes` that purging the deleted files will release.
  public let reclaimableBytes: Int64
  /// The user's quota, in bytes.
  public let quotaBytes: Int64
  /// The user's plan.
  public let plan: String
  /// The files by state; states without files are absent.
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
