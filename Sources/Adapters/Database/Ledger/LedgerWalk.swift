internal import Foundation
internal import GRDB

/// The difference between a tree and its ledger.
public struct LedgerDifference: Hashable, Sendable, Encodable {
  /// Files that the ledger did not have, or had as vanished or skipped.
  public var new = LedgerTotal()
  /// Files with another size or time of change.
  public var changed = LedgerTotal()
  /// Unchanged files whose object the bucket lost: they are sent again.
  public var lost = LedgerTotal()
  /// Files with the recorded size and time of change.
  public var unchanged = LedgerTotal()
  /// Files that stay on the disk only.
  public var skipped = LedgerTotal()
  /// Files of the ledger that the walk did not meet, besides those that `stowage migrate prune` removed; their bytes are
  /// not counted.
  public var vanished = LedgerTotal()

  /// Creates an empty difference.
  public init() {}
}

/// One walk through the tree, compared with the ledger.
///
/// The walk remembers one bit for each row of the ledger: 125 kB for a million files. Only one thread may call.
public final class LedgerWalk {
  private let ledger: MigrationLedger
  let run: Int64
  /// True if the ledger had no files at the start, so that a search for unchanged files is in vain.
  private let isFirst: Bool
  /// True if the owners of files follow from another rule than at the walk before.
  let reassigns: Bool
  private var seen: [UInt64] = []
  /// The difference so far.
  public internal(set) var difference = LedgerDifference()

  /// Begins a walk of `run`, which makes anew the findings that do not last.
  ///
  /// With `reassigns`, files that were not sent yet get the owners that `assign` of `meet` gives them.
  public init(_ ledger: MigrationLedger, run: Int64, reassigns: Bool = false) throws(LedgerError) {
    self.ledger = ledger
    self.run = run
    self.reassigns = reassigns
    isFirst = try ledger.write { connection in
      try connection.run(LedgerStatement.doubtFindings, [:])
      try connection.run(LedgerStatement.adoptFindings, ["run": run])
      return try connection.first(LedgerStatement.isEmpty, [:])?.integer("found") == 1
    }
  }

  /// Compares some files with the ledger and records the differences in one transaction.
  ///
  /// `assign` is called for each file that is new, has changed or was skipped before.
  public func meet(
    _ sightings: [LedgerSighting],
    findings: [LedgerFinding] = [],
    assign: (LedgerSighting) -> LedgerAssignment
  ) throws(LedgerError) {
    guard !sightings.isEmpty || !findings.isEmpty else { return }
    try ledger.write { connection in
      let unchanged = try connection.cachedStatement(sql: LedgerWalkStatement.unchanged)
      let find = try connection.cachedStatement(sql: LedgerWalkStatement.find)
      for sighting in sightings {
        // The fast way for nearly all files of a delta: one number is read, and no row is built.
        if !isFirst, !reassigns, let id = try Int64.fetchOne(unchanged, arguments: sighting.arguments) {
          mark(id)
          difference.unchanged.add(sighting.facts.size)
        } else if let known = try GRDB.Row.fetchOne(find, arguments: [Data(sighting.path)]) {
          mark(known[0])
          try compare(connection, sighting, known, assign)
        } else {
          try insert(connection, sighting, assign(sighting))
        }
      }
      for finding in findings { try connection.add(finding, run: run) }
    }
  }

  /// Ends a complete walk: files that it did not meet are missing or vanished.
  ///
  /// A file whose newest content was not sent yet is missing with the content that the bucket has. A file that
  /// `stowage migrate prune` removed is neither.
  /// Files below `unreadFolders`, which the walk could not read, stay as they are. A walk that was interrupted must not
  /// call this.
  public func finish(unreadFolders: [[UInt8]] = []) throws(LedgerError) {
    let prefixes = unreadFolders.map { $0.isEmpty ? $0 : $0 + [UInt8(ascii: "/")] }
    // Delivered files come first, since an undelivered one may become one of them.
    let states = LedgerState.allCases.filter(\.isDelivered) + LedgerState.unfinished + [.skipped]
    for state in states {
      var last: Int64 = 0
      while true {
        let ids = try ledger.read { connection in
          try Int64.fetchAll(
            connection.cachedStatement(sql: LedgerStatement.idsInState.rawValue),
            arguments: ["state": state.rawValue, "after": last, "limit": 10_000]
          )
        }
        guard let end = ids.last else { break }
        last = end
        try lose(ids.filter { !isMarked($0) }, in: state, besides: prefixes)
      }
    }
  }

  /// Removes the findings that this walk, which was complete, did not meet again; called after the last finding.
  public func forgetFindings() throws(LedgerError) {
    try ledger.write { connection in _ = try connection.run(LedgerStatement.forgetFindings, [:]) }
  }

  private func lose(_ ids: [Int64], in state: LedgerState, besides prefixes: [[UInt8]]) throws(LedgerError) {
    guard !ids.isEmpty else { return }
    difference.vanished.files += try ledger.write { connection in
      var count = 0
      for id in ids {
        if state.isDelivered, try connection.returnsRow(LedgerStatement.isRemoved, ["id": id]) { continue }
        if !prefixes.isEmpty, let row = try connection.first(LedgerStatement.path, ["id": id]) {
          let path = try row.bytes("path")
          if prefixes.contains(where: { path.starts(with: $0) }) { continue }
        }
        count += 1
        if state.isDelivered {
          _ = try connection.changes(LedgerStatement.gone, ["id": id, "run": run])
        } else {
          try connection.vanish(id, run: run)
        }
        try connection.run(LedgerStatement.forgetFindingsOf, ["id": id])
      }
      return count
    }
  }

  /// Treats a file whose size and time are as recorded as one that changed, since its content is another.
  public func replace(_ sighting: LedgerSighting, assign: (LedgerSighting) -> LedgerAssignment) throws(LedgerError) {
    try ledger.write { connection in
      guard
        let known = try GRDB.Row.fetchOne(
          connection.cachedStatement(sql: LedgerWalkStatement.find),
          arguments: [Data(sighting.path)]
        )
      else { return }
      try succeed(connection, known[0], sighting, assign(sighting), in: \.changed)
    }
    difference.unchanged.files -= 1
    difference.unchanged.bytes -= sighting.facts.size
  }

  func mark(_ id: Int64) {
    let word = Int(id >> 6)
    if word >= seen.count { seen.append(contentsOf: repeatElement(0, count: max(word + 1 - seen.count, 1024))) }
    seen[word] |= 1 << UInt64(id & 63)
  }

  private func isMarked(_ id: Int64) -> Bool {
    let word = Int(id >> 6)
    return word < seen.count && seen[word] & (1 << UInt64(id & 63)) != 0
  }
}

extension LedgerSighting {
  /// The parameters of `LedgerWalkStatement.unchanged`.
  fileprivate var arguments: StatementArguments {
    [
      Data(path), facts.size, facts.mtime, Int64(bitPattern: facts.inode), Int64(facts.mode), Int64(facts.uid),
      Int64(facts.gid),
    ]
  }
}

extension LedgerTotal {
  mutating func add(_ size: Int64) {
    files += 1
    bytes += size
  }
}
