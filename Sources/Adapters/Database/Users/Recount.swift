public import Core
internal import GRDB

/// A user whose columns are not the sum of their files, or whose files hold what they must not: a defect, or a hand in
/// the database.
public struct QuotaDrift: Hashable, Sendable {
  /// The user.
  public let user: UserID
  /// What the user's row says is used, in bytes.
  public let usedBytes: Int64
  /// What the user's finished files take by their states, in bytes.
  public let countedUsedBytes: Int64
  /// What the user's row says is reserved, in bytes.
  public let reservedBytes: Int64
  /// What the user's uploads under way take by their states, in bytes.
  public let countedReservedBytes: Int64
  /// How many files hold another amount than their state says.
  public let misheldCount: Int

  init(_ row: Row) throws {
    user = try row.value("id") { UserID($0) }
    usedBytes = try row.integer("used_bytes")
    countedUsedBytes = try row.integer("used_sum")
    reservedBytes = try row.integer("reserved_bytes")
    countedReservedBytes = try row.integer("reserved_sum")
    misheldCount = try Int(row.integer("mismatched"))
  }

  var isNone: Bool {
    usedBytes == countedUsedBytes && reservedBytes == countedReservedBytes && misheldCount == 0
  }
}

/// A file that holds another amount of its owner's quota than its state says.
public struct QuotaMismatch: Hashable, Sendable {
  /// The file.
  public let id: FileID
  /// Where it stands.
  public let state: FileState
  /// What it holds, in bytes.
  public let heldBytes: Int64
  /// What it must hold, in bytes.
  public let dueBytes: Int64

  init(_ row: Row) throws {
    id = try row.value("id") { FileID($0) }
    state = try row.value("state") { FileState(rawValue: $0) }
    heldBytes = try row.integer("held")
    dueBytes = try row.integer("due")
  }
}

/// Some users, recounted.
public struct RecountPage: Sendable {
  /// Those of them whose ledger is wrong.
  public let drifts: [QuotaDrift]
  /// How many users were recounted.
  public let count: Int
  /// The last of them: the next page begins after it; nil where nobody was left.
  public let last: UserID?
}

extension FileDatabase {
  /// Recounts the next `limit` users by identifier; all of a page is of one moment, so what races with it is no drift.
  public func recountQuotas(after last: UserID?, limit: Int) throws(StorageError) -> RecountPage {
    try read { connection in
      let after = last?.description ?? ""
      let rows = try connection.run(UserStatement.recount, ["from": after, "after": after, "limit": limit])
      let counts = try rows.map(QuotaDrift.init)
      return RecountPage(drifts: counts.filter { !$0.isNone }, count: counts.count, last: counts.last?.user)
    }
  }

  /// Every user whose ledger is wrong; nobody when all is well.
  public func recountQuotas() throws(StorageError) -> [QuotaDrift] {
    var drifts: [QuotaDrift] = []
    var last: UserID?
    repeat {
      let page = try recountQuotas(after: last, limit: 100)
      drifts += page.drifts
      last = page.last
    } while last != nil
    return drifts
  }

  /// What is wrong with the user's ledger, or nil where nothing is, or nobody of that name came.
  public func recountQuota(of user: UserID) throws(StorageError) -> QuotaDrift? {
    try read { connection in try connection.drift(of: user) }
  }

  /// The user's files that hold another amount than their state says, up to `limit`.
  public func quotaMismatches(of user: UserID, limit: Int) throws(StorageError) -> [QuotaMismatch] {
    try read { connection in try connection.quotaMismatches(of: user, limit: limit) }
  }

  /// Makes the user's row and files what the files' states say, and returns what was wrong; nil where nothing was.
  ///
  /// One transaction, which has the user's row to itself: what reserves and settles meanwhile comes before it or after.
  public func repairQuota(of user: UserID) throws(StorageError) -> QuotaDrift? {
    try write { connection in
      guard try connection.returnsRow(UserStatement.lock, ["user": user.description]),
        let drift = try connection.drift(of: user)
      else { return nil }
      for file in drift.misheldCount > 0 ? try connection.quotaMismatches(of: user, limit: drift.misheldCount) : [] {
        try connection.run(FileStatement.setQuotaBytes, ["file": file.id.description, "held": file.dueBytes])
      }
      try connection.run(
        UserStatement.correct,
        ["user": user.description, "used": drift.countedUsedBytes, "reserved": drift.countedReservedBytes]
      )
      return drift
    }
  }
}

extension GRDB.Database {
  fileprivate func drift(of user: UserID) throws -> QuotaDrift? {
    let row = try first(UserStatement.recount, ["from": user.description, "after": "", "limit": 1])
    guard let count = try row.map(QuotaDrift.init), count.user == user, !count.isNone else { return nil }
    return count
  }

  fileprivate func quotaMismatches(of user: UserID, limit: Int) throws -> [QuotaMismatch] {
    try run(UserStatement.mismatched, ["user": user.description, "limit": limit]).map(QuotaMismatch.init)
  }
}
