public import Core
public import Foundation

/// The database record of a user.
public struct UserRecord: Hashable, Sendable {
  /// The identifier of the user.
  public let id: UserID
  /// The plan that the user pays for.
  public let plan: Plan
  /// The maximum total size of the user's files, in bytes.
  public let quotaBytes: Int64
  /// The bytes of finished files; deleted files count until they are purged.
  public let usedBytes: Int64
  /// The bytes reserved for uploads that are not finished.
  public let reservedBytes: Int64
  /// The time of the user's first valid token, or of the creation by an administrator.
  public let createdAt: Date

  /// The time at which the erasure of the user began; nil if the user is not being erased.
  public let erasingSince: Date?
  /// The time at which the premium user became a standard one; nil if the user always was, or is premium.
  public let standardSince: Date?
  /// The time from which a worker may change tags of the user's objects to those of `RetentionRule`; nil if none differ.
  public let retagSince: Date?

  /// The quota that is left, in bytes: at least 0, and 0 during an erasure.
  public var availableBytes: Int64 { erasingSince == nil ? max(0, quotaBytes - usedBytes - reservedBytes) : 0 }

  init(_ row: any Row) throws {
    id = try row.value("id") { UserID($0) }
    plan = try row.value("plan") { Plan(rawValue: $0) }
    quotaBytes = try row.integer("quota_bytes")
    usedBytes = try row.integer("used_bytes")
    reservedBytes = try row.integer("reserved_bytes")
    createdAt = try row.date("created_at")
    erasingSince = try row.optionalDate("erasing_at")
    standardSince = try row.optionalDate("standard_since")
    retagSince = try row.optionalDate("retag_at")
  }
}

/// The number and size of a user's files in one state.
public struct Holding: Hashable, Sendable {
  /// The state of the files.
  public let state: FileState
  /// The number of files.
  public let count: Int
  /// The quota bytes that the files hold.
  public let heldBytes: Int64
}

/// The record of a user before and after a change.
public struct UserChange: Hashable, Sendable {
  /// The record before the change; nil if the change created the user.
  public let before: UserRecord?
  /// The record after the change.
  public let after: UserRecord
}

extension FileDatabase {
  /// Returns the user's record; creates a new user with this plan and this quota in bytes.
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

  /// Returns the user's record; creates a new user with the defaults of this database.
  public func userOrNew(_ id: UserID, at now: Date) throws(StorageError) -> UserRecord {
    try user(id, plan: newUsers.plan, quotaBytes: newUsers.quotaBytes, at: now)
  }

  /// Returns the user's record, or nil if the user is unknown.
  public func user(_ id: UserID) throws(StorageError) -> UserRecord? {
    try read { connection in try connection.first(UserStatement.find, ["user": id.description]).map(UserRecord.init) }
  }

  /// Returns users ordered by identifier.
  ///
  /// The next page starts after the last identifier of this page. A page shorter than `limit` is the last page.
  public func users(after last: UserID? = nil, limit: Int = 100) throws(StorageError) -> [UserRecord] {
    try read { connection in
      try connection.run(UserStatement.list, ["after": last?.description ?? "", "limit": limit]).map(UserRecord.init)
    }
  }

  /// Returns the users whose files and uploads take the most bytes, largest first; reads the whole table.
  public func largestUsers(limit: Int) throws(StorageError) -> [UserRecord] {
    try read { connection in try connection.run(UserStatement.largest, ["limit": limit]).map(UserRecord.init) }
  }

  /// Returns the number of users.
  public func userCount() throws(StorageError) -> Int {
    try read { connection in
      try connection.first(UserStatement.count, [:]).map { try Int($0.integer("found")) } ?? 0
    }
  }

  /// Returns the numbers and sizes of the user's files by state; states without files are missing.
  ///
  /// Reads the counters of the user's row and no file.
  public func holdings(of user: UserID) throws(StorageError) -> [Holding] {
    try read { connection in
      try connection.counters(of: user)?.holdings ?? []
    }
  }

  /// Sets the user's plan and quota (in bytes), each unless it is nil; returns nil if the user is unknown.
  ///
  /// If `defaults` is given, it creates an unknown user and supplies the nil values. A quota below the bytes in use is
  /// accepted; the user can then reserve nothing more. After a change of the plan, `RetentionRule` counts from `now`, and
  /// the worker brings the tags of the user's objects to it.
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
        [
          "user": user, "plan": (plan ?? before.plan).rawValue, "quota": quotaBytes ?? before.quotaBytes,
          "now": now.milliseconds,
        ]
      )
      return UserChange(before: before, after: try connection.user(id))
    }
  }
}

extension Connection {
  func makeUser(_ id: UserID, plan: Plan, quotaBytes: Int64, at now: Date) throws -> UserRecord {
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
