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

  @Test func `a changed specification queues every ready image once, and no other file`() throws {
    let fixture = try ProcessingFixture()
    let images = try (0..<3).map { _ in try fixture.upload() }
    _ = try fixture.upload(Document.pdf(), .pdf)
    while try fixture.next() != nil {}
    let deleted = images[2]
    try #require(try fixture.database.delete(deleted, of: fixture.user, at: .now))
    try fixture.settle()
    _ = try fixture.claim(size: 10)
    let same = VariantRefresh(database: fixture.database, specifications: VariantSpecification.defaults)
    #expect(try same.run(isDryRun: false, at: .now) == .init(seen: 3, outdated: 0))
    let changed = VariantRefresh(database: fixture.database, specifications: Self.wider)
    #expect(try changed.run(isDryRun: true, at: .now) == .init(seen: 3, outdated: 2))
    #expect(try fixture.database.jobStatistics(.render, at: .now).queued == 0)
    for _ in 0..<2 {
      #expect(try changed.run(isDryRun: false, at: .now) == .init(seen: 3, outdated: 2))
      #expect(try fixture.database.jobStatistics(.render, at: .now).queued == 2)
    }
    let colleague = try fixture.colleague(Self.wider)
    while let (job, outcome) = try colleague.next(at: .now + 1) {
      #expect(outcome == (job.kind == .render ? .rendered : .purged(addresses: 0)))
    }
    #expect(try changed.run(isDryRun: false, at: .now) == .init(seen: 3, outdated: 0))
    #expect(try fixture.record(images[0]).variants.map(\.name) == [.original, .thumb])
  }
}
