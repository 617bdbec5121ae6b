import Core
import Database
import Foundation
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

/// The change of the tags of all files of a user.
@Suite struct RetaggingTests {
  private static let raw = ProcessingFixture.buckets.raw

  /// Returns a separate worker with a separate database connection.
  private func worker(_ fixture: ProcessingFixture) throws -> Retagging {
    Retagging(try fixture.parts(), perSecond: nil)
  }

  /// Returns the keys whose objects have the tag, and expects the database to say the same.
  private func tagged(_ fixture: ProcessingFixture, _ files: [FileID]) throws -> Set<FileID> {
    var found: Set<FileID> = []
    for file in files {
      let record = try fixture.record(file)
      let tags = try fixture.store.memory.tags(of: record.rawKey, in: Self.raw)
      #expect(tags.isEmpty != record.isTagged, "\(file)")
      if !tags.isEmpty { found.insert(file) }
    }
    return found
  }

  /// Tags every file of the fixture's first user.
  private func makeTagged(_ count: Int, _ fixture: ProcessingFixture) throws -> [FileID] {
    let files = try fixture.readyFiles(count)
    _ = try fixture.retagAll()
    #expect(try tagged(fixture, files).count == count)
    return files
  }

  @Test func `3,000 files get and lose their tags, whatever stops the workers in the middle`() throws {
    let fixture = try ProcessingFixture()
    let files = try fixture.readyFiles(3000)
    var now = Date.now + 10
    for plan in [nil, Plan.premium] {
      if let plan { try fixture.change(to: plan, at: now) }
      for round in 1...4 {
        // The first worker stops after some calls, the second one dies between the record and the calls.
        let calls = Atomic(0)
        _ = try worker(fixture).turn(at: now) { calls.add(1, ordering: .relaxed).newValue < 40 * round }
        let claim = try #require(try fixture.database.claimRetagging(seconds: 120, at: now))
        let page = try fixture.database.retagPage(of: claim.user, after: nil, limit: 50)
        #expect(try worker(fixture).turn(at: now + 119) == nil, "the dead worker's claim lasts 120 s")
        let calling = try #require(
          try fixture.database.beginTagging(page.files, holding: claim.unsettled + page.files, under: claim)
        )
        #expect(calling.count == 50)
        now += 121
      }
      let last = try worker(fixture)
      while let turn = try last.turn(at: now) {
        #expect(turn.obstacle == nil && turn.changed <= Retagging.batch * 3)
      }
      #expect(try tagged(fixture, files).count == (plan == nil ? 3000 : 0))
      #expect(try fixture.database.user(fixture.user)?.retagSince == nil)
      now += 1
    }
  }

  @Test func `two workers change each user's files exactly`() throws {
    let fixture = try ProcessingFixture()
    var files: [FileID] = []
    for name in ["bob", "eve", "joe"] { files += try fixture.readyFiles(250, of: fixture.user(name)) }
    let workers = try [worker(fixture), worker(fixture)]
    let now = Date.now + 10
    let group = DispatchGroup()
    for worker in workers {
      group.enter()
      Thread {
        for _ in 1...40 { _ = try? worker.turn(at: now) }
        group.leave()
      }.start()
    }
    group.wait()
    #expect(try tagged(fixture, files).count == 750)
    #expect(try fixture.database.retagWaiting() == 0)
  }

  @Test func `after a downgrade in the middle of an upgrade's work, no older file has the tag`() throws {
    let fixture = try ProcessingFixture()
    let files = try makeTagged(300, fixture)
    let now = Date.now + 200_000
    try fixture.change(to: .premium, at: now)
    let worker = try worker(fixture)
    #expect(try worker.turn(at: now)?.changed == 100)
    try fixture.change(to: .standard, at: now + 1)
    while try worker.turn(at: now + 2) != nil {}
    #expect(try tagged(fixture, files).isEmpty)
    #expect(try fixture.database.user(fixture.user)?.retagSince == nil)
  }

  @Test func `an upgrade during a turn is not lost`() throws {
    let fixture = try ProcessingFixture()
    let files = try fixture.readyFiles(60)
    let now = Date.now + 10
    fixture.store.obey { call, number in
      if number == 30 { try fixture.change(to: .premium, at: now) }
      return nil
    }
    let worker = try worker(fixture)
    while try worker.turn(at: now) != nil {}
    #expect(try tagged(fixture, files).isEmpty)
    #expect(try fixture.database.user(fixture.user)?.retagSince == nil)
  }

  @Test func `a user with many files keeps nobody waiting`() throws {
    let fixture = try ProcessingFixture()
    _ = try fixture.readyFiles(500)
    let bob = try fixture.user("bob")
    let few = try fixture.readyFiles(10, of: bob)
    let worker = try worker(fixture)
    let turns = try (1...3).map { _ in try #require(try worker.turn(at: .now + 10)) }
    #expect(Set(turns.prefix(2).map(\.user)) == [fixture.user, bob])
    #expect(turns.contains { $0.user == bob && $0.isFinished && $0.changed == 10 })
    #expect(try tagged(fixture, few).count == 10)
  }

  @Test func `one object that is gone and one that is refused keep no other from its tag`() throws {
    let fixture = try ProcessingFixture()
    let files = try fixture.readyFiles(250)
    let (gone, refused) = (try fixture.record(files[20]), try fixture.record(files[120]))
    fixture.store.obey { call, _ in
      call.key == gone.rawKey
        ? .before(.notFound)
        : call.key == refused.rawKey ? .before(.accessDenied(detail: "the test's own")) : nil
    }
    let now = Date.now + 10
    let worker = try worker(fixture)
    var time = now
    for _ in 1...6 {
      while try worker.turn(at: time) != nil {}
      time += 31
    }
    let others = files.filter { $0 != gone.id && $0 != refused.id }
    #expect(try tagged(fixture, others).count == 248)
    #expect(try !fixture.record(gone.id).isTagged)
    #expect(try fixture.database.user(fixture.user)?.retagSince != nil, "one file is left")
    fixture.store.obey { call, _ in call.key == gone.rawKey ? .before(.notFound) : nil }
    while let turn = try worker.turn(at: time) { if !turn.isFinished { time += 1 } }
    #expect(try tagged(fixture, others + [refused.id]).count == 249)
  }

  @Test(arguments: [StoreError.throttled(detail: "429"), .unavailable(detail: "503"), .accessDenied(detail: "403")])
  func `a store in trouble gets a few calls and a pause, and everything in the end`(error: StoreError) throws {
    let fixture = try ProcessingFixture()
    let files = try fixture.readyFiles(120)
    fixture.store.obey { _, _ in .before(error) }
    var time = Date.now + 10
    let worker = try worker(fixture)
    for _ in 1...3 {
      let before = fixture.store.calls.count
      let turn = try #require(try worker.turn(at: time))
      #expect(turn.isInTrouble && turn.obstacle != nil && !turn.isFinished && turn.changed == 0)
      #expect(fixture.store.calls.count - before <= 10)
      #expect(try worker.turn(at: time + 29) == nil, "no turn before the pause is over")
      time += 31
    }
    fixture.store.obey(nil)
    while try worker.turn(at: time) != nil {}
    #expect(try tagged(fixture, files).count == 120)
    #expect(try fixture.database.retagWaiting() == 0)
  }

  @Test func `a call without an answer is repeated`() throws {
    let fixture = try ProcessingFixture()
    let files = try makeTagged(10, fixture)
    let now = Date.now + 200_000
    try fixture.change(to: .premium, at: now)
    fixture.store.obey { _, number in number == 3 ? .before(.timeout(detail: "the test's own")) : nil }
    let worker = try worker(fixture)
    #expect(try worker.turn(at: now)?.isFinished == false)
    #expect(try tagged(fixture, files).count == 1)
    #expect(try worker.turn(at: now + 31)?.isFinished == true)
    #expect(try tagged(fixture, files).isEmpty)
  }

  @Test func `a store without tags ends the work`() throws {
    let fixture = try ProcessingFixture()
    let files = try fixture.readyFiles(250)
    fixture.store.obey { _, _ in .before(.invalidRequest(code: "NotImplemented", message: "no tags")) }
    let turns = try fixture.retagAll()
    #expect(turns.map(\.isFinished) == [true] && fixture.store.calls.count == 100)
    #expect(try tagged(fixture, files).isEmpty && fixture.database.retagWaiting() == 0)
  }

  @Test func `a rate limits the calls of all lanes together`() throws {
    let fixture = try ProcessingFixture()
    _ = try fixture.readyFiles(30)
    let start = ContinuousClock.now
    _ = try Retagging(try fixture.parts(), lanes: 8, perSecond: 100).turn(at: .now + 10)
    #expect(ContinuousClock.now - start >= .milliseconds(280))
  }
}

