import Core
import Foundation
import TestSupport
import Testing

@testable import Database

/// The counters of users' rows, against an independent count of the files.
@Suite struct CounterTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture() }

  /// User, state, files and bytes by the rows of the files, without any statement of the product.
  private static let byFiles = """
    SELECT user_id || ' ' || state || ' ' || COUNT(*) || ' ' || SUM(held_bytes) FROM files
    GROUP BY user_id, state ORDER BY user_id, state
    """

  private func byCounters(_ users: [UserID]) throws -> [String] {
    try users.sorted { $0.description < $1.description }.flatMap { user in
      try database.holdings(of: user).map { "\(user) \($0.state.rawValue) \($0.count) \($0.heldBytes)" }
    }
  }

  @Test(arguments: 0..<2)
  func `after any order of transitions on several connections each counter is what the files say`(
    _ round: Int
  ) throws {
    let users = try (0..<2).map { try fixture.makeUser("user\($0)", quota: 20_000) }
    let walk = CounterWalk(users)
    try onThreads(4) { index in
      let database = index.isMultiple(of: 2) ? fixture.database : try fixture.another()
      var random = Seeded("counters \(round).\(index)")
      for _ in 0..<150 { try walk.step(on: database, using: &random) }
    }
    #expect(try byCounters(users) == database.raw(Self.byFiles))
    #expect(try database.recountQuotas().isEmpty)
    #expect(try database.raw("SELECT id FROM users WHERE files_pending < 0 OR files_ready < 0").isEmpty)
  }

  @Test func `the walk makes every transition of the state machine, and each step leaves the counters right`() throws {
    let users = [try fixture.makeUser("user0", quota: 1 << 40)]
    let walk = CounterWalk(users)
    var random = Seeded("every transition")
    var missing = Self.transitions
    for step in 0..<10_000 where step < 400 || !missing.isEmpty {
      try walk.step(on: database, using: &random)
      missing = Self.transitions.subtracting(walk.moves)
      guard step.isMultiple(of: 20) else { continue }
      try #require(try byCounters(users) == database.raw(Self.byFiles), "step \(step)")
    }
    #expect(missing.isEmpty, "never made: \(missing.sorted())")
    #expect(try database.recountQuotas().isEmpty)
  }

  /// The moves of docs/architecture.md, and the end of a file's row.
  private static let transitions: Set<String> = [
    "pending received", "pending expired", "pending aborted", "pending deleted", "received ready", "received rejected",
    "received quarantined", "received deleted", "rejected deleted", "ready deleted", "quarantined ready",
    "quarantined deleted", "deleted ready", "deleted quarantined", "deleted purging", "purging purged", "expired gone",
    "aborted gone", "purged gone",
  ]

  @Test func `each counter that was changed by hand is found, and repaired from the files`() throws {
    let user = try fixture.makeUser(quota: 10_000)
    let ready = try database.makePending(user)
    try database.makeReady(ready, of: user)
    _ = try database.makePending(user, size: 30)
    #expect(try database.recountQuota(of: user) == nil)
    let (name, table) =
      PostgreSQLDatabase.server == nil
      ? ("name", "pragma_table_info('users')")
      : ("column_name", "(SELECT * FROM information_schema.columns WHERE table_name = 'users') AS users")
    let names = "SELECT \(name) FROM \(table) WHERE \(name) LIKE 'files_%' OR \(name) LIKE 'held_%'"
    let columns = try database.raw(names)
    #expect(columns.count == 14)
    for column in columns {
      try database.raw("UPDATE users SET \(column) = \(column) + 3")
      let drift = try #require(try database.recountQuota(of: user), "\(column)")
      let tally = try #require(drift.tallies.first)
      #expect(drift.tallies.count == 1 && column.hasSuffix(tally.state.rawValue))
      #expect([tally.files - tally.countedFiles, tally.bytes - tally.countedBytes].sorted() == [0, 3])
      #expect(try database.repairQuota(of: user) == drift)
      #expect(try database.recountQuotas().isEmpty && byCounters([user]) == database.raw(Self.byFiles))
    }
  }

  @Test func `a wrong counter stops no file`() throws {
    let user = try fixture.makeUser(quota: 10_000)
    let file = try database.makePending(user)
    try database.raw("UPDATE users SET files_pending = -5, files_received = -5, held_received = -500")
    try database.makeReady(file, of: user)
    #expect(try database.delete(file, of: user, at: now))
    #expect(try database.holdings(of: user).map(\.state) == [.deleted])
    #expect(try database.repairQuota(of: user) != nil && database.recountQuotas().isEmpty)
  }

  @Test func `the limit of open uploads holds although the counter also has migrated files`() throws {
    let user = try fixture.makeUser(quota: 10_000)
    let old = try (0..<3).map { try migrated("old\($0)", of: user) }
    #expect(try database.beginMigratedFiles(old, at: now) == [.done, .done, .done])
    for _ in 0..<2 { #expect(try database.reserve(newUpload(user), maximumOpen: 2, at: now) == .reserved) }
    #expect(try database.reserve(newUpload(user), maximumOpen: 2, at: now) == .tooMany(limit: 2))
    #expect(try database.holdings(of: user).map(\.count) == [5] && database.recountQuotas().isEmpty)
  }
}

func migrated(_ name: String, of user: UserID, size: Int64 = 50) throws -> NewMigratedFile {
  NewMigratedFile(
    id: FileID(at: DatabaseFixture.epoch),
    user: user,
    filename: name,
    contentType: "image/jpeg",
    size: size,
    rawKey: "\(user.written)/\(name)",
    createdAt: DatabaseFixture.epoch,
    migration: "run"
  )
}
