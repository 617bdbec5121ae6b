public import Core
public import Database

/// Proves what users' rows say is used and reserved against their files, and repairs it where that is wanted.
///
/// Safe beside processes at work, to repeat and to interrupt: each page of users is of one moment, and each repair one
/// transaction.
public struct QuotaRecount: Sendable {
  /// What was found so far.
  public struct Tally: Hashable, Sendable {
    /// Users that were recounted.
    public var seen = 0
    /// Those whose ledger was wrong.
    public var wrong = 0
    /// Those of them that were repaired.
    public var repaired = 0

    /// Whether something is still wrong.
    public var isLeft: Bool { wrong > repaired }
  }

  /// A user whose ledger is wrong.
  public struct Finding: Sendable {
    /// What is wrong with it.
    public let drift: QuotaDrift
    /// The first files that hold another amount than their state says.
    public let files: [QuotaMismatch]
    /// Whether it is right now.
    public let isRepaired: Bool
  }

  private let database: FileDatabase

  /// Users recounted in one transaction.
  private static let pageSize = 100
  /// Files that are named of one user.
  private static let namedFiles = 20

  /// Recounts the users in `database`.
  public init(database: FileDatabase) { self.database = database }

  /// Recounts every user as long as `isWanted` says so; `progress` is told after every 100.
  public func run(
    repairing: Bool,
    while isWanted: () -> Bool = { true },
    progress: (Tally) -> Void = { _ in },
    report: (Finding) -> Void
  ) throws(StorageError) -> Tally {
    var tally = Tally()
    var last: UserID?
    repeat {
      let page = try database.recountQuotas(after: last, limit: Self.pageSize)
      tally.seen += page.count
      for drift in page.drifts where isWanted() {
        try judge(drift, repairing: repairing, &tally, report)
      }
      last = page.count == Self.pageSize ? page.last : nil
      progress(tally)
    } while last != nil && isWanted()
    return tally
  }

  /// Recounts one user; throws `notFound` for one who never came.
  public func run(
    on user: UserID,
    repairing: Bool,
    report: (Finding) -> Void
  ) throws(StorageError) -> Tally {
    guard try database.user(user) != nil else { throw .notFound }
    var tally = Tally(seen: 1)
    if let drift = try database.recountQuota(of: user) {
      try judge(drift, repairing: repairing, &tally, report)
    }
    return tally
  }

  /// What a repair finds counts, for it has the user's row to itself.
  private func judge(
    _ found: QuotaDrift,
    repairing: Bool,
    _ tally: inout Tally,
    _ report: (Finding) -> Void
  ) throws(StorageError) {
    let files = found.misheldCount > 0 ? try database.quotaMismatches(of: found.user, limit: Self.namedFiles) : []
    let repaired = repairing ? try database.repairQuota(of: found.user) : nil
    tally.wrong += 1
    if repairing { tally.repaired += 1 }
    report(Finding(drift: repaired ?? found, files: files, isRepaired: repairing))
  }
}

extension QuotaRecount.Finding {
  /// What is wrong, a line each.
  public var lines: [String] {
    func words(_ what: String, _ row: Int64, _ counted: Int64) -> String? {
      guard row != counted else { return nil }
      let difference = Wording.bytes(abs(row - counted)) + (row > counted ? " too much" : " too little")
      return "\(drift.user)  \(what) \(row), by the files \(counted): \(difference)" + end
    }
    let named = files.map { file in
      "\(drift.user)  file \(file.id) (\(file.state.rawValue)) holds \(file.heldBytes), by its state \(file.dueBytes)"
        + end
    }
    let rest = drift.misheldCount - files.count
    let more =
      rest > 0 && !files.isEmpty
      ? ["\(drift.user)  and \(Wording.number(rest, "more file", plural: "more files"))" + end] : []
    let columns = [
      words("used", drift.usedBytes, drift.countedUsedBytes),
      words("reserved", drift.reservedBytes, drift.countedReservedBytes),
    ]
    return columns.compactMap { $0 } + named + more
  }

  private var end: String { isRepaired ? "; repaired" : "" }
}
