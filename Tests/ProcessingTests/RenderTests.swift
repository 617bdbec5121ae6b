import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct RenderTests {
  /// Another look of everything but `original`.
  private static let wider = [
    VariantSpecification(name: .thumb, shape: .cover(width: 40, height: 40)),
    VariantSpecification(name: .medium, shape: .width(100)),
    VariantSpecification(name: .original, shape: .stripped),
  ]

  private func ready(_ site: Site) throws -> FileID {
    let file = try site.upload()
    try #require(try site.next() == .ready)
    return file
  }

  private func keys(_ site: Site, _ file: FileID) throws -> Set<String> {
    Set(try site.record(file).variants.map(\.key))
  }

  @Test(arguments: [true, false])
  func `another specification makes new keys, and leaves what stands under the old ones as it is`(
    isVersioned: Bool
  ) throws {
    let site = try Site(isVersioned: isVersioned)
    let file = try ready(site)
    let old = try keys(site, file)
    let bytes = try old.map { try site.store.memory.bytes(of: $0, in: Site.buckets.processed, limit: 1 << 20) }
    let scans = site.scanner.count
    #expect(try site.colleague(Self.wider).runIfAvailable(.render, of: file) == .rendered)
    let new = try keys(site, file)
    #expect(new.count == 3 && new.intersection(old).count == 1)
    #expect(try Set(site.processedKeys()) == old.union(new))
    #expect(try old.map { try site.store.memory.bytes(of: $0, in: Site.buckets.processed, limit: 1 << 20) } == bytes)
    let thumb = try #require(try site.record(file).variants.first { $0.name == .thumb })
    #expect(thumb.width == 40 && thumb.height == 40 && site.scanner.count == scans)
    try site.expectSettled(used: try Site.photo.get().count)
  }

  @Test func `what one look at a picture decides for all its variants is in the name of each`() throws {
    let site = try Site()
    let file = try site.upload(try Photo.jpeg(width: 1800, height: 1200))
    try #require(try site.next() == .ready)
    let before = try site.record(file).variants
    var wide = VariantSpecification.defaults
    wide.append(VariantSpecification(name: try #require(VariantName("wide")), shape: .width(1600)))
    #expect(try site.colleague(wide).runIfAvailable(.render, of: file) == .rendered)
    for old in before {
      let new = try #require(try site.record(file).variants.first { $0.name == old.name })
      #expect((new.key == old.key) == (old.name == .original), "\(old.name)")
    }
    // In whatever order they are given, it is the same look.
    #expect(try site.colleague(wide.reversed()).runIfAvailable(.render, of: file) == .idle)
  }

  @Test func `what is as it should be is not rendered again`() throws {
    let site = try Site()
    let file = try ready(site)
    site.store.obey(nil)
    #expect(try site.processor.runIfAvailable(.render, of: file) == .idle)
    #expect(site.store.calls.allSatisfy { $0.operation == .head })
  }

  @Test func `an object that is missing, or cut, is made again under the same key with the same bytes`() throws {
    let site = try Site()
    let file = try ready(site)
    let processed = Site.buckets.processed
    for variant in try site.record(file).variants {
      let bytes = try site.store.memory.bytes(of: variant.key, in: processed, limit: 1 << 20)
      for isCut in [false, true] {
        try site.store.memory.delete(variant.key, in: processed)
        if isCut { _ = try site.store.memory.put(.bytes([1, 2, 3]), to: variant.key, in: processed) }
        #expect(try site.processor.runIfAvailable(.render, of: file) == .rendered)
        #expect(try site.store.memory.bytes(of: variant.key, in: processed, limit: 1 << 20) == bytes)
      }
    }
    #expect(try site.processedKeys().count == 3)
  }

  @Test func `only the version that was judged is rendered, whatever lies over it`() throws {
    let site = try Site()
    let file = try ready(site)
    try site.put(Photo.jpeg(width: 300, height: 300), for: file)
    #expect(try site.colleague(Self.wider).runIfAvailable(.render, of: file) == .rendered)
    let original = try #require(try site.record(file).variants.first { $0.name == .original })
    #expect(original.width == 200 && original.height == 160)
  }

  @Test func `bytes that are not those that were judged are never shown`() throws {
    let site = try Site(isVersioned: false)
    let file = try ready(site)
    let kept = try #require(try site.record(file).keptKey)
    _ = try site.store.memory.put(.bytes(try Photo.jpeg(width: 300, height: 300)), to: kept, in: Site.buckets.raw)
    let before = try keys(site, file)
    #expect(try site.colleague(Self.wider).runIfAvailable(.render, of: file)?.isFailed == true)
    #expect(try keys(site, file) == before && site.processedKeys().count == 3)
  }

  @Test(arguments: [true, false]) func `what was judged and is gone is said to be gone, and is nobody else's fault`(
    isVersioned: Bool
  ) throws {
    let site = try Site(isVersioned: isVersioned)
    let file = try ready(site)
    let record = try site.record(file)
    let key = try isVersioned ? record.rawKey : #require(record.keptKey)
    try site.store.memory.delete(key, in: Site.buckets.raw, version: record.versionID.map { VersionID($0) })
    let outcome = try #require(try site.colleague(Self.wider).runIfAvailable(.render, of: file))
    #expect(outcome.isFailed && outcome.detail?.contains("is gone") == true)
    #expect(try site.database.job(.render, of: file)?.failures == 1)
    // Of a bucket that is not there, nothing can be said.
    try site.store.memory.deleteBucket(Site.buckets.raw)
    #expect(try site.database.retryJob(.render, of: file, at: .now) == .hastened)
    #expect(try site.colleague(Self.wider).runIfAvailable(.render, of: file)?.isPostponed == true)
  }

  @Test func `a rendering that fails is left alone for a minute, and after three times until somebody asks`() throws {
    let site = try Site(isVersioned: false)
    let file = try ready(site)
    try site.store.memory.delete(try #require(try site.record(file).keptKey), in: Site.buckets.raw)
    _ = try site.store.memory.put(.bytes([1]), to: try #require(try site.record(file).keptKey), in: Site.buckets.raw)
    let colleague = try site.colleague(Self.wider)
    _ = try site.database.enqueue(.render, for: [file], at: .now)
    for attempt in 1...3 {
      let now = Date.now + Double(attempt) * 100
      #expect(try colleague.next(at: now)?.outcome.isFailed == true)
      let job = try #require(try site.database.job(.render, of: file))
      if attempt < 3 { #expect(job.dueAt > .now + 50 && job.dueAt < .now + 70 && job.failures == attempt) }
      #expect(job.state == (attempt < 3 ? .queued : .failed))
    }
    #expect(try colleague.next(at: .now + 10_000) == nil)
    #expect(try site.state(file) == .ready)
    _ = try site.database.enqueue(.render, for: [file], at: .now)
    #expect(try site.database.job(.render, of: file)?.state == .queued)
  }

  @Test func `a store that is away is waited for, and is no failure`() throws {
    let site = try Site()
    let file = try ready(site)
    site.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    #expect(try site.colleague(Self.wider).runIfAvailable(.render, of: file)?.isPostponed == true)
    #expect(try site.database.job(.render, of: file)?.failures == 0)
  }

  @Test func `uploads come before what is only rendered again`() throws {
    let site = try Site()
    let file = try ready(site)
    _ = try site.database.enqueue(.render, for: [file], at: .now)
    let upload = try site.upload()
    let first = try #require(try site.processor.next(at: .now + 1))
    let second = try #require(try site.processor.next(at: .now + 1))
    #expect(first.job.file == upload && second.job.file == file && second.outcome == .idle)
  }

  @Test func `a file that is deleted, or no image, or not ready has nothing rendered`() throws {
    let site = try Site()
    let pending = try site.claim(size: 10)
    #expect(try site.processor.runIfAvailable(.render, of: pending) == .idle)
    let document = try site.upload(Document.pdf(), .pdf)
    #expect(try site.next() == .ready)
    #expect(try site.colleague(Self.wider).runIfAvailable(.render, of: document) == .idle)
    let deleted = try ready(site)
    try #require(try site.database.delete(deleted, of: site.user, at: .now))
    #expect(try site.colleague(Self.wider).runIfAvailable(.render, of: deleted) == .discarded(versions: 3))
  }

  @Test func `an owner who deletes while it is rendered keeps it deleted`() throws {
    let site = try Site()
    let file = try ready(site)
    let (database, user) = (site.database, site.user)
    site.store.obey { call, _ in
      if call.operation == .put { _ = try database.delete(file, of: user, at: .now) }
      return nil
    }
    #expect(try site.colleague(Self.wider).runIfAvailable(.render, of: file) == .superseded)
    #expect(try site.state(file) == .deleted)
  }
}
