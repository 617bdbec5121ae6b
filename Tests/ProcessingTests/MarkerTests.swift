import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

/// Delete markers over ready files that Stowage did not write.
@Suite struct MarkerTests {
  private static let year: TimeInterval = 365 * 86_400
  private static let raw = ProcessingFixture.buckets.raw

  private func ready(_ fixture: ProcessingFixture) throws -> FileID {
    let file = try fixture.upload(Document.pdf(), .pdf)
    try #require(try fixture.next() == .ready)
    try fixture.settle()
    return file
  }

  /// Writes a delete marker over the file, and dates the object `age` seconds before it.
  @discardableResult
  private func mark(_ fixture: ProcessingFixture, _ file: FileID, age: TimeInterval) throws -> VersionSummary {
    let record = try fixture.record(file)
    try fixture.store.memory.delete(record.rawKey, in: Self.raw)
    let marker = try #require(try fixture.versions(file).first { $0.isDeleteMarker })
    if let version = record.versionID.map({ VersionID($0) }) {
      let time = marker.lastModified - age
      try fixture.store.memory.setTime(time, of: record.rawKey, in: Self.raw, version: version)
    }
    return marker
  }

  private func look(_ fixture: ProcessingFixture, _ file: FileID) throws -> ProcessingOutcome? {
    try fixture.hint(file)
    return try fixture.next()
  }

  /// Expects the file to be ready, with its object as the current and only version.
  private func expectServed(_ fixture: ProcessingFixture, _ file: FileID) throws {
    try fixture.settle()
    let record = try fixture.record(file)
    #expect(record.state == .ready && record.removal == nil)
    #expect(try fixture.versions(file).map(\.version.description) == [record.versionID])
  }

  private func restore(_ fixture: ProcessingFixture, _ file: FileID) throws {
    let (user, now) = (fixture.user, Date.now)
    try #require(try fixture.database.restore(file, of: user, variants: [], deletedAfter: now - 60, at: now))
  }

  @Test func `the marker of a lifecycle rule deletes the file at its time, and a restore brings the file back`() throws
  {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    try #require(try fixture.next() == .ready)
    let marker = try mark(fixture, file, age: Self.year)
    let size = try ProcessingFixture.photo.get().count
    #expect(try look(fixture, file) == .expired)
    let record = try fixture.record(file)
    #expect(record.state == .deleted && record.removal == .lifecycle && record.deletedAt == marker.lastModified)
    try fixture.settle()
    try fixture.expectHidden(file)
    #expect(try fixture.versions(file).first?.version == marker.version)
    try fixture.expectQuota(used: size, reserved: 0)
    try restore(fixture, file)
    try fixture.settle()
    try fixture.expectWhole(file)
    #expect(try fixture.record(file).removal == nil)
    try fixture.expectQuota(used: size, reserved: 0)
  }

  @Test func `one second decides between a lifecycle rule and an intruder`() throws {
    let fixture = try ProcessingFixture()
    let young = try ready(fixture)
    try mark(fixture, young, age: Self.year - 1)
    #expect(try look(fixture, young) == .discarded(versions: 1))
    try expectServed(fixture, young)
    try mark(fixture, young, age: Self.year)
    #expect(try look(fixture, young) == .expired)
  }

