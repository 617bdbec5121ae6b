import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct RenderTests {
  /// Other shapes for everything but `original`.
  private static let wider = [
    VariantSpecification(name: .thumb, shape: .cover(width: 40, height: 40)),
    VariantSpecification(name: .medium, shape: .width(100)),
    VariantSpecification(name: .original, shape: .stripped),
  ]

  private func ready(_ fixture: ProcessingFixture) throws -> FileID {
    let file = try fixture.upload()
    try #require(try fixture.next() == .ready)
    return file
  }

  private func keys(_ fixture: ProcessingFixture, _ file: FileID) throws -> Set<String> {
    Set(try fixture.record(file).variants.map(\.objectKey))
  }

  @Test(arguments: [true, false])
  func `another specification makes new keys, and keeps the objects under the old ones`(
    isVersioned: Bool
  ) throws {
    let fixture = try ProcessingFixture(isVersioned: isVersioned)
    let file = try ready(fixture)
    let old = try keys(fixture, file)
    let bytes = try old.map {
      try fixture.store.memory.bytes(of: $0, in: ProcessingFixture.buckets.processed, limit: 1 << 20)
    }
    let scans = fixture.scanner.count
    #expect(try fixture.colleague(Self.wider).runIfAvailable(.render, of: file) == .rendered)
    let new = try keys(fixture, file)
    #expect(new.count == 3 && new.intersection(old).count == 1)
    #expect(try Set(fixture.processedKeys()) == old.union(new))
    #expect(
      try old.map { try fixture.store.memory.bytes(of: $0, in: ProcessingFixture.buckets.processed, limit: 1 << 20) }
        == bytes
    )
    let thumb = try #require(try fixture.record(file).variants.first { $0.name == .thumb })
    #expect(thumb.width == 40 && thumb.height == 40 && fixture.scanner.count == scans)
    try fixture.expectSettled(used: try ProcessingFixture.photo.get().count)
  }

  @Test func `all scaled variants come from one decoding, so a new one gives each another version`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload(try Photo.jpeg(width: 1800, height: 1200))
    try #require(try fixture.next() == .ready)
    let before = try fixture.record(file).variants
    var wide = VariantSpecification.defaults
    wide.append(VariantSpecification(name: try #require(VariantName("wide")), shape: .width(1600)))
    #expect(try fixture.colleague(wide).runIfAvailable(.render, of: file) == .rendered)
    for old in before {
      let new = try #require(try fixture.record(file).variants.first { $0.name == old.name })
      #expect((new.key == old.key) == (old.name == .original), "\(old.name)")
    }
    // The order of the specifications does not matter.
    #expect(try fixture.colleague(wide.reversed()).runIfAvailable(.render, of: file) == .idle)
  }

  @Test(arguments: [false, true])
  func `a HEIC becomes a JPEG or a WebP, and neither is made again`(isClear: Bool) throws {
    let fixture = try ProcessingFixture()
    var picture = HEIFBuilder(.hevc, [HEIFBuilder.tile(.hevc, 1, colour: 0)])
    if isClear { picture.items.append(HEIFBuilder.alpha(.hevc, 2, of: 1)) }
    let file = try fixture.upload(picture.bytes, .heic)
    try #require(try fixture.next() == .ready)
    let record = try fixture.record(file)
    #expect(record.contentType == "image/heic")
    #expect(record.variants.first { $0.name == .original }?.type == (isClear ? .webp : .jpeg))
    #expect(!record.needsRendering(VariantSpecification.defaults))
    #expect(try fixture.processor.runIfAvailable(.render, of: file) == .idle)
  }

  @Test func `a correct rendering is not made again`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    fixture.store.obey(nil)
    #expect(try fixture.processor.runIfAvailable(.render, of: file) == .idle)
    #expect(fixture.store.calls.allSatisfy { $0.operation == .head })
  }

  @Test func `a missing or truncated object is made again with the same key and bytes`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    let processed = ProcessingFixture.buckets.processed
    for variant in try fixture.record(file).variants {
      let bytes = try fixture.store.memory.bytes(of: variant.objectKey, in: processed, limit: 1 << 20)
      for isCut in [false, true] {
        try fixture.store.memory.delete(variant.objectKey, in: processed)
        if isCut { _ = try fixture.store.memory.put(.bytes([1, 2, 3]), to: variant.objectKey, in: processed) }
        #expect(try fixture.processor.runIfAvailable(.render, of: file) == .rendered)
        #expect(try fixture.store.memory.bytes(of: variant.objectKey, in: processed, limit: 1 << 20) == bytes)
      }
    }
    #expect(try fixture.processedKeys().count == 3)
  }

  @Test func `only the checked version is rendered, whatever overwrites it`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    try fixture.put(Photo.jpeg(width: 300, height: 300), for: file)
    #expect(try fixture.colleague(Self.wider).runIfAvailable(.render, of: file) == .rendered)
    let original = try #require(try fixture.record(file).variants.first { $0.name == .original })
    #expect(original.width == 200 && original.height == 160)
  }

  @Test func `bytes that differ from the checked ones are never shown`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try ready(fixture)
    let kept = try fixture.record(file).keptKey
    _ = try fixture.store.memory.put(
      .bytes(try Photo.jpeg(width: 300, height: 300)),
      to: kept,
      in: ProcessingFixture.buckets.raw
    )
    let before = try keys(fixture, file)
    #expect(try fixture.colleague(Self.wider).runIfAvailable(.render, of: file)?.isFailed == true)
    #expect(try keys(fixture, file) == before && fixture.processedKeys().count == 3)
  }

  @Test(arguments: [true, false]) func `a missing checked object is reported as gone, and counts as the file's failure`(
    isVersioned: Bool
  ) throws {
    let fixture = try ProcessingFixture(isVersioned: isVersioned)
    let file = try ready(fixture)
    let record = try fixture.record(file)
    let key = isVersioned ? record.rawKey : record.keptKey
    try fixture.store.memory.delete(
      key,
      in: ProcessingFixture.buckets.raw,
      version: record.versionID.map { VersionID($0) }
    )
    let outcome = try #require(try fixture.colleague(Self.wider).runIfAvailable(.render, of: file))
    #expect(outcome.isFailed && outcome.detail?.contains("no longer exists") == true)
    #expect(try fixture.database.job(.render, of: file)?.failures == 1)
    // A missing bucket does not count as a missing object.
    try fixture.store.memory.deleteBucket(ProcessingFixture.buckets.raw)
    #expect(try fixture.database.retryJob(.render, of: file, at: .now) == .hastened)
    #expect(try fixture.colleague(Self.wider).runIfAvailable(.render, of: file)?.isPostponed == true)
  }

  @Test func `a failed rendering waits for a minute, and after three failures for a request`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try ready(fixture)
    try fixture.store.memory.delete(fixture.record(file).keptKey, in: ProcessingFixture.buckets.raw)
    _ = try fixture.store.memory.put(
      .bytes([1]),
      to: fixture.record(file).keptKey,
      in: ProcessingFixture.buckets.raw
    )
    let colleague = try fixture.colleague(Self.wider)
    _ = try fixture.database.enqueue(.render, for: [file], at: .now)
    for attempt in 1...3 {
      let now = Date.now + Double(attempt) * 100
      #expect(try colleague.next(at: now)?.outcome.isFailed == true)
      let job = try #require(try fixture.database.job(.render, of: file))
      if attempt < 3 { #expect(job.dueAt > .now + 50 && job.dueAt < .now + 70 && job.failures == attempt) }
      #expect(job.state == (attempt < 3 ? .queued : .failed))
    }
    #expect(try colleague.next(at: .now + 10_000) == nil)
    #expect(try fixture.state(file) == .ready)
    _ = try fixture.database.enqueue(.render, for: [file], at: .now)
    #expect(try fixture.database.job(.render, of: file)?.state == .queued)
  }

  @Test func `an unreachable store postpones the rendering, and is no failure`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    fixture.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    #expect(try fixture.colleague(Self.wider).runIfAvailable(.render, of: file)?.isPostponed == true)
    #expect(try fixture.database.job(.render, of: file)?.failures == 0)
  }

  @Test func `uploads come before renewed renderings`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    _ = try fixture.database.enqueue(.render, for: [file], at: .now)
    let upload = try fixture.upload()
    let first = try #require(try fixture.processor.next(at: .now + 1))
    let second = try #require(try fixture.processor.next(at: .now + 1))
    #expect(first.job.file == upload && second.job.file == file && second.outcome == .idle)
  }

  @Test func `a file that is deleted, no image or not ready is not rendered`() throws {
    let fixture = try ProcessingFixture()
    let pending = try fixture.claim(size: 10)
    #expect(try fixture.processor.runIfAvailable(.render, of: pending) == .idle)
    let document = try fixture.upload(Document.pdf(), .pdf)
    #expect(try fixture.next() == .ready)
    #expect(try fixture.colleague(Self.wider).runIfAvailable(.render, of: document) == .idle)
    let deleted = try ready(fixture)
    try #require(try fixture.database.delete(deleted, of: fixture.user, at: .now))
    #expect(try fixture.colleague(Self.wider).runIfAvailable(.render, of: deleted) == .discarded(versions: 3))
  }

  @Test func `a file deleted by its owner during the rendering stays deleted`() throws {
    let fixture = try ProcessingFixture()
    let file = try ready(fixture)
    let (database, user) = (fixture.database, fixture.user)
    fixture.store.obey { call, _ in
      if call.operation == .put { _ = try database.delete(file, of: user, at: .now) }
      return nil
    }
    #expect(try fixture.colleague(Self.wider).runIfAvailable(.render, of: file) == .superseded)
    #expect(try fixture.state(file) == .deleted)
  }
}
