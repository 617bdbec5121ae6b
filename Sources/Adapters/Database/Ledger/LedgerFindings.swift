public import Core
internal import Foundation
internal import GRDB

/// Something about one path that the person who migrates must know.
public struct LedgerFinding: Hashable, Sendable {
  /// The kind of the finding.
  public let code: String
  /// The path below the tree's root, as bytes.
  public let path: [UInt8]
  /// Details in words.
  public let detail: String
  /// True for a finding about a row of the ledger; false for one that each walk makes anew.
  public let isLasting: Bool

  /// Creates a finding.
  public init(code: String, path: [UInt8], detail: String = "", isLasting: Bool) {
    self.code = code
    self.path = path
    self.detail = detail
    self.isLasting = isLasting
  }

  init(_ row: any Row) throws {
    code = try row.text("code")
    path = try [UInt8](row.bytes("path"))
    detail = try row.text("detail")
    isLasting = try row.integer("lasting") == 1
  }
}

extension MigrationLedger {
  /// Returns the number of findings of each kind that no run before the number `since` had.
  public func findingCounts(since: Int64 = 0) throws(LedgerError) -> [String: Int] {
    try read { connection in
      var counts: [String: Int] = [:]
      for row in try connection.run(LedgerStatement.findingCounts, ["since": since]) {
        counts[try row.text("code")] = try Int(row.integer("found"))
      }
      return counts
    }
  }

  /// Returns up to `limit` findings of one kind, in the order of their paths, behind the path `after`.
  ///
  /// Findings that a run before the number `since` had are left out. `withDoubtful` adds those that the last walk has not
  /// met again, or not before it was interrupted.
  public func findings(
    _ code: String,
    after: [UInt8] = [],
    since: Int64 = 0,
    withDoubtful: Bool = false,
    limit: Int
  ) throws(LedgerError) -> [LedgerFinding] {
    try read { connection in
      try connection.run(
        LedgerStatement.findings,
        ["code": code, "after": Data(after), "since": since, "least": withDoubtful ? -1 : 0, "limit": limit]
      )
      .map(LedgerFinding.init)
    }
  }

  /// Returns true if there is a finding of this kind about `path`.
  public func hasFinding(_ code: String, at path: [UInt8]) throws(LedgerError) -> Bool {
    try read { connection in
      try connection.returnsRow(LedgerStatement.hasFinding, ["code": code, "path": Data(path)])
    }
  }

  /// Removes a finding.
  public func removeFinding(_ code: String, at path: [UInt8]) throws(LedgerError) {
    try commit { connection in
      _ = try connection.changes(LedgerStatement.forgetFinding, ["code": code, "path": Data(path)])
    }
  }

  /// Records findings that a run makes after its plan; they are new for the next walk.
  public func addForNextWalk(_ findings: [LedgerFinding]) throws(LedgerError) {
    try commit { connection in for finding in findings { try connection.add(finding, run: .max) } }
  }

  /// Records findings of a plan outside its walk.
  public func add(_ findings: [LedgerFinding], run: Int64) throws(LedgerError) {
    try commit { connection in for finding in findings { try connection.add(finding, run: run) } }
  }

  /// Records users, and for each of them true if the database knows the user.
  public func note(users: [UserID: Bool]) throws(LedgerError) {
    try commit { connection in
      for (user, isKnown) in users {
        try connection.run(LedgerStatement.addUser, ["user": user.description, "is_known": isKnown ? 1 : 0])
      }
    }
  }

  /// Returns up to `limit` users of the tree that the database does not know, behind the user `after`.
  public func unknownUsers(after: String = "", limit: Int) throws(LedgerError) -> [UserID] {
    try read { connection in
      try connection.run(LedgerStatement.unknownUsers, ["after": after, "limit": limit]).map { row in
        try row.value("id") { UserID($0) }
      }
    }
  }

  /// Returns up to `limit` users whom any walk met, behind the user `after`.
  public func users(after: String = "", limit: Int) throws(LedgerError) -> [UserID] {
    try read { connection in
      try connection.run(LedgerStatement.users, ["after": after, "limit": limit]).map { row in
        try row.value("id") { UserID($0) }
      }
    }
  }

  /// Returns the number of users of the tree that the database knows, or does not know.
  public func userCount(known isKnown: Bool) throws(LedgerError) -> Int {
    try read { connection in
      try Int(connection.first(LedgerStatement.userCount, ["is_known": isKnown ? 1 : 0])?.integer("found") ?? 0)
    }
  }
}

extension GRDB.Database {
  func add(_ finding: LedgerFinding, run number: Int64) throws {
    try run(
      LedgerStatement.addFinding,
      [
        "code": finding.code, "path": Data(finding.path), "detail": finding.detail,
        "lasting": finding.isLasting ? 1 : 0, "run": number,
      ]
    )
  }
}
