import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct DeletionTests {
  private func ready(_ site: Site) throws -> FileID {
    let file = try site.upload()
    try #require(try site.next() == .ready)
    return file
  }

  @discardableResult
  private func delete(_ site: Site, _ file: FileID, permanently: Bool = false, at now: Date = .now) throws -> Deletion?
  {
    try site.database.delete([file], of: site.user, permanently: permanently, at: now).first
  }

  private func restore(_ site: Site, _ file: FileID) throws {
    let variants = try site.record(file).variants
    let user = site.user
    try #require(try site.database.restore(file, of: user, variants: variants, deletedAfter: .now - 60, at: .now))
  }

  @Test func `what is deleted lies under a marker without its renderings, and is charged; restored, it is whole`()
    throws
  {
    let site = try Site()
    let file = try ready(site)
    let size = try Site.photo.get().count
    #expect(try delete(site, file) == .deleted && delete(site, file) == .deleted)
    try site.settle()
    try site.expectHidden(file)
    try site.expectQuota(used: size, reserved: 0)
    // Again by mistake: nothing is stacked up.
    try site.hint(file)
    try site.settle()
    try site.expectHidden(file)
    try restore(site, file)
    try site.settle()
    try site.expectWhole(file)
    try site.expectSettled(used: size)
  }

  @Test func `a restore wins over a deletion's work, at whichever call it comes`() throws {
    for kind in [JobKind.process, .render] {
      var number = 0
      while true {
        let site = try Site()
        let file = try ready(site)
        try delete(site, file)
        let (database, user, variants) = (site.database, site.user, try site.record(file).variants)
        let hasCome = Mutex(false)
        site.store.obey(
          pausing(at: number) {
            hasCome.withLock { $0 = true }
            _ = try database.restore(file, of: user, variants: variants, deletedAfter: .now - 60, at: .now)
          }
        )
        let job = try #require(try site.database.leaseJob(kind, of: file, seconds: 120, at: .now))
        _ = try site.processor.process(job)
        site.store.obey(nil)
        guard hasCome.withLock({ $0 }) else { break }
        try site.settle()
        try site.expectWhole(file)
        number += 1
      }
      #expect(number >= 2, "\(kind)")
    }
  }

  @Test func `a deletion wins over a restore's work, at whichever call it comes`() throws {
    var number = 0
    while true {
      let site = try Site()
      let file = try ready(site)
      try delete(site, file)
      try site.settle()
      try restore(site, file)
      let (database, user) = (site.database, site.user)
      let hasCome = Mutex(false)
      site.store.obey(
        pausing(at: number) {
          hasCome.withLock { $0 = true }
          _ = try database.delete([file], of: user, permanently: false, at: .now)
        }
      )
      try site.settle()
      guard hasCome.withLock({ $0 }) else { break }
      try site.expectHidden(file)
      number += 1
    }
    #expect(number >= 5)
  }

  @Test func `whoever is killed at any call of a deletion, a restore or a purge, another ends it`() throws {
    enum End: CaseIterable { case deleted, restored, purged }
    for end in End.allCases {
      var number = 0
      while true {
        let site = try Site()
        let file = try ready(site)
        try delete(site, file, permanently: end == .purged)
        if end == .restored {
          try site.settle()
          try restore(site, file)
        }
        let wasKilled = Mutex(false)
        let last = number
        site.store.obey { _, at in
          guard at >= last else { return nil }
          wasKilled.withLock { $0 = true }
          return .before(.unavailable(detail: "killed"))
        }
        try site.settle()
        site.store.obey(nil)
        try site.settle(after: 1000)
        switch end {
        case .deleted: try site.expectHidden(file)
        case .restored: try site.expectWhole(file)
        case .purged:
          #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty && site.state(file) == .purged)
          try site.expectSettled(used: 0)
        }
        guard wasKilled.withLock({ $0 }) else { break }
        number += 1
      }
      #expect(number >= 3, "\(end)")
    }
  }

  @Test func `permanently, every version goes and the charge with it, also of what was deleted before`() throws {
    for isDeletedBefore in [true, false] {
      let site = try Site()
      let file = try ready(site)
      if isDeletedBefore {
        try delete(site, file)
        try site.settle()
      }
      try site.put([1], for: file)
      #expect(try delete(site, file, permanently: true) == .purging)
      #expect(try site.state(file) == .purging)
      try site.expectQuota(used: try Site.photo.get().count, reserved: 0)
      try site.settle()
      #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty && site.state(file) == .purged)
      try site.expectSettled(used: 0)
      #expect(try delete(site, file, permanently: true) == .purging)
    }
  }

  @Test func `permanently under a worker's lease: whatever it stores afterwards goes too, even if it dies then`() throws
  {
    for isDying in [true, false] {
      let site = try Site()
      let file = try site.upload()
      let (database, user, store) = (site.database, site.user, site.store)
      let colleague = try site.colleague()
      store.obey { call, _ in
        guard call.operation == .put, try database.file(file)?.state == .received else { return nil }
        _ = try database.delete([file], of: user, permanently: true, at: .now)
        while let job = try database.leaseJob(.process, seconds: 120, at: .now) { _ = try colleague.process(job) }
        return nil
      }
      let outcome = try site.next()
      #expect(outcome == .superseded)
      if isDying {
        // Of what it did at the end, nothing is left: as if it had died before.
        let job = try #require(try database.leaseJob(.process, of: file, seconds: 1, at: .now))
        _ = try database.finish(job, at: .now)
        #expect(try !site.processedKeys().isEmpty)
      }
      store.obey(nil)
      try site.settle(after: 200)
      #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty && site.state(file) == .purged)
      try site.expectSettled(used: 0)
    }
  }

  @Test func `a store without versions loses nothing before the time is over`() throws {
    let site = try Site(isVersioned: false)
    let document = Document.pdf()
    let file = try site.upload(document, .pdf)
    try #require(try site.next() == .ready)
    try delete(site, file)
    try site.settle()
    let kept = try #require(try site.record(file).keptKey)
    #expect(try site.store.memory.bytes(of: kept, in: Site.buckets.raw, limit: 10_000) == document)
    try restore(site, file)
    try site.settle()
    #expect(try site.store.memory.bytes(of: kept, in: Site.buckets.raw, limit: 10_000) == document)
    try delete(site, file, permanently: true)
    try site.settle()
    #expect(try site.store.memory.list(Site.buckets.raw, prefix: "", after: nil, limit: 10).items.isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `a deleted upload in parts is ended, and its room free`() throws {
    let site = try Site()
    let file = try site.claim(size: 100)
    try delete(site, file)
    try site.expectQuota(used: 0, reserved: 0)
    try site.put([1, 2, 3], for: file)
    try site.settle()
    #expect(try site.versions(file).isEmpty && site.state(file) == .purged)
  }

  @Test func `thirty days after its deletion, a sweep has a file purged, and none before`() throws {
    let site = try Site()
    let files = try (0..<3).map { _ in try ready(site) }
    let start = Date.now
    for file in files { try delete(site, file, at: start) }
    try site.settle()
    #expect(try site.sweeper.sweep(at: start + Retention.seconds - 1).purged == 0)
    try restore(site, files[0])
    var foreseen: [SweepFinding] = []
    try site.sweeper.sweepAll(at: start + Retention.seconds, isDryRun: true) { foreseen += $0.findings }
    #expect(foreseen.map(\.reason) == [.outlived, .outlived])
    #expect(try site.state(files[1]) == .deleted)
    #expect(try site.sweeper.sweep(at: start + Retention.seconds).purged == 2)
    #expect(try site.sweeper.sweep(at: start + Retention.seconds).purged == 0)
    try site.settle(after: Retention.seconds)
    #expect(try files.map { try site.state($0) } == [.ready, .purged, .purged])
    try site.expectWhole(files[0])
    try site.expectSettled(used: try Site.photo.get().count)
  }

  @Test func `what is put over a deleted file's marker without an event is found by the sweep`() throws {
    let site = try Site()
    let file = try ready(site)
    try delete(site, file)
    try site.settle()
    try site.put([6, 6, 6], for: file)
    #expect(try site.sweeper.sweep(at: .now + 20).found == 1)
    try site.settle(after: 100)
    try site.expectHidden(file)
  }

  @Test func `an address is purged to the last round, although the file's bytes are gone long before`() throws {
    let site = try Site()
    let file = try ready(site)
    let keys = try site.database.issuedKeys(of: file)
    try delete(site, file, permanently: true)
    try site.settle()
    #expect(try site.state(file) == .purged && site.database.issuedKeys(of: file) == keys)
    let job = try #require(try site.database.leaseJob(.purge, of: file, seconds: 60, at: .now))
    #expect(try site.database.finish(job, at: .now) && site.database.issuedKeys(of: file).isEmpty)
  }
}
