import Core
import Foundation
import TestSupport
import Testing

@testable import Database

@Suite(.sqliteAlone) struct LedgerWorkTests {
  let fixture: LedgerFixture
  let ledger: MigrationLedger

  init() throws {
    fixture = try LedgerFixture()
    ledger = try fixture.open()
  }

  @Test func `the steps of a file are kept, with digest, version and parts`() throws {
    try fixture.walk(ledger, [fixture.sighting("a")])
    let id = try fixture.row(ledger, "a").id
    try ledger.record(.begun, of: id, run: 2)
    try ledger.record(.failed("503"), of: id, run: 2)
    #expect(try fixture.row(ledger, "a").error == "503")
    try ledger.record(.begun, of: id, run: 3)
    let proof = try LedgerFixture.proof("b")
    try ledger.record(.sent(proof), of: id, run: 3)
    try ledger.record(.verified, of: id, run: 4)
    let row = try fixture.row(ledger, "a")
    #expect(row.state == .verified && row.attempts == 2 && row.proof == proof && row.error == nil && row.run == 4)
    #expect(try ledger.row(of: #require(row.file)) == row)
    #expect(throws: LedgerError.self) { try ledger.record(.verified, of: 99, run: 4) }
  }

  @Test func `batches go on behind the last number, key or path`() throws {
    try fixture.walk(ledger, ["c", "a", "b", "B"].map { fixture.sighting($0) })
    let first = try ledger.rows(in: .found, limit: 3)
    let second = try ledger.rows(in: .found, after: #require(first.last).id, limit: 3)
    #expect((first + second).map { String(decoding: $0.path, as: UTF8.self) } == ["c", "a", "b", "B"])
    #expect(try ledger.rows(afterKey: "ada/B", limit: 2).map(\.key) == ["ada/a", "ada/b"])
    #expect(try ledger.rows(afterPath: Array("a".utf8), limit: 9).map(\.key) == ["ada/b", "ada/c"])
  }

  @Test func `totals follow every step, as if the rows were counted`() throws {
    var random = Seeded("ledger totals")
    try fixture.walk(ledger, (0..<60).map { fixture.sighting("f\($0)", size: Int64($0)) })
    let proof = try LedgerFixture.proof()
    let facts = fixture.sighting("x", size: 77).facts
    let steps: [LedgerStep] = [
      .begun, .sent(proof), .received, .verified, .failed("x"), .skipped("y"), .vanished, .reread(facts),
    ]
    for _ in 0..<300 {
      try ledger.record(steps.randomElement(using: &random) ?? .begun, of: .random(in: 1...60, using: &random), run: 1)
    }
    let counted = try ledger.read { connection in
      try connection.text("SELECT state || ' ' || COUNT(*) || ' ' || SUM(size) FROM files GROUP BY state ORDER BY 1")
    }
    let kept = try ledger.totals().filter { $0.value.files > 0 }
      .map { "\($0.key.rawValue) \($0.value.files) \($0.value.bytes)" }
    #expect(kept.sorted() == counted.sorted())
  }

  @Test func `steps of many threads are all kept`() throws {
    try fixture.walk(ledger, (0..<80).map { fixture.sighting("f\($0)") })
    try onThreads(8) { [ledger] thread in
      for id in (thread * 10 + 1)...(thread * 10 + 10) { try ledger.record(.begun, of: Int64(id), run: 1) }
    }
    #expect(try ledger.totals()[.begun]?.files == 80)
  }

  @Test func `runs are listed, the newest first, and a killed one has no end`() throws {
    let start = Date(timeIntervalSince1970: 1_800_000_000)
    let first = try ledger.beginRun("run", options: "{\"parallel\":8}", at: start)
    try ledger.endRun(first, outcome: "complete", at: start + 5)
    _ = try ledger.beginRun("delta", options: "{}", at: start + 10)
    let runs = try ledger.runs()
    #expect(runs.map(\.kind) == ["delta", "run"] && runs[0].endedAt == nil && runs[1].endedAt == start + 5)
    #expect(runs[1].options == "{\"parallel\":8}" && runs[1].outcome == "complete")
  }

  @Test func `requests are counted with the parts of large files`() throws {
    try fixture.walk(
      ledger,
      [fixture.sighting("a", size: 99), fixture.sighting("b", size: 100), fixture.sighting("c")]
    )
    let requests = try ledger.requests(threshold: 100, partSize: 30)
    #expect((requests.single, requests.multiparts, requests.parts, requests.count) == (2, 1, 4, 8))
  }

  @Test(arguments: [
    (LedgerStatement.inState, "files_by_state"), (.byKey, "sqlite_autoindex_files_3"),
    (.byPath, "sqlite_autoindex_files_1"), (.atPath, "sqlite_autoindex_files_1"),
    (.ofFile, "sqlite_autoindex_files_2"), (.idsInState, "COVERING INDEX files_by_state"),
  ])
  func `batches are read in index order`(statement: LedgerStatement, index: String) throws {
    let plan = try plan(of: statement)
    #expect(plan.contains(index) && !plan.contains("TEMP B-TREE"), "\(plan)")
  }

  @Test(arguments: LedgerStatement.allCases) func `SQLite prepares every statement`(statement: LedgerStatement) throws {
    _ = try plan(of: statement)
  }

  /// Returns SQLite's query plan of `statement`, with 1 for every parameter.
  private func plan(of statement: LedgerStatement) throws -> String {
    try ledger.read { connection in
      let names = statement.rawValue.matches(of: /\$([a-z0-9_]+)/).map { String($0.1) }
      let sql = names.reduce("EXPLAIN QUERY PLAN " + statement.rawValue) { $0.replacing("$" + $1, with: "1") }
      return try connection.run(Plan(rawValue: sql), [:]).map { try $0.text("detail") }.joined(separator: "\n")
    }
  }

  private struct Plan: Statement {
    static let allCases: [Plan] = []
    let rawValue: String
  }
}
