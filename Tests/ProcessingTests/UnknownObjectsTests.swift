import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct UnknownObjectsTests {
  private let fixture: ProcessingFixture
  private let objects: UnknownObjects
  /// An upload with a row, so that the database is not empty.
  private let known: FileID
  /// A time at which all objects of the test are old enough.
  private let later = Date.now + UnknownObjects.minimumAge + 60

  init() throws {
    fixture = try ProcessingFixture()
    objects = UnknownObjects(
      database: fixture.database,
      store: fixture.store,
      buckets: ProcessingFixture.buckets,
      pageSize: 3
    )
    known = try fixture.claim(size: 4)
    try fixture.put([1, 2, 3, 4], for: known)
  }

  private func put(_ key: String, _ bytes: [UInt8] = [1, 2, 3, 4], in bucket: String = ProcessingFixture.buckets.raw)
    throws
  {
    _ = try fixture.store.memory.put(.bytes(bytes), to: key, in: bucket)
  }

  private func all() throws -> [String] {
    try ProcessingFixture.buckets.all.flatMap { bucket in
      try fixture.store.memory.listVersions(bucket, prefix: "", after: nil, limit: 1000).items.map {
        "\(bucket)/\($0.key)"
      }
    }
  }

  /// Returns keys in Stowage's form, of files without a row.
  private func unknownKeys(_ count: Int = 1) throws -> [String] {
    let user = try #require(UserID("ghost"))
    return (0..<count).map { _ in RawKey(user: user, file: FileID(at: .now), type: .jpeg).description }
  }

  private func deleted(at now: Date) throws -> [String] {
    var keys: [String] = []
    try objects.delete(objects.count(at: now), at: now, report: { keys.append($0.version.key) })
    return keys
  }

  @Test func `an object of a user with escaped characters is unknown, and one in another spelling is foreign`() throws {
    let file = FileID(at: .now)
    let own = try ["auth0|1", "a/b", "*", "~"].map { name in
      RawKey(user: try #require(UserID(name)), file: file, type: .jpeg).description
    }
    let foreign = ["auth0|1", "auth0~7c1", "*", "~", "a/b", "%2F"].map { "\($0)/\(file)/original.jpg" }
    for key in own + foreign { try put(key) }
    for key in own {
      try put(
        "\(key.split(separator: "/")[0])/\(file)/0123456789ab/thumb.webp",
        in: ProcessingFixture.buckets.processed
      )
    }
    let tally = try objects.count(at: later)
    #expect(tally.unknown == 2 * own.count && tally.foreign == foreign.count && tally.known >= 1)
    #expect(try Set(deleted(at: later)).isDisjoint(with: foreign))
    #expect(try all().count == foreign.count + 1)
  }

  @Test func `an object with a row is never deleted, whatever its state`() throws {
    let ready = try fixture.upload()
    #expect(try fixture.next() == .ready)
    for end in ["pending", "aborted", "deleted"] {
      let file = try fixture.claim(size: 4)
      try put(fixture.record(file).rawKey)
      if end == "aborted" { try #require(try fixture.database.abort(file, of: fixture.user)) }
      if end == "deleted" { try #require(try fixture.database.delete(file, of: fixture.user, at: .now)) }
    }
    try put(fixture.record(ready).keptKey)
    let before = try all()
    let tally = try objects.count(at: later)
    #expect(tally.known == before.count && tally.unknown == 0 && tally.foreign == 0 && tally.isComplete)
    #expect(try deleted(at: later).isEmpty && all() == before)
  }

  @Test func `keys in a foreign form are counted and left alone`() throws {
    let file = try #require(unknownKeys().first)
    let strange = [
      "backup.tar", "ghost/holiday.jpg", file + ".bak", file.replacing("original", with: "kept2"), "a/" + file,
      file.replacing(".jpg", with: ".exe"), file.uppercased(), "ghost/not-a-uuid/original.jpg",
    ]
    for key in strange { try put(key) }
    try put(file, in: ProcessingFixture.buckets.processed)
    try put(file.replacing("original.jpg", with: "thumb.webp"), in: ProcessingFixture.buckets.processed)
    let before = try all()
    let tally = try objects.count(at: later)
    #expect(tally.foreign == strange.count + 2 && tally.unknown == 0)
    #expect(try deleted(at: later).isEmpty && all() == before)
  }

  @Test func `objects without a row are counted with their bytes, versions and markers, and then deleted`() throws {
    let keys = try unknownKeys(7)
    for key in keys { try put(key) }
    try put(keys[0], [1])
    try fixture.store.memory.delete(keys[1], in: ProcessingFixture.buckets.raw)
    try put(keys[2].replacing("/original.", with: "/kept."))
    let variant = keys[0].replacing("original.jpg", with: "0123456789ab/thumb.webp")
    try put(variant, in: ProcessingFixture.buckets.processed)
    var named: [String] = []
    let tally = try objects.count(
      at: later,
      report: { item, isDeletable in if isDeletable { named.append(item.version.key) } }
    )
    #expect(tally.unknown == 11 && tally.deletable == 11 && tally.unknownBytes == 7 * 4 + 1 + 4 + 4)
    #expect(tally.known == 1 && tally.foreign == 0 && named.count == 11 && Set(named).isSuperset(of: keys + [variant]))
    #expect(try all().count == 12)
    #expect(try deleted(at: later) == named)
    #expect(try all() == ["raw/\(fixture.record(known).rawKey)"])
    #expect(try objects.count(at: later).unknown == 0)
  }

  @Test func `objects younger than seven days are counted, never deleted`() throws {
    let key = try #require(unknownKeys().first)
    try put(key)
    let almost = Date.now + UnknownObjects.minimumAge - 60
    let tally = try objects.count(at: almost)
    #expect(tally.unknown == 1 && tally.deletable == 0 && tally.deletableBytes == 0)
    #expect(try deleted(at: almost).isEmpty)
    #expect(try all().count == 2)
  }

  @Test func `a key with the name of another user does not belong to the file`() throws {
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    let raw = try fixture.record(file).rawKey.replacing("ann/", with: "bob/")
    let variant = try #require(fixture.record(file).variants.first).key.replacing("ann/", with: "bob/")
    try put(raw)
    try put(variant, in: ProcessingFixture.buckets.processed)
    #expect(try objects.count(at: later).unknown == 2)
    #expect(try deleted(at: later) == [raw, variant])
    #expect(
      try fixture.state(file) == .ready && fixture.versions(file).count == 1 && fixture.processedKeys().count == 3
    )
  }

  @Test func `a dry run changes nothing, and an interrupted one is reported as incomplete`() throws {
    for key in try unknownKeys(9) { try put(key) }
    fixture.store.obey(nil)
    var pages = 0
    let tally = try objects.count(at: later, while: { fixture.store.calls.count < 2 }, progress: { _ in pages += 1 })
    #expect(!tally.isComplete && tally.count == 3 && pages == 1)
    _ = try objects.count(at: later)
    #expect(Set(fixture.store.calls.map(\.operation)) == [.listVersions])
  }

  @Test func `an interrupted or failed deletion leaves the rest`() throws {
    for key in try unknownKeys(9) { try put(key) }
    var count = 0
    try objects.delete(objects.count(at: later), at: later, while: { count < 4 }, report: { _ in count += 1 })
    #expect(try count == 4 && all().count == 6)
    fixture.store.obey { call, _ in call.operation == .delete ? .before(.accessDenied(detail: "no")) : nil }
    #expect(throws: StorageError.self) { try deleted(at: later) }
    #expect(try all().count == 6)
  }

  @Test func `an empty database deletes nothing, because it may be the wrong one`() throws {
    for key in try unknownKeys(3) { try put(key) }
    let fresh = try FileDatabase(path: fixture.folder.file("fresh.sqlite"))
    let objects = UnknownObjects(database: fresh, store: fixture.store, buckets: ProcessingFixture.buckets)
    let tally = try objects.count(at: later)
    #expect(tally.known == 0 && tally.deletable == 4)
    #expect {
      try objects.delete(tally, at: later)
    } throws: { "\($0)".contains("may be the wrong one") }
    #expect(try all().count == 4)
  }

  @Test func `a missing bucket is reported`() throws {
    var buckets = ProcessingFixture.buckets
    buckets.processed = "mistyped"
    let objects = UnknownObjects(database: fixture.database, store: fixture.store, buckets: buckets)
    #expect {
      try objects.count(at: later)
    } throws: { "\($0)".contains("mistyped") }
  }
}
