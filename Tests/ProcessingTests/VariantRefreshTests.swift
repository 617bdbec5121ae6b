import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Processing

@Suite struct VariantRefreshTests {
  private static let wider = [
    VariantSpecification(name: .thumb, shape: .cover(width: 40, height: 40)),
    VariantSpecification(name: .original, shape: .stripped),
  ]

  @Test func `a changed specification queues every ready image once, and nothing else`() throws {
    let site = try Site()
    let images = try (0..<3).map { _ in try site.upload() }
    _ = try site.upload(Document.pdf(), .pdf)
    while try site.next() != nil {}
    let deleted = images[2]
    try #require(try site.database.delete(deleted, of: site.user, at: .now))
    try site.settle()
    _ = try site.claim(size: 10)
    let same = VariantRefresh(database: site.database, specifications: VariantSpecification.defaults)
    #expect(try same.run(isDryRun: false, at: .now) == .init(seen: 3, outdated: 0))
    let changed = VariantRefresh(database: site.database, specifications: Self.wider)
    #expect(try changed.run(isDryRun: true, at: .now) == .init(seen: 3, outdated: 2))
    #expect(try site.database.jobStatistics(.render, at: .now).queued == 0)
    for _ in 0..<2 {
      #expect(try changed.run(isDryRun: false, at: .now) == .init(seen: 3, outdated: 2))
      #expect(try site.database.jobStatistics(.render, at: .now).queued == 2)
    }
    let colleague = try site.colleague(Self.wider)
    while let (job, outcome) = try colleague.next(at: .now + 1) {
      #expect(outcome == (job.kind == .render ? .rendered : .purged(addresses: 0)))
    }
    #expect(try changed.run(isDryRun: false, at: .now) == .init(seen: 3, outdated: 0))
    #expect(try site.record(images[0]).variants.map(\.name) == [.original, .thumb])
  }
}
