import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct DeletionTests {
  private func ready(_ fixture: ProcessingFixture) throws -> FileID {
    let file = try fixture.upload()
    try #require(try fixture.next() == .ready)
    return file
  }

  @discardableResult
  private func delete(_ fixture: ProcessingFixture, _ file: FileID, permanently: Bool = false, at now: Date = .now)
    throws -> Deletion?
  {
    try fixture.database.delete([file], of: fixture.user, permanently: permanently, at: now).first
  }

  private func restore(_ fixture: ProcessingFixture, _ file: FileID) throws {
    let variants = try fixture.record(file).variants
    let user = fixture.user
    try #require(try fixture.database.restore(file, of: user, variants: variants, deletedAfter: .now - 60, at: .now))
  }

  @Test func `a deleted file is charged and hidden by a marker, without renderings; restored, it is complete`()
    throws
  {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    let size = try ProcessingFixture.photo.get().count
    #expect(try delete(fixture, file) == .deleted && delete(fixture, file) == .deleted)
    try fixture.settle()
    try fixture.expectHidden(file)
    try fixture.expectQuota(used: size, reserved: 0)
    // A repeated event stacks up no second marker.
    try fixture.hint(file)
    try fixture.settle()
    try fixture.expectHidden(file)
    try restore(fixture, file)
    try fixture.settle()
    try fixture.expectWhole(file)
    try fixture.expectSettled(used: size)
  }

  @Test func `a restore wins over the work of a deletion, at any call`() throws {
    for kind in [JobKind.process, .render] {
      var number = 0
      while true {
        let fixture = try ProcessingFixture()
        let file = try ready(fixture)
        try delete(fixture, file)
        let (database, user, variants) = (fixture.database, fixture.user, try fixture.record(file).variants)
        let hasCome = Mutex(false)
        fixture.store.obey(
          pausing(at: number) {
            hasCome.withLock { $0 = true }
            _ = try database.restore(file, of: user, variants: variants, deletedAfter: .now - 60, at: .now)
          }
        )
        let job = try #require(try fixture.database.leaseJob(kind, of: file, seconds: 120, at: .now))
        _ = try fixture.processor.process(job)
        fixture.store.obey(nil)
        guard hasCome.withLock({ $0 }) else { break }
        try fixture.settle()
        try fixture.expectWhole(file)
        number += 1
      }
      #expect(number >= 2, "\(kind)")
    }
  }

  @Test func `a deletion wins over the work of a restore, at any call`() throws {
    var number = 0
    while true {
      let fixture = try ProcessingFixture()
      let file = try ready(fixture)
      try delete(fixture, file)
      try fixture.settle()
      try restore(fixture, file)
      let (database, user) = (fixture.database, fixture.user)
      let hasCome = Mutex(false)
      fixture.store.obey(
        pausing(at: number) {
          hasCome.withLock { $0 = true }
          _ = try database.delete([file], of: user, permanently: false, at: .now)
        }
      )
      try fixture.settle()
      guard hasCome.withLock({ $0 }) else { break }
      try fixture.expectHidden(file)
      number += 1
    }
    #expect(number >= 5)
  }

  @Test func `if a worker is killed at any call of a deletion, restore or purge, another one finishes`() throws {
    enum End: CaseIterable { case deleted, restored, purged }
    for end in End.allCases {
      var number = 0
      while true {
        let fixture = try ProcessingFixture()
        let file = try ready(fixture)
        try delete(fixture, file, permanently: end == .purged)
        if end == .restored {
          try fixture.settle()
          try restore(fixture, file)
        }
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
        switch end {
        case .deleted: try fixture.expectHidden(file)
        case .restored: try fixture.expectWhole(file)
        case .purged:
          #expect(
            try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty && fixture.state(file) == .purged
          )
          try fixture.expectSettled(used: 0)
        }
        guard wasKilled.withLock({ $0 }) else { break }
        number += 1
      }
      #expect(number >= 3, "\(end)")
    }
  }

  @Test func `a permanent deletion deletes every version and the charge, also after an ordinary one`() throws {
    for isDeletedBefore in [true, false] {
      let fixture = try ProcessingFixture()
      let file = try ready(fixture)
      if isDeletedBefore {
        try delete(fixture, file)
        try fixture.settle()
      }
      try fixture.put([1], for: file)
      #expect(try delete(fixture, file, permanently: true) == .purging)
      #expect(try fixture.state(file) == .purging)
      try fixture.expectQuota(used: try ProcessingFixture.photo.get().count, reserved: 0)
      try fixture.settle()
      #expect(try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty && fixture.state(file) == .purged)
      try fixture.expectSettled(used: 0)
      #expect(try delete(fixture, file, permanently: true) == .purging)
    }
  }

  @Test func `a permanent deletion during a lease also deletes later objects, even if the worker dies`() throws {
    for isDying in [true, false] {
      let fixture = try ProcessingFixture()
      let file = try fixture.upload()
      try fixture.makePrivate(file)
      let (database, user, store) = (fixture.database, fixture.user, fixture.store)
      let colleague = try fixture.colleague()
      store.obey { call, _ in
        guard call.operation == .put, try database.file(file)?.state == .received else { return nil }
        _ = try database.delete([file], of: user, permanently: true, at: .now)
        while let job = try database.leaseJob(.process, seconds: 120, at: .now) { _ = try colleague.process(job) }
        return nil
      }
      let outcome = try fixture.next()
      #expect(outcome == .superseded)
      if isDying {
        // Discards the worker's last actions, as if it had died before them.
        let job = try #require(try database.leaseJob(.process, of: file, seconds: 1, at: .now))
        _ = try database.finish(job, at: .now)
        #expect(try !fixture.processedKeys().isEmpty)
      }
      store.obey(nil)
      try fixture.settle(after: 200)
      #expect(try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty && fixture.state(file) == .purged)
      try fixture.expectSettled(used: 0)
    }
  }

  @Test func `a store without versions keeps everything until the retention ends`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let document = Document.pdf()
    let file = try fixture.upload(document, .pdf)
    try #require(try fixture.next() == .ready)
    try delete(fixture, file)
    try fixture.settle()
    let kept = try fixture.record(file).keptKey
    #expect(try fixture.store.memory.bytes(of: kept, in: ProcessingFixture.buckets.raw, limit: 10_000) == document)
    try restore(fixture, file)
    try fixture.settle()
    #expect(try fixture.store.memory.bytes(of: kept, in: ProcessingFixture.buckets.raw, limit: 10_000) == document)
    try delete(fixture, file, permanently: true)
    try fixture.settle()
    #expect(
      try fixture.store.memory.list(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 10).items.isEmpty
    )
    try fixture.expectSettled(used: 0)
  }

  @Test func `deleting a multipart upload aborts it, and releases its quota`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 100)
    try delete(fixture, file)
    try fixture.expectQuota(used: 0, reserved: 0)
    try fixture.put([1, 2, 3], for: file)
    try fixture.settle()
    #expect(try fixture.versions(file).isEmpty && fixture.state(file) == .purged)
  }

  @Test func `a sweep has a file purged thirty days after its deletion, and not earlier`() throws {
    let fixture = try ProcessingFixture()
    let files = try (0..<3).map { _ in try ready(fixture) }
    let start = Date.now
    for file in files { try delete(fixture, file, at: start) }
    try fixture.settle()
    #expect(try fixture.sweeper.sweep(at: start + Retention.seconds - 1).purged == 0)
    try restore(fixture, files[0])
    var foreseen: [SweepFinding] = []
    try fixture.sweeper.sweepAll(at: start + Retention.seconds, isDryRun: true) { foreseen += $0.findings }
    #expect(foreseen.map(\.reason) == [.outlived, .outlived])
    #expect(try fixture.state(files[1]) == .deleted)
    #expect(try fixture.sweeper.sweep(at: start + Retention.seconds).purged == 2)
    #expect(try fixture.sweeper.sweep(at: start + Retention.seconds).purged == 0)
    try fixture.settle(after: Retention.seconds)
    #expect(try files.map { try fixture.state($0) } == [.ready, .purged, .purged])
    try fixture.expectWhole(files[0])
    try fixture.expectSettled(used: try ProcessingFixture.photo.get().count)
  }

  @Test func `the sweep finds an object put over a deleted file's marker without an event`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    try delete(fixture, file)
    try fixture.settle()
    try fixture.put([6, 6, 6], for: file)
    #expect(try fixture.sweeper.sweep(at: .now + 20).found == 1)
    try fixture.settle(after: 100)
    try fixture.expectHidden(file)
  }

  @Test func `a URL is purged until the last round, although the bytes are deleted long before`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    let keys = try fixture.database.issuedKeys(of: file)
    try delete(fixture, file, permanently: true)
    try fixture.settle()
    #expect(try fixture.state(file) == .purged && fixture.database.issuedKeys(of: file) == keys)
    let job = try #require(try fixture.database.leaseJob(.purge, of: file, seconds: 60, at: .now))
    #expect(try fixture.database.finish(job, at: .now) && fixture.database.issuedKeys(of: file).isEmpty)
  }
}
