import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

/// The places of renderings: public ones lie where a CDN may read, and all others elsewhere, whatever happens meanwhile.
@Suite struct PlaceTests {
  private let clock = MovableClock(.now)
  private let fixture: ProcessingFixture

  init() throws { fixture = try ProcessingFixture(clock: { [clock] in clock.now }) }

  /// Uploads a public photo and makes it ready.
  private func ready(of user: UserID? = nil) throws -> FileID {
    let file = try fixture.upload(of: user)
    clock.now += 2
    try #require(try next() == .ready)
    return file
  }

  private static func show(_ file: FileID, _ visibility: Visibility, in database: FileDatabase) throws {
    let record = try #require(try database.file(file))
    let change = try FileChange(filename: nil, visibility: visibility.rawValue)
    try #require(try database.change(record, to: change, at: .now))
  }

  private func show(_ file: FileID, _ visibility: Visibility) throws {
    try Self.show(file, visibility, in: fixture.database)
  }

  /// Runs every job until none is left, those of dead workers and the last rounds of purges too.
  private func drain() throws {
    for _ in 0..<6 {
      clock.now += 200
      while try next() != nil {}
    }
  }

  /// Runs the next job that is due.
  @discardableResult
  private func next() throws -> ProcessingOutcome? { try fixture.processor.next(at: clock.now)?.outcome }

  /// Expects all renderings of the ready file at the place of its visibility, and no others.
  private func expectSettled(_ file: FileID, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let record = try fixture.record(file)
    let place = record.visibility == .public ? "images" : "~guarded"
    let keys = record.variants.map { "\(place)/\($0.key)" }.sorted()
    #expect(record.variants.count == 3 && record.variants.map(\.objectKey).sorted() == keys, "\(what)")
    #expect(try fixture.processedKeys().filter { $0.contains("\(file)") } == keys, "\(what)")
  }

  @Test(arguments: [Visibility.private, .premium])
  func `a change of visibility moves the renderings, and a further one moves them back`(visibility: Visibility) throws {
    let file = try ready()
    try expectSettled(file, "published")
    for next in [visibility, .public, visibility] {
      try show(file, next)
      #expect(try fixture.processor.runIfAvailable(.purge, of: file) == .purged(addresses: 0))
      try expectSettled(file, "\(next)")
    }
  }

  @Test func `a move copies, records and then deletes, and tells the caches after that`() throws {
    let file = try ready()
    try show(file, .private)
    let node = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    defer { node.stop() }
    fixture.store.obey { call, _ in
      #expect(node.requests.isEmpty, "\(call.operation) after a purge")
      return nil
    }
    _ = try Processor(try fixture.parts(cacheNodes: [node.url])).runIfAvailable(.purge, of: file)
    fixture.store.obey(nil)
    #expect(!node.requests.isEmpty)
    try expectSettled(file, "private")
  }

  @Test(arguments: [Visibility.private, .public])
  func `whatever a worker was about to do when the visibility changed, no private rendering stays public`(
    last: Visibility
  ) throws {
    for number in 0..<40 {
      let file = try ready()
      if last == .private { try show(file, .private) }
      try drain()
      try show(file, last == .private ? .public : .private)
      let isReached = try sawCall(number) { [database = fixture.database] in try Self.show(file, last, in: database) }
      try drain()
      try expectSettled(file, "call \(number)")
      if !isReached { return }
    }
    Issue.record("a move has more than 40 calls")
  }

  /// Runs the purge job of the one waiting file, and `body` at one of its calls; false if there is no such call.
  private func sawCall(_ number: Int, _ body: @escaping @Sendable () throws -> Void) throws -> Bool {
    fixture.store.obey(pausing(at: number, body))
    try next()
    let count = fixture.store.calls.count
    fixture.store.obey(nil)
    return count > number
  }

  @Test func `a worker that stops anywhere in a move is continued by another one`() throws {
    var number = 0
    while true {
      let file = try ready()
      try show(file, .private)
      var parts = try fixture.parts()
      parts.clock = { [clock] in clock.now }
      let colleague = Processor(parts)
      fixture.store.obey(
        pausing(at: number) { [clock] in
          clock.now += 1000
          while try colleague.next(at: clock.now) != nil {}
        }
      )
      try next()
      let count = fixture.store.calls.count
      fixture.store.obey(nil)
      try drain()
      try expectSettled(file, "call \(number)")
      if count <= number { break }
      number += 1
    }
    #expect(number >= 7)
  }

  @Test func `a file that becomes private while it is published for the first time is not left where a CDN may read`()
    throws
  {
    var number = 0
    while true {
      let file = try fixture.upload()
      clock.now += 2
      fixture.store.obey(
        pausing(at: number) { [database = fixture.database] in try Self.show(file, .private, in: database) }
      )
      try next()
      let count = fixture.store.calls.count
      fixture.store.obey(nil)
      try drain()
      guard try fixture.record(file).visibility == .private else { break }
      try expectSettled(file, "call \(number)")
      if count <= number { break }
      number += 1
    }
    #expect(number >= 5)
  }

