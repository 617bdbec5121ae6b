import Core
import Foundation
import TestSupport
import Testing

@testable import Database

@Suite(.sqliteAlone) struct LedgerWalkTests {
  let fixture: LedgerFixture
  let ledger: MigrationLedger

  init() throws {
    fixture = try LedgerFixture()
    ledger = try fixture.open()
  }

  private func deliver(_ path: String) throws {
    let id = try fixture.row(ledger, path).id
    try ledger.record([(id, .begun), (id, .sent(LedgerFixture.proof())), (id, .received)], run: 1)
  }

  @Test func `a second walk tells unchanged, changed, new and vanished files`() throws {
    let first = try fixture.walk(ledger, ["a", "b", "c", "d"].map { fixture.sighting($0) })
    #expect(first.new == LedgerTotal(files: 4, bytes: 40))
    let later = [
      fixture.sighting("a"), fixture.sighting("b", size: 11), fixture.sighting("c", mtime: 1001), fixture.sighting("e"),
    ]
    let second = try fixture.walk(ledger, later, run: 2)
    #expect(second.unchanged == LedgerTotal(files: 1, bytes: 10))
    #expect(second.changed == LedgerTotal(files: 2, bytes: 21))
    #expect(second.new == LedgerTotal(files: 1, bytes: 10))
    #expect(second.vanished.files == 1)
    #expect(try fixture.row(ledger, "d").state == .vanished)
    #expect(try fixture.row(ledger, "b").facts.size == 11)
    #expect(try ledger.totals()[.found] == LedgerTotal(files: 4, bytes: 41))
  }

  @Test func `a changed file that the bucket has gets a new identifier and an opaque key, and keeps the old record`()
    throws
  {
    try fixture.walk(ledger, [fixture.sighting("a")])
    try deliver("a")
    let old = try fixture.row(ledger, "a")
    try fixture.walk(ledger, [fixture.sighting("a", size: 12)], run: 2)
    let row = try fixture.row(ledger, "a")
    #expect(row.state == .changed && row.previous == old.file && row.file != old.file)
    #expect(try row.key == "ada/\(#require(row.file))/original" && row.proof == nil && row.attempts == 0)
    let kept = try ledger.read { connection in try connection.text("SELECT key || ' ' || version FROM replaced") }
    #expect(kept == ["ada/a v1"])
  }

  @Test func `a file that was begun and never sent has no predecessor`() throws {
    try fixture.walk(ledger, [fixture.sighting("a")])
    try ledger.record(.begun, of: fixture.row(ledger, "a").id, run: 1)
    try fixture.walk(ledger, [fixture.sighting("a", mtime: 5)], run: 2)
    let row = try fixture.row(ledger, "a")
    #expect(row.state == .changed && row.previous == nil)
  }

  @Test func `a vanished file that the bucket has keeps its state, and is no longer missing when it is back`() throws {
    try fixture.walk(ledger, [fixture.sighting("a"), fixture.sighting("b")])
    try deliver("a")
    try fixture.walk(ledger, [], run: 2)
    #expect(try fixture.row(ledger, "a").state == .received)
    #expect(try ledger.rowsMissing(limit: 9).map(\.missingSince) == [2])
    try fixture.walk(ledger, [fixture.sighting("a"), fixture.sighting("b")], run: 3)
    #expect(try ledger.rowsMissing(limit: 9).isEmpty)
    #expect(try fixture.row(ledger, "b").state == .found)
  }

  @Test func `files below a folder that the walk could not read are not vanished`() throws {
    let names = ["ada/x/1", "ada/xy/2", "bob/3"]
    try fixture.walk(ledger, names.map { fixture.sighting($0) })
    let difference = try fixture.walk(ledger, [], run: 2, unread: ["ada/x"])
    #expect(difference.vanished.files == 2)
    #expect(try fixture.row(ledger, "ada/x/1").state == .found)
    #expect(try fixture.walk(ledger, [], run: 3, unread: [""]).vanished.files == 0)
  }

