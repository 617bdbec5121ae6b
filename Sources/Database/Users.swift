public import Core
public import Foundation
internal import GRDB

/// What is kept of a user.
public struct UserRecord: Hashable, Sendable {
  /// The user.
  public let id: UserID
  /// What they pay for.
  public let plan: Plan
  /// The most that their files may take, in bytes.
  public let quotaBytes: Int64
  /// What finished files take, in bytes; deleted ones count until they are purged.
  public let usedBytes: Int64
  /// What uploads under way may take, in bytes.
  public let reservedBytes: Int64
  /// When their first valid token was seen.
  public let createdAt: Date

  /// The room that is left, in bytes, never below 0.
  public var availableBytes: Int64 { max(0, quotaBytes - usedBytes - reservedBytes) }

  init(_ row: Row) throws {
    id = try row.value("id") { UserID($0) }
    plan = try row.value("plan") { Plan(rawValue: $0) }
    quotaBytes = try row.integer("quota_bytes")
    usedBytes = try row.integer("used_bytes")
    reservedBytes = try row.integer("reserved_bytes")
    createdAt = try row.date("created_at")
  }
}

/// A user whose columns are not the sum of their files: a defect, or a hand in the database.
public struct QuotaDrift: Hashable, Sendable {
  /// The user.
  public let user: UserID
  /// What the user's row says is used, in bytes.
  public let usedBytes: Int64
  /// What the user's finished files hold, in bytes.
  public let countedUsedBytes: Int64
  /// What the user's row says is reserved, in bytes.
  public let reservedBytes: Int64
  /// What the user's uploads under way hold, in bytes.
  public let countedReservedBytes: Int64

  init(_ row: Row) throws {
    user = try row.value("id") { UserID($0) }
    usedBytes = try row.integer("used_bytes")
    countedUsedBytes = try row.integer("used_sum")
    reservedBytes = try row.integer("reserved_bytes")
    countedReservedBytes = try row.integer("reserved_sum")
  }
}

extension FileDatabase {
  /// The user's record, made with this plan and quota (in bytes) when the user is new.
  public func user(
    _ id: UserID,
    plan: Plan,
    quotaBytes: Int64,
    at now: Date
  ) throws(StorageError) -> UserRecord {
    if let known = try user(id) { return known }
    return try write { connection in
      try connection.run(
        UserStatement.create,
        ["user": id.description, "plan": plan.rawValue, "quota": quotaBytes, "now": now.milliseconds]
      )
      guard let row = try connection.first(UserStatement.find, ["user": id.description]) else {
        throw DatabaseError.unexpected(detail: "user \(id) is not there after it was made")
      }
      return try UserRecord(row)
    }
  }

  /// The user's record, or nil for a user who never came.
  public func user(_ id: UserID) throws(StorageError) -> UserRecord? {
    try read { connection in try connection.first(UserStatement.find, ["user": id.description]).map(UserRecord.init) }
  }

  /// Every user whose used or reserved bytes differ from what their files hold; nobody when all is well.
  public func recountQuotas() throws(StorageError) -> [QuotaDrift] {
    try read { connection in try connection.run(UserStatement.recount, [:]).map(QuotaDrift.init) }
  }
}
