import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct CacheInvalidationTests {
  private static let purged = ScriptedServer.Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

  /// Creates a file whose `medium` was invalidated `seconds` ago.
  private func withdrawn(_ fixture: ProcessingFixture, ago seconds: Double = 0) throws -> (file: FileID, old: String) {
    let file = try fixture.upload()
    try fixture.settle()
    let record = try fixture.record(file)
    let (digest, then) = (try #require(record.sha256), Date.now - seconds)
    let job = try #require(try fixture.database.leaseJob(.render, of: file, seconds: 3600, at: then))
    let rest = record.variants.filter { $0.name != .medium }
    try #require(try fixture.database.refresh(rest, of: digest, under: job, at: then))
    try #require(try fixture.database.finish(job, at: then))
    return (file, try #require(record.variants.first { $0.name == .medium }).objectKey)
  }

  @Test func `every URL ever issued is purged at every node, whatever its visibility`() throws {
    let fixture = try ProcessingFixture()
    let (file, _) = try withdrawn(fixture)
    let keys = try fixture.database.issuedKeys(of: file)
    let nodes = try (0..<2).map { _ in try ScriptedServer(Self.purged) }
    defer { for node in nodes { node.stop() } }
    let worker = Processor(try fixture.parts(cacheNodes: nodes.map(\.url)))
    #expect(try worker.runIfAvailable(.purge, of: file) == .purged(addresses: keys.count * 3))
    let expected = ["images", "premium", "private"].flatMap { prefix in keys.map { "GET /purge/\(prefix)/\($0) " } }
    for node in nodes {
      let asked = node.requests.map { String($0.head.prefix { $0 != "H" }) }
      #expect(Set(asked) == Set(expected))
    }
  }

  @Test func `after four rounds the outdated objects are deleted from the bucket`() throws {
    let fixture = try ProcessingFixture()
    let (file, old) = try withdrawn(fixture)
    let start = try #require(try fixture.database.job(.purge, of: file)).createdAt
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start) == start + 0.5)
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start + 0.5) == start + 5)
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start + 5) == start + 45)
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start + 45) == nil)
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start + 5, last: 8) == start + 8)
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start + 8, last: 8) == nil)
    #expect(try fixture.processor.runIfAvailable(.purge, of: file) == .purged(addresses: 0))
    #expect(try fixture.processedKeys().contains(old))
    let waiting = try #require(try fixture.database.job(.purge, of: file))
    #expect(waiting.dueAt > start && waiting.lastError == nil)
    let (late, gone) = try withdrawn(fixture, ago: 50)
    #expect(try fixture.processor.runIfAvailable(.purge, of: late) == .purged(addresses: 0))
    #expect(try !fixture.processedKeys().contains(gone) && fixture.processedKeys().count == 5)
    #expect(try fixture.database.job(.purge, of: late) == nil)
  }

  @Test(arguments: [
    ScriptedServer.Answer.bytes("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), .reset(after: ""),
  ])
  func `a node that does not purge is tried again, and the others are purged too`(answer: ScriptedServer.Answer)
    throws
  {
    let fixture = try ProcessingFixture()
    let (file, _) = try withdrawn(fixture)
    let count = try fixture.database.issuedKeys(of: file).count * 3
    let broken = try ScriptedServer(answer)
    let well = try ScriptedServer(Self.purged)
    defer {
      broken.stop()
      well.stop()
    }
    let worker = Processor(try fixture.parts(cacheNodes: [broken.url, well.url]))
    let outcome = try #require(try worker.runIfAvailable(.purge, of: file))
    #expect(outcome.isPostponed && outcome.detail?.contains(broken.url) == true)
    #expect(well.requests.count == count)
    #expect(try fixture.database.job(.purge, of: file)?.state == .queued)
  }

  @Test func `an image that cannot be cached any more is not purged, however long a node was down`() throws {
    let fixture = try ProcessingFixture()
    let (file, old) = try withdrawn(fixture, ago: 700)
    let worker = Processor(try fixture.parts(cacheNodes: ["http://127.0.0.1:9"]))
    #expect(try worker.runIfAvailable(.purge, of: file)?.isPostponed == false)
    #expect(try fixture.database.job(.purge, of: file) == nil && !fixture.processedKeys().contains(old))
  }
}