  @Test func `a file whose key is taken gets an opaque key and a finding`() throws {
    try fixture.walk(ledger, [fixture.sighting("x/same"), fixture.sighting("y/same")])
    let keys = try [fixture.row(ledger, "x/same").key, fixture.row(ledger, "y/same").key]
    #expect(keys[0] == "ada/same" && keys[1]?.hasSuffix("/original") == true)
    #expect(try ledger.findingCounts() == ["key-taken": 1])
    #expect(try ledger.findings("key-taken", limit: 9).map(\.path) == [Array("y/same".utf8)])
  }

  @Test func `a skipped file is asked about again in the next walk`() throws {
    #expect(try fixture.walk(ledger, [fixture.sighting("-a")]).skipped == LedgerTotal(files: 1, bytes: 10))
    #expect(try fixture.row(ledger, "-a").error == "no user")
    let walk = try LedgerWalk(ledger, run: 2)
    try walk.meet([fixture.sighting("-a")]) { [fixture] in fixture.assign(fixture.sighting("a", size: $0.facts.size)) }
    #expect(walk.difference.new.files == 1)
    #expect(try fixture.row(ledger, "-a").state == .found)
    #expect(try fixture.row(ledger, "-a").key == "ada/a")
  }

  @Test func `another mode or owner alone is no change, and is recorded`() throws {
    try fixture.walk(ledger, [fixture.sighting("a")])
    try deliver("a")
    #expect(try fixture.walk(ledger, [fixture.sighting("a", mode: 0o600)], run: 2).unchanged.files == 1)
    #expect(try fixture.row(ledger, "a").facts.mode == 0o600)
    #expect(try fixture.row(ledger, "a").state == .received)
  }

  @Test func `findings of a walk are made anew, and lasting ones stay`() throws {
    let walk = try LedgerWalk(ledger, run: 1)
    try walk.meet(
      [],
      findings: [
        LedgerFinding(code: "symlink", path: [255, 10], detail: "", isLasting: false),
        LedgerFinding(code: "not-unicode", path: [255], detail: "", isLasting: true),
      ],
      assign: fixture.assign
    )
    #expect(try ledger.findingCounts() == ["symlink": 1, "not-unicode": 1])
    #expect(try ledger.findings("symlink", limit: 9).map(\.path) == [[255, 10]])
    _ = try LedgerWalk(ledger, run: 2)
    #expect(try ledger.findingCounts() == ["not-unicode": 1])
  }

  @Test func `a finding that a walk meets again keeps its first run, and one that no walk meets is forgotten`() throws {
    func walk(_ paths: [String], detail: String = "", run: Int64, isComplete: Bool = true) throws {
      let walk = try LedgerWalk(ledger, run: run)
      let findings = paths.map {
        LedgerFinding(code: "symlink", path: Array($0.utf8), detail: detail, isLasting: false)
      }
      try walk.meet([], findings: findings, assign: fixture.assign)
      if isComplete { try walk.forgetFindings() }
    }
    try walk(["a", "b"], run: 1)
    try walk(["a", "b", "c"], run: 2)
    #expect(try ledger.findingCounts() == ["symlink": 3] && ledger.findingCounts(since: 2) == ["symlink": 1])
    #expect(try ledger.findings("symlink", since: 2, limit: 9).map(\.path) == [Array("c".utf8)])
    try walk(["a"], run: 3, isComplete: false)
    #expect(try ledger.findings("symlink", limit: 9).count == 1)
    #expect(try ledger.findings("symlink", withDoubtful: true, limit: 9).count == 3)
    try walk(["a", "b"], run: 4)
    #expect(try ledger.findingCounts(since: 3).isEmpty)
    #expect(try ledger.findings("symlink", withDoubtful: true, limit: 9).count == 2)
    try walk(["a"], detail: "another", run: 5)
    #expect(try ledger.findingCounts(since: 5) == ["symlink": 1])
  }

