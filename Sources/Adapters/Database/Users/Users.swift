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
  /// When their first valid token was seen, or somebody made them.
  public let createdAt: Date

  /// Since when everything of theirs is being erased; nil of anybody else.
  public let erasingSince: Date?

  /// The room that is left, in bytes, never below 0; none for one who is being erased.
  public var availableBytes: Int64 { erasingSince == nil ? max(0, quotaBytes - usedBytes - reservedBytes) : 0 }

  init(_ row: Row) throws {
    id = try row.value("id") { UserID($0) }
    plan = try row.value("plan") { Plan(rawValue: $0) }
    quotaBytes = try row.integer("quota_bytes")
    usedBytes = try row.integer("used_bytes")
    reservedBytes = try row.integer("reserved_bytes")
    createdAt = try row.date("created_at")
    erasingSince = try row.optionalDate("erasing_at")
  }
}

/// How many of a user's files are in a state, and what they take.
public struct Holding: Hashable, Sendable {
  /// Where the files stand.
  public let state: FileState
  /// How many they are.
  public let count: Int
  /// What they take of the quota, in bytes.
  public let heldBytes: Int64

  init(_ row: Row) throws {
    state = try row.value("state") { FileState(rawValue: $0) }
    count = try Int(row.integer("found"))
    heldBytes = try row.integer("held")
  }
}

/// A user's record before and after a change.
public struct UserChange: Hashable, Sendable {
  /// As it was; nil where the change made it.
  public let before: UserRecord?
  /// As it is now.
  public let after: UserRecord
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
      try connection.makeUser(id, plan: plan, quotaBytes: quotaBytes, at: now)
    }
  }

  /// The user's record, or nil for a user who never came.
  public func user(_ id: UserID) throws(StorageError) -> UserRecord? {
    try read { connection in try connection.first(UserStatement.find, ["user": id.description]).map(UserRecord.init) }
  }

  /// Users ordered by identifier.
  ///
  /// The next page begins after the last identifier of this one; it is the last when it is shorter than `limit`.
  public func users(after last: UserID? = nil, limit: Int = 100) throws(StorageError) -> [UserRecord] {
    try read { connection in
      try connection.run(UserStatement.list, ["after": last?.description ?? "", "limit": limit]).map(UserRecord.init)
    }
  }

  /// The users whose files and uploads take most, those first; it reads the whole table.
  public func largestUsers(limit: Int) throws(StorageError) -> [UserRecord] {
    try read { connection in try connection.run(UserStatement.largest, ["limit": limit]).map(UserRecord.init) }
  }

  /// How many users there are.
  public func userCount() throws(StorageError) -> Int {
    try read { connection in
      try connection.first(UserStatement.count, [:]).map { try Int($0.integer("found")) } ?? 0
    }
  }

  /// The user's files by state; a state that none is in is not there.
  public func holdings(of user: UserID) throws(StorageError) -> [Holding] {
    try read { connection in
      try connection.run(UserStatement.holdings, ["user": user.description]).map(Holding.init)
    }
  }

  /// Gives the user this plan and quota (in bytes), each where it is not nil; nil for a user who never came.
  ///
  /// With `defaults` such a user is made, and gets what is nil from there. A quota below what is taken is kept: then
  /// nothing more can be reserved.
  public func change(
    _ id: UserID,
    plan: Plan?,
    quotaBytes: Int64?,
    orMakeWith defaults: AccountDefaults? = nil,
    at now: Date
  ) throws(StorageError) -> UserChange? {
    try write { connection in
      let user = id.description
      guard let before = try connection.first(UserStatement.lock, ["user": user]).map(UserRecord.init) else {
        guard let defaults else { return nil }
        let made = try connection.makeUser(
          id,
          plan: plan ?? defaults.plan,
          quotaBytes: quotaBytes ?? defaults.quotaBytes,
          at: now
        )
        return UserChange(before: nil, after: made)
      }
      try connection.run(
        UserStatement.change,
        ["user": user, "plan": (plan ?? before.plan).rawValue, "quota": quotaBytes ?? before.quotaBytes]
      )
      return UserChange(before: before, after: try connection.user(id))
    }
  }
}

extension GRDB.Database {
  fileprivate func makeUser(_ id: UserID, plan: Plan, quotaBytes: Int64, at now: Date) throws -> UserRecord {
    try run(
      UserStatement.create,
      ["user": id.description, "plan": plan.rawValue, "quota": quotaBytes, "now": now.milliseconds]
    )
    return try user(id)
  }

  fileprivate func user(_ id: UserID) throws -> UserRecord {
    guard let row = try first(UserStatement.find, ["user": id.description]) else {
      throw DatabaseError.unexpected(detail: "user \(id) is not there after it was made")
    }
    return try UserRecord(row)
  }
}
