import Core
public import Database
public import Foundation

/// A user as the API and the commands show it: sizes in bytes, times in RFC 3339.
public struct UserDescription: Sendable, Encodable {
  /// The files in one state.
  public struct Files: Sendable, Encodable {
    /// The number of files.
    public let count: Int
    /// The bytes that the files occupy in the quota.
    public let heldBytes: Int64
  }

  /// The progress of the worker with the tags of ready files, after a change of the plan.
  public struct Retagging: Sendable, Encodable {
    /// The number of ready files whose tags are still to change.
    public let left: Int
    /// The number of ready files.
    public let total: Int
  }

  /// The identifier of the user.
  public let id: String
  /// The user's plan.
  public let plan: String
  /// The user's quota, in bytes.
  public let quotaBytes: Int64
  /// The bytes of finished files; deleted files count until they are purged.
  public let usedBytes: Int64
  /// The bytes reserved for uploads in progress.
  public let reservedBytes: Int64
  /// The time of the user's first valid request, or of the creation by an administrator or service.
  public let createdAt: Date
  /// The number of pending uploads; nil in lists.
  public let openUploads: Int?
  /// The files by state; nil in lists.
  public let files: [String: Files]?
  /// The progress with tags; nil if no tag is to change, and in the API.
  public let retagging: Retagging?

  /// Describes `user`, with the files by state if `holdings` is given.
  public init(_ user: UserRecord, _ holdings: [Holding]? = nil, _ progress: RetagProgress? = nil) {
    retagging = progress.map { Retagging(left: $0.left, total: $0.total) }
    id = user.id.description
    plan = user.plan.rawValue
    quotaBytes = user.quotaBytes
    usedBytes = user.usedBytes
    reservedBytes = user.reservedBytes
    createdAt = user.createdAt
    openUploads = holdings.map { all in all.first { $0.state == .pending }?.count ?? 0 }
    files = holdings.map { all in
      let pairs = all.map { ($0.state.rawValue, Files(count: $0.count, heldBytes: $0.heldBytes)) }
      return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
  }
}