  @Test func `a finding of a run after its plan is new for the next walk, and old for the one after`() throws {
    let finding = LedgerFinding(code: "rekeyed", path: [1], detail: "", isLasting: true)
    _ = try LedgerWalk(ledger, run: 1)
    try ledger.addForNextWalk([finding])
    _ = try LedgerWalk(ledger, run: 3)
    #expect(try ledger.findingCounts(since: 3) == ["rekeyed": 1])
    _ = try LedgerWalk(ledger, run: 4)
    #expect(try ledger.findingCounts(since: 4).isEmpty && ledger.findingCounts() == ["rekeyed": 1])
  }

  @Test func `paths are bytes: every byte but the slash and zero, and 5,000 bytes long`() throws {
    let bytes = (UInt8(1)...255).filter { $0 != UInt8(ascii: "/") }
    let paths = [bytes, Array(repeating: 200, count: 5000), Array("a".utf8), Array("A".utf8)]
    let facts = fixture.sighting("").facts
    let walk = try LedgerWalk(ledger, run: 1)
    try walk.meet(paths.map { LedgerSighting(path: $0, facts: facts) }) { [fixture] in
      fixture.assign(LedgerSighting(path: $0.path.count < 3 ? $0.path : [1], facts: $0.facts))
    }
    for path in paths { #expect(try ledger.row(at: path)?.path == path) }
    var alike: [[LedgerRow]] = []
    try ledger.forEachAlike { alike.append($0) }
    #expect(alike.map { $0.map(\.path) }.contains([Array("a".utf8), Array("A".utf8)]))
  }

  // MARK: Successors, deleted and vanished files

  @Test func `a file that was deleted in Stowage stays deleted, and a changed content is asked about once`() throws {
    try fixture.walk(ledger, [fixture.sighting("a")])
    try deliver("a")
    let proof = try LedgerFixture.proof()
    let sent = LedgerProof(digest: proof.digest, version: "v1", etag: "e")
    try ledger.record([(fixture.row(ledger, "a").id, .sent(sent)), (fixture.row(ledger, "a").id, .received)], run: 1)
    let old = try fixture.row(ledger, "a")
    try fixture.walk(ledger, [fixture.sighting("a", size: 12)], run: 2)
    try ledger.record(.withdrawn, of: old.id, run: 2)
    let row = try fixture.row(ledger, "a")
    #expect(row.state == .deleted && row.file == old.file && row.key == old.key && row.proof == old.proof)
    #expect(row.previous == nil && row.facts.size == 12)
    #expect(row.proof?.etag == "e")
    #expect(try ledger.read { connection in try connection.text("SELECT file_id FROM replaced") }.isEmpty)
    #expect(try fixture.walk(ledger, [fixture.sighting("a", size: 12)], run: 3).unchanged.files == 1)
    #expect(try fixture.walk(ledger, [], run: 4).vanished.files == 0)
    try fixture.walk(ledger, [fixture.sighting("a", size: 13)], run: 5)
    #expect(try fixture.row(ledger, "a").state == .changed && fixture.row(ledger, "a").previous == old.file)
  }

  @Test func `a path that vanishes before its newer content was sent is missing with the old content`() throws {
    try fixture.walk(ledger, [fixture.sighting("a")])
    try deliver("a")
    let old = try fixture.row(ledger, "a")
    for (run, isBegun) in [(2, false), (4, true)] as [(Int64, Bool)] {
      try fixture.walk(ledger, [fixture.sighting("a", size: 12)], run: run)
      if isBegun { try ledger.record(.begun, of: old.id, run: run) }
      let newer = try fixture.row(ledger, "a").file
      #expect(try fixture.walk(ledger, [], run: run + 1).vanished.files == 1)
      let row = try fixture.row(ledger, "a")
      #expect(row.state == .received && row.file == old.file && row.facts.size == 10 && row.missingSince == run + 1)
      #expect(try ledger.unsettled(limit: 9).contains { $0.file == newer })
      #expect(try ledger.missingCount() == 1)
    }
    try ledger.settle(ledger.unsettled(limit: 9))
    #expect(try ledger.unsettled(limit: 9).isEmpty)
    try fixture.walk(ledger, [fixture.sighting("a", size: 12)], run: 6)
    let back = try fixture.row(ledger, "a")
    #expect(back.state == .changed && back.previous == old.file && back.missingSince == nil)
  }

  @Test func `contents that were sent or begun when they changed wait for their end in the database`() throws {
    try fixture.walk(ledger, [fixture.sighting("a"), fixture.sighting("b")])
    let rows = try [fixture.row(ledger, "a"), fixture.row(ledger, "b")]
    try ledger.record([(rows[0].id, .begun), (rows[0].id, .sent(LedgerFixture.proof())), (rows[1].id, .begun)], run: 1)
    try fixture.walk(ledger, [fixture.sighting("a", size: 1), fixture.sighting("b", size: 2)], run: 2)
    let contents = try ledger.unsettled(limit: 9)
    #expect(Set(contents.map(\.file)) == Set(rows.compactMap(\.file)))
    #expect(contents.first { $0.file == rows[0].file }?.state == .sent)
    #expect(contents.first { $0.file == rows[0].file }?.digest != nil)
    #expect(contents.first { $0.file == rows[1].file }?.digest == nil)
  }

  @Test func `a trashed file that comes back is a new file`() throws {
    try fixture.walk(ledger, [fixture.sighting("a")])
    try deliver("a")
    let old = try fixture.row(ledger, "a")
    try fixture.walk(ledger, [], run: 2)
    try ledger.record(.trashed, of: old.id, run: 2)
    #expect(try fixture.row(ledger, "a").state == .vanished && ledger.missingCount() == 0)
    #expect(try fixture.walk(ledger, [fixture.sighting("a")], run: 3).new.files == 1)
    let row = try fixture.row(ledger, "a")
    #expect(row.state == .found && row.file != old.file && row.previous == nil && row.proof == nil)
  }

  @Test func `lasting findings go with their file and come back with it`() throws {
    let finding = LedgerFinding(code: "not-unicode", path: Array("a".utf8), isLasting: true)
    func assign(_ sighting: LedgerSighting) -> LedgerAssignment {
      LedgerAssignment(folded: 1, target: fixture.assign(sighting).target, findings: [finding])
    }
    func walk(_ sightings: [LedgerSighting], run: Int64) throws {
      let walk = try LedgerWalk(ledger, run: run)
      try walk.meet(sightings, assign: assign)
      try walk.finish()
    }
    try walk([fixture.sighting("a")], run: 1)
    try deliver("a")
    #expect(try ledger.hasFinding("not-unicode", at: Array("a".utf8)))
    try walk([], run: 2)
    #expect(try ledger.findingCounts().isEmpty)
    try walk([fixture.sighting("a")], run: 3)
    #expect(try ledger.findingCounts() == ["not-unicode": 1])
  }

  @Test func `a file with another identifier and key counts as found, and its old identifier waits for its end`() throws
  {
    try fixture.walk(ledger, [fixture.sighting("a")])
    let old = try fixture.row(ledger, "a")
    let file = FileID(at: .now)
    try ledger.record([(old.id, .begun), (old.id, .rekeyed(file: file, key: "ada/\(file)/original"))], run: 1)
    let row = try fixture.row(ledger, "a")
    #expect(row.state == .found && row.file == file && row.attempts == 0)
    #expect(try ledger.unsettled(limit: 9).map(\.file) == [old.file])
  }

  @Test func `a copy has the state of the last commit, and the ledger stays as it is`() throws {
    try fixture.walk(ledger, [fixture.sighting("a")])
    let path = fixture.folder.file("copy")
    try MigrationLedger.copy(fixture.path, to: path)
    let copy = try MigrationLedger(path: path, for: LedgerFixture.identity())
    #expect(try copy.row(at: Array("a".utf8))?.file == fixture.row(ledger, "a").file)
    try fixture.walk(copy, [fixture.sighting("b")], run: 2)
    #expect(try ledger.row(at: Array("b".utf8)) == nil)
    try MigrationLedger.copy(fixture.folder.file("none"), to: fixture.folder.file("other"))
    #expect(!FileManager.default.fileExists(atPath: fixture.folder.file("other")))
  }
}