  @Test func `a marker over a premium user's file is removed, whatever its age`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    _ = try fixture.database.change(fixture.user, plan: .premium, quotaBytes: nil, at: .now)
    try mark(fixture, file, age: 10 * Self.year)
    #expect(try look(fixture, file) == .discarded(versions: 1))
    try expectServed(fixture, file)
  }

  @Test func `a marker over an exempt file is removed: after a downgrade, and after a restore`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    try mark(fixture, file, age: Self.year)
    #expect(try look(fixture, file) == .expired)
    try restore(fixture, file)
    try fixture.settle()
    try mark(fixture, file, age: 2 * Self.year)
    #expect(try look(fixture, file) == .discarded(versions: 1))
    let other = try ready(fixture)
    for plan in [Plan.premium, .standard] {
      _ = try fixture.database.change(fixture.user, plan: plan, quotaBytes: nil, at: .now + 1)
    }
    try mark(fixture, other, age: 2 * Self.year)
    #expect(try look(fixture, other) == .discarded(versions: 1))
    try expectServed(fixture, other)
  }

  @Test func `a marker changes nothing during an erasure, and in no other state`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    let version = try fixture.record(file).versionID
    let pending = try fixture.claim(size: 9)
    let marker = ForeignMarker(objectTime: .distantPast, markerTime: .now)
    #expect(try fixture.database.judge(marker, over: file, version: "other", at: .now) == .superseded)
    #expect(try fixture.database.beginErasure(of: fixture.user, at: .now))
    #expect(try fixture.database.judge(marker, over: file, version: version, at: .now) == .superseded)
    #expect(try fixture.state(file) == .ready)
    #expect(try fixture.database.judge(marker, over: pending, version: nil, at: .now) == .superseded)
  }

  @Test func `an object above the marker does not hide it, and is removed`() throws {
    for age in [Self.year, Self.year - 1] {
      let fixture = try ProcessingFixture()
      let file = try ready(fixture)
      try mark(fixture, file, age: age)
      try fixture.put([1, 2, 3], for: file)
      _ = try look(fixture, file)
      try fixture.settle()
      if age == Self.year {
        #expect(try fixture.state(file) == .deleted)
        try fixture.expectHidden(file)
      } else {
        try expectServed(fixture, file)
      }
    }
  }

  @Test func `a migrated file is treated alike`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.migrate(Array("text".utf8), to: "a.txt", type: "text/plain")
    #expect(try fixture.next() == .ready)
    try mark(fixture, file, age: Self.year - 1)
    #expect(try look(fixture, file) == .discarded(versions: 1))
    try expectServed(fixture, file)
    let marker = try mark(fixture, file, age: Self.year)
    #expect(try look(fixture, file) == .expired)
    try fixture.settle()
    #expect(try fixture.versions(file).map(\.isDeleteMarker) == [true, false])
    #expect(try fixture.record(file).deletedAt == marker.lastModified)
    try restore(fixture, file)
    try expectServed(fixture, file)
  }

  @Test func `an upgrade at any call of the work leaves the file served, or deleted with its marker`() throws {
    var number = 0
    var served = 0
    while true {
      let fixture = try ProcessingFixture()
      let file = try ready(fixture)
      try mark(fixture, file, age: Self.year)
      let (database, user) = (fixture.database, fixture.user)
      let hasCome = Mutex(false)
      try fixture.hint(file)
      fixture.store.obey(
        pausing(at: number) {
          hasCome.withLock { $0 = true }
          _ = try database.change(user, plan: .premium, quotaBytes: nil, at: .now)
        }
      )
      try fixture.settle()
      fixture.store.obey(nil)
      guard hasCome.withLock({ $0 }) else { break }
      if try fixture.state(file) == .ready {
        served += 1
        try expectServed(fixture, file)
      } else {
        try fixture.expectHidden(file)
      }
      number += 1
    }
    #expect(served >= 1 && number > served)
  }

  @Test func `a worker that is killed at any call leaves work that another one ends`() throws {
    for age in [Self.year, Self.year - 1] {
      var number = 0
      while true {
        let fixture = try ProcessingFixture()
        let file = try ready(fixture)
        try mark(fixture, file, age: age)
        try fixture.hint(file)
        let wasKilled = Mutex(false)
        let last = number
        fixture.store.obey { _, at in
          guard at >= last else { return nil }
          wasKilled.withLock { $0 = true }
          return .before(.unavailable(detail: "killed"))
        }
        try fixture.settle()
        fixture.store.obey(nil)
        try fixture.settle(after: 1000)
        if age == Self.year {
          #expect(try fixture.state(file) == .deleted)
          try fixture.expectHidden(file)
        } else {
          try expectServed(fixture, file)
        }
        guard wasKilled.withLock({ $0 }) else { break }
        number += 1
      }
      #expect(number >= 2)
    }
  }

  @Test func `without versions, a file whose copy was deleted by age is purged, and any other stays`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try ready(fixture)
    let record = try fixture.record(file)
    #expect(try fixture.processor.settleDeletion(of: record, at: .distantFuture) == nil)
    try fixture.store.memory.delete(record.keptKey, in: Self.raw)
    let due = record.retention.arrival + Self.year
    #expect(try fixture.processor.settleDeletion(of: record, at: due - 1) == nil)
    #expect(try look(fixture, file) == .idle)
    #expect(try fixture.state(file) == .ready)
    _ = try fixture.database.change(fixture.user, plan: .premium, quotaBytes: nil, at: .now)
    #expect(try fixture.processor.settleDeletion(of: record, at: due) == nil)
    let other = try fixture.user("eve")
    let second = try fixture.upload(Document.pdf(), .pdf, of: other)
    #expect(try fixture.next() == .ready)
    let doomed = try fixture.record(second)
    try fixture.store.memory.delete(doomed.keptKey, in: Self.raw)
    let end = doomed.retention.arrival + Self.year
    #expect(try fixture.processor.settleDeletion(of: doomed, at: end) == .expired)
    #expect(try fixture.state(second) == .purging && fixture.record(second).removal == .lifecycle)
    try fixture.settle(after: Self.year + 60)
    #expect(try fixture.state(second) == .purged && fixture.database.user(other)?.usedBytes == 0)
    #expect(try fixture.database.recountQuotas().isEmpty)
  }

  @Test func `a missing bucket is no deletion by age`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try ready(fixture)
    let record = try fixture.record(file)
    try fixture.store.memory.delete(record.keptKey, in: Self.raw)
    try fixture.store.memory.deleteBucket(Self.raw)
    #expect(throws: JobError.self) {
      try fixture.processor.settleDeletion(of: record, at: record.retention.arrival + Self.year)
    }
    #expect(try fixture.state(file) == .ready)
  }

  @Test func `a copy under a marker, on a store that began to keep versions, is served again`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try ready(fixture)
    let key = try fixture.record(file).keptKey
    try fixture.store.setVersioning(true, of: Self.raw)
    try fixture.store.memory.delete(key, in: Self.raw)
    _ = try look(fixture, file)
    #expect(try !fixture.store.memory.bytes(of: key, in: Self.raw, limit: 1_000_000).isEmpty)
    #expect(try fixture.state(file) == .ready)
  }
}
