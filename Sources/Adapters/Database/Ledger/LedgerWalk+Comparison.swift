internal import Core
internal import Foundation
internal import GRDB

extension LedgerWalk {
  func insert(
    _ connection: GRDB.Database,
    _ sighting: LedgerSighting,
    _ assignment: LedgerAssignment
  ) throws {
    let statement = try connection.cachedStatement(sql: LedgerWalkStatement.insert)
    let facts = sighting.facts
    func insert(key: String?) throws -> Bool {
      try statement.execute(arguments: [
        Data(sighting.path), assignment.folded, facts.size, facts.mtime, Int64(bitPattern: facts.inode),
        Int64(facts.mode), Int64(facts.uid), Int64(facts.gid),
        (assignment.target == nil ? LedgerState.skipped : .found).rawValue, assignment.target?.file.description,
        assignment.target?.user.description, key, assignment.reason, run,
      ])
      return connection.changesCount > 0
    }
    if try !insert(key: assignment.target?.key), let target = assignment.target {
      try connection.add(LedgerFinding(code: target.takenCode, path: sighting.path, isLasting: true), run: run)
      _ = try insert(key: target.opaqueKey)
    }
    mark(connection.lastInsertedRowID)
    count(sighting, assignment, in: \.new)
    for finding in assignment.findings { try connection.add(finding, run: run) }
  }

  func compare(
    _ connection: GRDB.Database,
    _ sighting: LedgerSighting,
    _ known: GRDB.Row,
    _ assign: (LedgerSighting) -> LedgerAssignment
  ) throws {
    let id: Int64 = known[0]
    let facts = sighting.facts
    let isSame = known[1] == facts.size && known[2] == facts.mtime
    guard let state = LedgerState(rawValue: known[3]) else { throw DatabaseError.corrupt(detail: "state of row \(id)") }
    if known[4] {
      try connection.run(LedgerStatement.back, ["id": id])
      for finding in assign(sighting).findings { try connection.add(finding, run: run) }
    }
    if reassigns, LedgerState.unfinished.contains(state) {
      let assignment = assign(sighting)
      if assignment.target?.user.description != known[10] as String? {
        return try assignAgain(connection, id, sighting, assignment, in: \.changed)
      }
    }
    switch state {
    case .skipped, .vanished: try assignAgain(connection, id, sighting, assign(sighting), in: \.new)
    case .found where !isSame, .changed where !isSame:
      let row: Parameters = ["id": id, "run": run]
      try connection.run(LedgerStatement.reread, row.merging(facts.parameters) { $1 })
      difference.changed.add(facts.size)
    case .found, .changed, .begun, .sent, .received, .verified, .failed, .deleted:
      guard isSame else { return try succeed(connection, id, sighting, assign(sighting), in: \.changed) }
      if known[9], state.isDelivered { return try succeed(connection, id, sighting, assign(sighting), in: \.lost) }
      difference.unchanged.add(facts.size)
      let recorded = (known[5] as Int64, known[6] as Int64, known[7] as Int64, known[8] as Int64)
      let current = (Int64(bitPattern: facts.inode), Int64(facts.mode), Int64(facts.uid), Int64(facts.gid))
      guard recorded != current else { return }
      try connection.cachedStatement(sql: LedgerWalkStatement.refresh)
        .execute(arguments: [current.0, current.1, current.2, current.3, id])
    }
  }

  /// Gives a file that was begun or sent a new identifier and an opaque key, since its content has changed or was lost.
  func succeed(
    _ connection: GRDB.Database,
    _ id: Int64,
    _ sighting: LedgerSighting,
    _ assignment: LedgerAssignment,
    in group: WritableKeyPath<LedgerDifference, LedgerTotal>
  ) throws {
    guard let target = assignment.target else {
      return try assignAgain(connection, id, sighting, assignment, in: group)
    }
    try connection.run(LedgerStatement.keepReplaced, ["id": id, "run": run])
    let place: Parameters = [
      "id": id, "run": run, "file": target.file.description, "user": target.user.description, "key": target.opaqueKey,
    ]
    try connection.run(LedgerStatement.succeed, place.merging(sighting.facts.parameters) { $1 })
    difference[keyPath: group].add(sighting.facts.size)
  }

  /// Assigns a place to a file that was skipped or had vanished, and keeps the record of an earlier place.
  private func assignAgain(
    _ connection: GRDB.Database,
    _ id: Int64,
    _ sighting: LedgerSighting,
    _ assignment: LedgerAssignment,
    in group: WritableKeyPath<LedgerDifference, LedgerTotal>
  ) throws {
    try connection.run(LedgerStatement.keepReplaced, ["id": id, "run": run])
    var key = assignment.target?.key
    if let preferred = key, try connection.returnsRow(LedgerStatement.isTaken, ["key": preferred, "id": id]) {
      key = assignment.target?.opaqueKey
    }
    let place: Parameters = [
      "id": id, "run": run, "state": (assignment.target == nil ? LedgerState.skipped : .found).rawValue,
      "file": assignment.target?.file.description, "user": assignment.target?.user.description, "key": key,
      "error": assignment.reason,
    ]
    try connection.run(LedgerStatement.assign, place.merging(sighting.facts.parameters) { $1 })
    count(sighting, assignment, in: group)
    for finding in assignment.findings { try connection.add(finding, run: run) }
  }

  private func count(
    _ sighting: LedgerSighting,
    _ assignment: LedgerAssignment,
    in group: WritableKeyPath<LedgerDifference, LedgerTotal>
  ) {
    difference[keyPath: assignment.target == nil ? \.skipped : group].add(sighting.facts.size)
  }
}
