import Core
import Foundation
import TestSupport
import Testing

@testable import Database

/// The cost of reading a user's usage, in steps of SQLite's virtual machine and not in time.
@Suite(.sqliteAlone) struct CounterCostTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1 << 40) }

  /// Stores `count` ready files of the user by SQL and mends the counters.
  private func fill(_ count: Int) throws {
    try database.raw(
      """
      INSERT INTO files (id, user_id, filename, content_type, claimed_size, visibility, state, raw_key, held_bytes,
        created_at, expires_at, size, sha256, ready_at)
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count))
      SELECT printf('0190163d-8694-739b-aea5-%012x', n), 'ann', 'a', 'application/pdf', 7, 'private', 'ready', 'k' || n, 7,
        0, 0, 7, 'a', 1 FROM numbers
      """
    )
    #expect(try database.repairQuota(of: user)?.tallies.map(\.countedFiles) == [Int64(count)])
  }

  /// The steps of the virtual machine for each statement, counted by Python's SQLite.
  private func steps(_ statements: [any Statement]) throws -> [Int] {
    let script = """
      import sqlite3, sys
      db, steps = sqlite3.connect(sys.argv[1]), [0]
      def step(): steps[0] += 1
      for sql in sys.argv[2:]:
        db.execute(sql, {"user": "ann"}).fetchall()
        db.set_progress_handler(step, 1)
        steps[0] = 0
        rows = db.execute(sql, {"user": "ann"}).fetchall()
        db.set_progress_handler(None, 0)
        assert rows, sql
        print(steps[0])
      """
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = ["-c", script, fixture.path] + statements.map { $0.rawValue }
    process.standardOutput = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return said.split(separator: "\n").compactMap { Int($0) }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "python3 is not installed"))
  func `usage and the census cost the same with a thousand files and with a hundred thousand`() throws {
    let reading: [any Statement] = [UserStatement.find, UserStatement.holdings, ReportStatement.count]
    try fill(1000)
    let few = try steps(reading + [UserStatement.countFiles])
    try database.raw("DELETE FROM files")
    try fill(100_000)
    let many = try steps(reading + [UserStatement.countFiles])
    #expect(few.count == 4 && few.prefix(3) == many.prefix(3) && many.prefix(3).allSatisfy { (1...150).contains($0) })
    #expect(many.last ?? 0 > 50 * (few.last ?? .max), "the measure does not see what a count of rows costs")
    #expect(try database.holdings(of: user).map(\.count) == [100_000])
  }
}