  @Test func `keys of earlier versions are read until they are moved, and a repeated move changes nothing`() throws {
    let file = try ready()
    let hidden = try ready()
    for id in [file, hidden] { try age(id) }
    try show(hidden, .private)
    let refresh = VariantRefresh(database: fixture.database, specifications: VariantSpecification.defaults)
    #expect(try refresh.run(isDryRun: true, at: clock.now).misplaced == 2)
    #expect(
      try refresh.run(isDryRun: false, at: clock.now) == VariantRefresh.Report(seen: 2, outdated: 0, misplaced: 2)
    )
    try drain()
    for id in [file, hidden] { try expectSettled(id, "moved") }
    #expect(try refresh.run(isDryRun: false, at: clock.now).misplaced == 0)
  }

  /// Puts the renderings where versions before 14 of the schema had them.
  private func age(_ id: FileID) throws {
    let record = try fixture.record(id)
    let job = try #require(try fixture.database.leaseJob(.render, of: id, seconds: 60, at: clock.now))
    let processed = ProcessingFixture.buckets.processed
    var old: [Variant] = []
    for variant in record.variants {
      _ = try fixture.store.memory.copy(CopySource(variant.objectKey, in: processed), to: variant.key, in: processed)
      try fixture.store.memory.delete(variant.objectKey, in: processed)
      let key = ProcessedKey(
        user: record.user,
        file: id,
        version: variant.version,
        name: variant.name,
        type: variant.type
      )
      old.append(Variant(key: key, width: variant.width, height: variant.height, size: variant.size))
    }
    try #require(try fixture.database.refresh(old, of: #require(record.sha256), under: job, at: clock.now))
    try #require(try fixture.database.finish(job, at: clock.now))
    #expect(try fixture.record(id).variants.allSatisfy { $0.place == nil && $0.objectKey == $0.key })
  }

  @Test func `a deletion leaves nothing at any place`() throws {
    let file = try ready()
    let record = try fixture.record(file)
    let processed = ProcessingFixture.buckets.processed
    for variant in record.variants {
      for key in ["~guarded/\(variant.key)", variant.key] {
        _ = try fixture.store.memory.put(.bytes([1]), to: key, in: processed)
      }
    }
    #expect(try fixture.processedKeys().count == 9)
    _ = try fixture.database.delete([file], of: fixture.user, permanently: true, at: clock.now)
    try drain()
    #expect(try fixture.processedKeys().isEmpty)
  }

  @Test func `a deleted public file is gone from where a CDN reads before the caches are told`() throws {
    let file = try ready()
    _ = try fixture.database.delete([file], of: fixture.user, permanently: false, at: clock.now)
    #expect(try fixture.processor.runIfAvailable(.purge, of: file) != nil)
    #expect(try fixture.processedKeys().isEmpty)
  }

  @Test func `a user with the name images shares no key with anybody`() throws {
    let images = try fixture.user("images")
    let (own, other) = (try ready(of: images), try ready())
    try age(own)
    // The earlier key of this user begins like a public one. The policy's four stars do not match it.
    let old = try #require(try fixture.record(own).variants.first).objectKey
    #expect(old.hasPrefix("images/") && old.count(where: { $0 == "/" }) == 3)
    #expect(RenderingKey(old)?.place == nil && RenderingKey(old)?.user == images)
    clock.now += 1000
    var parts = try fixture.parts()
    parts.clock = { [clock] in clock.now }
    let erasure = UserErasure(parts)
    #expect(try erasure.remains(of: images).processedVersions == 3)
    _ = try erasure.run(on: images, at: .now + 10_000_000)
    try expectSettled(other, "the other user's")
    #expect(try !fixture.processedKeys().contains { $0.contains("\(own)") })
    #expect(try erasure.remains(of: images).processedVersions == 0)
  }

  @Test func `a key tells its place, its user and its file, and a foreign form has none`() throws {
    let file = FileID(at: .now)
    let rest = "\(file)/0123456789ab/thumb.webp"
    for (key, place, user) in [
      ("images/ann/\(rest)", RenderingPlace.open, "ann"), ("~guarded/ann/\(rest)", .guarded, "ann"),
      ("ann/\(rest)", nil, "ann"), ("images/\(rest)", nil, "images"), ("images/images/\(rest)", .open, "images"),
    ] as [(String, RenderingPlace?, String)] {
      let found = try #require(RenderingKey(key), "\(key)")
      #expect(found.place == place && found.user.description == user && found.file == file, "\(key)")
    }
    for key in ["private/ann/\(rest)", "guarded/ann/\(rest)", "~guarded/\(rest)", "images/ann/\(file)/thumb.webp", ""] {
      #expect(RenderingKey(key) == nil, "\(key)")
    }
    #expect(UserID(written: RenderingPlace.guarded.rawValue) == nil)
  }
}
