import Core
public import Database
public import Foundation

/// A user as the API and the commands show them: sizes in bytes, times in RFC 3339.
public struct UserDescription: Sendable, Encodable {
  /// The files in one state.
  public struct Files: Sendable, Encodable {
    /// How many they are.
    public let count: Int
    /// What they take of the quota, in bytes.
    public let heldBytes: Int64
  }

  /// The user.
  public let id: String
  /// What they pay for.
  public let plan: String
  /// The most that their files may take.
  public let quotaBytes: Int64
  /// What finished files take; deleted ones count until they are purged.
  public let usedBytes: Int64
  /// What uploads under way may take.
  public let reservedBytes: Int64
  /// When their first valid token was seen, or somebody made them.
  public let createdAt: Date
  /// Uploads that are open; nil in listings.
  public let openUploads: Int?
  /// Files by state; nil in listings.
  public let files: [String: Files]?

  /// Describes `user`, with what their files hold where that is given.
  public init(_ user: UserRecord, _ holdings: [Holding]? = nil) {
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
