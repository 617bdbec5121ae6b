internal import Core

/// The counters of users' rows: bytes, and files by state.
///
/// Every transition of a file moves them in its transaction, so a reader needs no file's row. `recountQuotas` compares
/// them with the files.
struct UserCounters: Hashable {
  /// The bytes of files that are finished, and those of deleted files that are not purged.
  let usedBytes: Int64
  /// The bytes that are reserved for uploads.
  let reservedBytes: Int64
  /// The number of files in each state.
  let files: [FileState: Int64]
  /// The bytes of the files in each state that has a column for them.
  let shares: [FileState: Int64]

  init(_ row: any Row) throws {
    usedBytes = try row.integer("used_bytes")
    reservedBytes = try row.integer("reserved_bytes")
    var (files, shares) = ([FileState: Int64](), [FileState: Int64]())
    for state in FileState.allCases {
      files[state] = try row.integer(state.files)
      if let share = state.share { shares[state] = try row.integer(share) }
    }
    (self.files, self.shares) = (files, shares)
  }

  /// Adds up what the files of each state must hold.
  init(_ counts: [StateCount]) {
    var (used, reserved) = (Int64(0), Int64(0))
    for count in counts {
      if [.pending, .received].contains(count.state) { reserved += count.dueBytes } else { used += count.dueBytes }
    }
    (usedBytes, reservedBytes) = (used, reserved)
    let found = Dictionary(counts.map { ($0.state, $0) }) { first, _ in first }
    files = Dictionary(uniqueKeysWithValues: FileState.allCases.map { ($0, found[$0]?.files ?? 0) })
    shares = Dictionary(
      uniqueKeysWithValues: FileState.allCases.filter { $0.share != nil }.map { ($0, found[$0]?.dueBytes ?? 0) }
    )
  }

  /// The bytes of the files in `state`; a row that was changed by hand can hold any number, so nothing here can overflow.
  func heldBytes(_ state: FileState) -> Int64 {
    if let share = shares[state] { return share }
    switch state {
    case .pending: return reservedBytes &- (shares[.received] ?? 0)
    case .ready: return [.quarantined, .deleted, .purging].reduce(usedBytes) { $0 &- (shares[$1] ?? 0) }
    default: return 0
    }
  }

  /// The states that have files, by name.
  var holdings: [Holding] {
    FileState.allCases.filter { (files[$0] ?? 0) > 0 }.sorted { $0.rawValue < $1.rawValue }
      .map { state in Holding(state: state, count: Int(files[state] ?? 0), heldBytes: heldBytes(state)) }
  }

  /// The values of the parameters of `UserStatement.correct`.
  var parameters: Parameters {
    var all: Parameters = ["used": usedBytes, "reserved": reservedBytes]
    for (state, count) in files { all[state.files] = count }
    for (state, bytes) in shares { all[state.share ?? ""] = bytes }
    return all
  }
}

/// The files of a user in one state, as their rows say.
struct StateCount {
  let state: FileState
  let files: Int64
  /// The bytes that the files must hold.
  let dueBytes: Int64
  /// The number of files that hold another number of bytes than they must.
  let misheld: Int64

  init(_ row: any Row) throws {
    state = try row.value("state") { FileState(rawValue: $0) }
    files = try row.integer("found")
    dueBytes = try row.integer("due")
    misheld = try row.integer("mismatched")
  }
}
