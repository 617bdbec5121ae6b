public import Core

/// A difference between the counters of a user's row and the user's files.
///
/// The cause is a bug or a manual change of the database.
public struct QuotaDrift: Hashable, Sendable {
  /// The user.
  public let user: UserID
  /// The used bytes in the user's row.
  public let usedBytes: Int64
  /// The used bytes that follow from the states of the user's files.
  public let countedUsedBytes: Int64
  /// The reserved bytes in the user's row.
  public let reservedBytes: Int64
  /// The reserved bytes that follow from the user's pending and received files.
  public let countedReservedBytes: Int64
  /// The number of files whose quota bytes differ from the amount that follows from their state.
  public let misheldCount: Int
  /// The states whose counters are wrong.
  public let tallies: [StateDrift]
  /// The right values of the counters.
  let counted: UserCounters

  init(_ user: UserID, _ row: UserCounters, _ counts: [StateCount]) {
    let counted = UserCounters(counts)
    self.user = user
    self.counted = counted
    usedBytes = row.usedBytes
    countedUsedBytes = counted.usedBytes
    reservedBytes = row.reservedBytes
    countedReservedBytes = counted.reservedBytes
    misheldCount = Int(counts.reduce(0) { $0 + $1.misheld })
    tallies = FileState.allCases.map { state in
      StateDrift(
        state: state,
        files: row.files[state] ?? 0,
        countedFiles: counted.files[state] ?? 0,
        bytes: row.shares[state] ?? 0,
        countedBytes: counted.shares[state] ?? 0
      )
    }.filter { !$0.isNone }
  }

  var isNone: Bool {
    usedBytes == countedUsedBytes && reservedBytes == countedReservedBytes && misheldCount == 0 && tallies.isEmpty
  }
}

/// A difference between the counters of one state and a user's files in that state.
public struct StateDrift: Hashable, Sendable {
  /// The state.
  public let state: FileState
  /// The number of files in the user's row.
  public let files: Int64
  /// The number of files in this state.
  public let countedFiles: Int64
  /// The bytes of the state in the user's row; 0 if the row has no column for them.
  public let bytes: Int64
  /// The bytes that the files in this state must hold; 0 if the row has no column for them.
  public let countedBytes: Int64

  var isNone: Bool { files == countedFiles && bytes == countedBytes }
}

/// A file whose quota bytes differ from the amount that follows from its state.
public struct QuotaMismatch: Hashable, Sendable {
  /// The identifier of the file.
  public let id: FileID
  /// The state of the file.
  public let state: FileState
  /// The bytes that the file holds.
  public let heldBytes: Int64
  /// The bytes that the file must hold.
  public let dueBytes: Int64

  init(_ row: any Row) throws {
    id = try row.value("id") { FileID($0) }
    state = try row.value("state") { FileState(rawValue: $0) }
    heldBytes = try row.integer("held")
    dueBytes = try row.integer("due")
  }
}

/// The result of a recount of some users.
public struct RecountPage: Sendable {
  /// The users of this page whose counters are wrong.
  public let drifts: [QuotaDrift]
  /// The number of users of this page.
  public let count: Int
  /// The last user of this page, after whom the next page starts; nil if the page is empty.
  public let last: UserID?
}

extension FileDatabase {
  /// Recounts the next `limit` users by identifier, in one snapshot, so that concurrent changes cause no false
  /// differences.
  public func recountQuotas(after last: UserID?, limit: Int) throws(StorageError) -> RecountPage {
    try read { connection in
      let page: Parameters = ["after": last?.description ?? "", "limit": limit]
      let counts = try connection.run(UserStatement.counters, page).map { row in
        try connection.compare(UserCounters(row), of: row.value("id") { UserID($0) })
      }
      return RecountPage(drifts: counts.filter { !$0.isNone }, count: counts.count, last: counts.last?.user)
    }
  }

  /// Returns every user whose counters are wrong.
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

  /// Returns the difference in the user's counters; nil if there is none or the user is unknown.
  public func recountQuota(of user: UserID) throws(StorageError) -> QuotaDrift? {
    try read { connection in try connection.drift(of: user) }
  }

  /// Returns up to `limit` files of the user whose quota bytes differ from the amount that follows from their state.
  public func quotaMismatches(of user: UserID, limit: Int) throws(StorageError) -> [QuotaMismatch] {
    try read { connection in try connection.quotaMismatches(of: user, limit: limit) }
  }

  /// Corrects the counters of the user's row and the quota bytes of the files, and returns the difference; nil if there was none.
  ///
  /// The transaction locks the user's row, so other reservations and transitions run before or after it.
  public func repairQuota(of user: UserID) throws(StorageError) -> QuotaDrift? {
    try write { connection in
      guard try connection.returnsRow(UserStatement.lock, ["user": user.description]),
        let drift = try connection.drift(of: user)
      else { return nil }
      for file in drift.misheldCount > 0 ? try connection.quotaMismatches(of: user, limit: drift.misheldCount) : [] {
        try connection.run(FileStatement.setQuotaBytes, ["file": file.id.description, "held": file.dueBytes])
      }
      let right = drift.counted.parameters.merging(["user": user.description]) { given, _ in given }
      try connection.run(UserStatement.correct, right)
      return drift
    }
  }
}

extension Connection {
  /// Returns the counters of the user's row; nil if the user is unknown.
  func counters(of user: UserID) throws -> UserCounters? {
    try first(UserStatement.holdings, ["user": user.description]).map(UserCounters.init)
  }

  fileprivate func compare(_ row: UserCounters, of user: UserID) throws -> QuotaDrift {
    try QuotaDrift(user, row, run(UserStatement.recount, ["user": user.description]).map(StateCount.init))
  }

  fileprivate func drift(of user: UserID) throws -> QuotaDrift? {
    guard let drift = try counters(of: user).map({ try compare($0, of: user) }), !drift.isNone else { return nil }
    return drift
  }

  fileprivate func quotaMismatches(of user: UserID, limit: Int) throws -> [QuotaMismatch] {
    try run(UserStatement.mismatched, ["user": user.description, "limit": limit]).map(QuotaMismatch.init)
  }
}