extension ProcessingFixture {
  /// Creates ready migrated files without tags, as an older version of Stowage left them; the user is due.
  func readyFiles(_ count: Int, of owner: UserID? = nil) throws -> [FileID] {
    let owner = owner ?? user
    let digest = try #require(SHA256Digest(hexadecimal: SHA256.hexadecimal(of: [1])))
    let files = (0..<count).map { number in
      NewMigratedFile(
        id: FileID(at: .now),
        user: owner,
        filename: "\(number).txt",
        contentType: "text/plain",
        size: 1,
        rawKey: "\(owner.written)/\(number).txt",
        visibility: .public,
        createdAt: .now,
        migration: "run-1",
        acceptsUnscanned: false
      )
    }
    #expect(try database.beginMigratedFiles(files, at: .now) == files.map { _ in .done })
    let objects = try files.map { file in
      let version = try store.memory.put(.bytes([1]), to: file.rawKey, in: Self.buckets.raw).version
      return MigratedObject(file: file.id, sha256: digest, size: 1, versionID: version?.description)
    }
    #expect(try database.receiveMigratedFiles(objects, processing: .never, at: .now) == files.map { _ in .done })
    let script = """
      import sqlite3, sys
      with sqlite3.connect(sys.argv[1], timeout=30) as base:
          base.execute("UPDATE files SET state = 'ready', ready_at = received_at, size = 1, sha256 = claimed_sha256 WHERE state = 'received'")
          base.execute("UPDATE users SET retag_at = 0")
      """
    try folder.run("python3", ["-c", script, folder.file("stowage.sqlite")])
    return files.map(\.id)
  }
}
