public import Core
public import Database

/// Compares the counters in users' rows with the users' files, and repairs differences on request.
///
/// Can run beside other processes, be repeated and be interrupted: each page of users is read in one transaction, and
/// each repair is one transaction.
public struct QuotaRecount: Sendable {
  /// The progress and result of a recount.
  public struct Tally: Hashable, Sendable {
    /// The number of users that were recounted.
    public var seen = 0
    /// The number of users whose row was wrong.
    public var wrong = 0
    /// The number of users whose row was repaired.
    public var repaired = 0

    /// True if a wrong row was not repaired.
    public var isLeft: Bool { wrong > repaired }
  }

  /// A user whose row is wrong.
  public struct Finding: Sendable {
    /// The differences between the row and the files.
    public let drift: QuotaDrift
    /// The first files that hold another number of bytes than their state requires.
    public let files: [QuotaMismatch]
    /// True if the row was repaired.
    public let isRepaired: Bool
  }

  private let database: FileDatabase

  /// The number of users per transaction.
  private static let pageSize = 100
  /// The maximum number of files that a finding names.
  private static let namedFiles = 20

  /// Recounts the users in `database`.
  public init(database: FileDatabase) { self.database = database }

  /// Recounts every user while `isWanted` returns true; calls `progress` after every 100 users.
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

  /// Recounts one user; throws `notFound` if the user does not exist.
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

  /// Reports the result of the repair if there is one: the repair locks the user's row, so its counts are exact.
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
  /// The differences, one per line.
  public var lines: [String] {
    let named = files.map { file in
      "\(drift.user)  file \(file.id) (\(file.state.rawValue)) holds \(file.heldBytes), by its state \(file.dueBytes)"
        + end
    }
    let rest = drift.misheldCount - files.count
    let more =
      rest > 0 && !files.isEmpty
      ? ["\(drift.user)  and \(Wording.number(rest, "more file", plural: "more files"))" + end] : []
    let columns = [
      bytes("used", drift.usedBytes, drift.countedUsedBytes),
      bytes("reserved", drift.reservedBytes, drift.countedReservedBytes),
    ]
    return columns.compactMap { $0 } + drift.tallies.flatMap { lines(of: $0) } + named + more
  }

  private func lines(of tally: StateDrift) -> [String] {
    let state = tally.state.rawValue
    let size = Self.size(tally.files, tally.countedFiles)
    let count =
      size == 0
      ? nil
      : "\(drift.user)  \(state) files \(tally.files), by the files \(tally.countedFiles): \(size)"
        + (tally.files > tally.countedFiles ? " too many" : " too few") + end
    return [count, bytes("bytes of \(state) files", tally.bytes, tally.countedBytes)].compactMap { $0 }
  }

  private func bytes(_ what: String, _ row: Int64, _ counted: Int64) -> String? {
    guard row != counted else { return nil }
    let difference = Wording.bytes(Self.size(row, counted)) + (row > counted ? " too much" : " too little")
    return "\(drift.user)  \(what) \(row), by the files \(counted): \(difference)" + end
  }

  /// The distance of the numbers; a row that was changed by hand can hold any number, so it need not fit.
  private static func size(_ row: Int64, _ counted: Int64) -> Int64 {
    let (difference, isTooLarge) = row.subtractingReportingOverflow(counted)
    return isTooLarge || difference == .min ? .max : abs(difference)
  }

  private var end: String { isRepaired ? "; repaired" : "" }
}
