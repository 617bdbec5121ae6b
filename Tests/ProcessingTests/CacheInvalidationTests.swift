import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct CacheInvalidationTests {
  private static let purged = ScriptedServer.Answer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

  /// A file whose `medium` was withdrawn `seconds` ago.
  private func withdrawn(_ site: Site, ago seconds: Double = 0) throws -> (file: FileID, old: String) {
    let file = try site.upload()
    try site.settle()
    let record = try site.record(file)
    let (digest, then) = (try #require(record.sha256), Date.now - seconds)
    let job = try #require(try site.database.leaseJob(.render, of: file, seconds: 3600, at: then))
    let rest = record.variants.filter { $0.name != .medium }
    try #require(try site.database.refresh(rest, of: digest, under: job, at: then))
    try #require(try site.database.finish(job, at: then))
    return (file, try #require(record.variants.first { $0.name == .medium }).key)
  }

  @Test func `every address that was ever given out is purged at every node, whoever may look`() throws {
    let site = try Site()
    let (file, _) = try withdrawn(site)
    let keys = try site.database.issuedKeys(of: file)
    let nodes = try (0..<2).map { _ in try ScriptedServer(Self.purged) }
    defer { for node in nodes { node.stop() } }
    let worker = Processor(try site.parts(cacheNodes: nodes.map(\.url)))
    #expect(try worker.runIfAvailable(.purge, of: file) == .purged(addresses: keys.count * 3))
    let expected = ["images", "premium", "private"].flatMap { prefix in keys.map { "GET /purge/\(prefix)/\($0) " } }
    for node in nodes {
      let asked = node.requests.map { String($0.head.prefix { $0 != "H" }) }
      #expect(Set(asked) == Set(expected))
    }
  }

  @Test func `four rounds, and with the last what is no longer current leaves the bucket`() throws {
    let site = try Site()
    let (file, old) = try withdrawn(site)
    let start = try #require(try site.database.job(.purge, of: file)).createdAt
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start) == start + 0.5)
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start + 0.5) == start + 5)
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start + 5) == start + 45)
    #expect(CachePurge.nextRound(invalidatedAt: start, at: start + 45) == nil)
    #expect(try site.processor.runIfAvailable(.purge, of: file) == .purged(addresses: 0))
    #expect(try site.processedKeys().contains(old))
    let waiting = try #require(try site.database.job(.purge, of: file))
    #expect(waiting.dueAt > start && waiting.lastError == nil)
    let (late, gone) = try withdrawn(site, ago: 50)
    #expect(try site.processor.runIfAvailable(.purge, of: late) == .purged(addresses: 0))
    #expect(try !site.processedKeys().contains(gone) && site.processedKeys().count == 5)
    #expect(try site.database.job(.purge, of: late) == nil)
  }

  @Test(arguments: [
    ScriptedServer.Answer.bytes("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), .reset(after: ""),
  ])
  func `a node that does not purge is tried again, the others are purged all the same`(answer: ScriptedServer.Answer)
    throws
  {
    let site = try Site()
    let (file, _) = try withdrawn(site)
    let count = try site.database.issuedKeys(of: file).count * 3
    let broken = try ScriptedServer(answer)
    let well = try ScriptedServer(Self.purged)
    defer {
      broken.stop()
      well.stop()
    }
    let worker = Processor(try site.parts(cacheNodes: [broken.url, well.url]))
    let outcome = try #require(try worker.runIfAvailable(.purge, of: file))
    #expect(outcome.isPostponed && outcome.detail?.contains(broken.url) == true)
    #expect(well.requests.count == count)
    #expect(try site.database.job(.purge, of: file)?.state == .queued)
  }

  @Test func `what cannot be in a cache any more is not purged, however long a node was away`() throws {
    let site = try Site()
    let (file, old) = try withdrawn(site, ago: 700)
    let worker = Processor(try site.parts(cacheNodes: ["http://127.0.0.1:9"]))
    #expect(try worker.runIfAvailable(.purge, of: file)?.isPostponed == false)
    #expect(try site.database.job(.purge, of: file) == nil && !site.processedKeys().contains(old))
  }
}
