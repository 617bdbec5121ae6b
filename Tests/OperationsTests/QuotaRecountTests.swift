import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Operations

@Suite struct QuotaRecountTests {
  private let jobs: JobFixture
  private let recount: QuotaRecount

  init() throws {
    jobs = try JobFixture()
    recount = QuotaRecount(database: jobs.database)
  }

  /// Changes the quota columns by SQL, which no component of the product does.
  private func damage(_ sql: String) throws {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=20); c.execute(sys.argv[2]); c.commit()"
    try jobs.node.folder.run("python3", ["-c", script, try #require(jobs.settings.database.path), sql])
  }

  private func run(repairing: Bool, while isWanted: () -> Bool = { true }) throws -> (QuotaRecount.Tally, [String]) {
    var lines: [String] = []
    let tally = try recount.run(repairing: repairing, while: isWanted) { lines += $0.lines }
    return (tally, lines)
  }

  @Test func `correct quota columns are reported as such, page after page`() throws {
    for number in 0..<120 {
      let user = try #require(UserID("user\(number)"))
      _ = try jobs.database.user(user, plan: .standard, quotaBytes: 1, at: jobs.now)
    }
    var progress: [Int] = []
    let tally = try recount.run(repairing: false, progress: { progress.append($0.seen) }, report: { _ in })
    #expect(tally == QuotaRecount.Tally(seen: 121) && !tally.isLeft)
    #expect(progress == [100, 121])
  }

  @Test func `every difference is reported, and only a repair removes it`() throws {
    let file = try jobs.claim()
    try damage("UPDATE users SET used_bytes = 5, reserved_bytes = 0")
    try damage("UPDATE files SET held_bytes = 1")
    for _ in 0..<2 {
      let (tally, lines) = try run(repairing: false)
      #expect(tally.seen == 1 && tally.wrong == 1 && tally.isLeft)
      #expect(
        lines == [
          "ann  used 5, by the files 0: 5 bytes too much", "ann  reserved 0, by the files 2048: 2 kB too little",
          "ann  file \(file) (pending) holds 1, by its state 2048",
        ]
      )
    }
    let (tally, lines) = try run(repairing: true)
    #expect(tally.repaired == 1 && !tally.isLeft && lines.count == 3 && lines.allSatisfy { $0.hasSuffix("; repaired") })
    #expect(try run(repairing: false).1.isEmpty)
  }

  @Test func `a wrong number of files in a state has a line, and is repaired`() throws {
    _ = try jobs.claim()
    try damage("UPDATE users SET files_pending = 3, files_ready = -1, held_deleted = 1024")
    let said = [
      "ann  pending files 3, by the files 1: 2 too many", "ann  ready files -1, by the files 0: 1 too few",
      "ann  bytes of deleted files 1024, by the files 0: 1 kB too much",
    ]
    #expect(try run(repairing: false).1 == said)
    #expect(try run(repairing: true).1 == said.map { $0 + "; repaired" })
    #expect(try run(repairing: false).1.isEmpty)
  }

  @Test func `numbers that no difference fits are reported and repaired`() throws {
    _ = try jobs.claim()
    try damage("UPDATE users SET files_pending = -9223372036854775808, held_received = -9223372036854775807")
    #expect(try jobs.database.holdings(of: jobs.user).isEmpty)
    #expect(try run(repairing: true).1.count == 2)
    #expect(try run(repairing: false).1.isEmpty)
  }

  @Test func `of very many files the first ones are listed, and the rest counted`() throws {
    for _ in 0..<22 { _ = try jobs.claim() }
    try damage("UPDATE files SET held_bytes = 0")
    let (_, lines) = try run(repairing: false)
    #expect(lines.count == 21 && lines.last == "ann  and 2 more files")
  }

  @Test func `a single user can be recounted, and an unknown user is not found`() throws {
    let bob = try #require(UserID("bob"))
    _ = try jobs.database.user(bob, plan: .standard, quotaBytes: 1, at: jobs.now)
    try damage("UPDATE users SET used_bytes = 5")
    let tally = try recount.run(on: bob, repairing: true) { #expect($0.drift.user == bob && $0.isRepaired) }
    #expect(tally.seen == 1 && tally.repaired == 1)
    #expect(try run(repairing: false).0.wrong == 1, "ann is as before")
    let stranger = try #require(UserID("stranger"))
    #expect(throws: StorageError.notFound) { try recount.run(on: stranger, repairing: true) { _ in } }
  }

  @Test func `an interrupted repair keeps its repairs and leaves the rest`() throws {
    for name in ["bob", "cat"] {
      _ = try jobs.database.user(try #require(UserID(name)), plan: .standard, quotaBytes: 1, at: jobs.now)
    }
    try damage("UPDATE users SET used_bytes = 5")
    var repairs = 0
    _ = try recount.run(repairing: true, while: { repairs < 1 }, report: { _ in repairs += 1 })
    #expect(repairs == 1)
    #expect(try jobs.database.recountQuotas().map(\.user.description) == ["bob", "cat"])
  }
}
