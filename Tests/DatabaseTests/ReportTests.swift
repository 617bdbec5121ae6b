import Core
import Foundation
import Testing

@testable import Database

/// The last results of work, the census, and the lists of the dashboard.
@Suite struct ReportTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture() }

  private func report(_ name: ReportName, _ node: String, after seconds: TimeInterval, _ text: String) -> Report {
    let figures = [Report.Outcome.Figure("purged", 7, "files")]
    return Report(
      name: name,
      at: now + seconds,
      node: node,
      outcome: Report.Outcome(isGood: true, text: text, figures: figures)
    )
  }

  @Test func `one report of each work and node is kept, the newest`() throws {
    try database.store(report(.sweep, "one", after: 0, "first"))
    try database.store(report(.sweep, "one", after: 60, "second"))
    try database.store(report(.sweep, "two", after: 30, "other"))
    try database.store(report(.sweep, "one", after: 10, "late to arrive"))
    let reports = try database.reports()
    #expect(reports.map(\.node) == ["one", "two"] && reports.map(\.outcome.text) == ["second", "other"])
    #expect(reports[0].at == now + 60 && reports[0].outcome.figures == [.init("purged", 7, "files")])
  }

  @Test func `a node that stopped is forgotten after 30 days`() throws {
    try database.store(report(.cleanup, "gone", after: 0, "last"))
    try database.store(report(.cleanup, "here", after: 30 * 86_400, "new"))
    #expect(try database.reports().map(\.node) == ["here", "gone"])
    try database.store(report(.cleanup, "here", after: 30 * 86_400 + 1, "newer"))
    #expect(try database.reports().map(\.node) == ["here"])
  }

  @Test func `a report is bounded, however long its text and however many its figures`() throws {
    let figures = (0..<1000).map { Report.Outcome.Figure("figure \($0)", Int64.max, "files") }
    let text = String(repeating: "\u{1F600}\"", count: 10_000)
    let long = Report(
      name: .audit,
      at: now,
      node: String(repeating: "n", count: 1000),
      outcome: Report.Outcome(isGood: false, text: text, figures: figures)
    )
    try database.store(long)
    let stored = try #require(try database.reports().first)
    #expect(stored == long && stored.outcome.text.count == 500 && stored.outcome.figures.count == 32)
  }

  @Test func `a census counts users and files by state`() throws {
    #expect(try database.census() == nil)
    try fixture.makeUser(quota: 1000)
    try fixture.makeUser("bob")
    let ready = try database.makePending(user, size: 100)
    try database.makeReady(ready, of: user)
    _ = try database.makePending(user, size: 40)
    let census = try database.takeCensus(at: now)
    #expect(census.users == 2 && census.seconds >= 0)
    #expect(census.files.first { $0.state == .pending } == Census.Files(state: .pending, count: 1, heldBytes: 40))
    #expect(census.files.first { $0.state == .ready }?.count == 1)
    let kept = try #require(try database.census())
    #expect(kept.at == now && kept.census.users == 2 && Set(kept.census.files) == Set(census.files))
    _ = try database.takeCensus(at: now + 60)
    #expect(try database.census()?.at == now + 60)
  }

  @Test func `users are listed by used bytes, page by page, each once`() throws {
    var expected: [String] = []
    for (index, name) in ["dan", "eve", "fay", "gus", "hal"].enumerated() {
      let user = try fixture.makeUser(name, quota: 10_000)
      if index > 0 {
        let file = try database.makePending(user, size: 100)
        try database.makeReady(file, of: user)
        let used = index < 3 ? 500 : index * 1000
        _ = try database.raw("UPDATE users SET used_bytes = \(used) WHERE id = '\(name)'")
      }
      expected.append(name)
    }
    #expect(expected.count == 5)
    var found: [String] = []
    var last: (usedBytes: Int64, user: UserID)?
    repeat {
      let page = try database.largestUsers(after: last, limit: 2)
      found += page.map(\.id.description)
      last = page.count == 2 ? page.last.map { ($0.usedBytes, $0.id) } : nil
    } while last != nil
    #expect(found == ["hal", "gus", "fay", "eve", "dan"])
  }

  @Test func `failed jobs are listed, the last failure first, and a retried one leaves the list`() throws {
    try fixture.makeUser(quota: 10_000)
    var files: [FileID] = []
    for second in 0..<5 {
      let file = try database.makePending(user, size: 10)
      _ = try database.enqueue(for: [file], at: now)
      let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now + Double(second)))
      _ = try database.fail(job, error: "reason \(second)", at: now + Double(second))
      files.append(file)
    }
    let first = try database.failedJobs(limit: 3)
    #expect(first.map(\.listing.job.file) == files.reversed().prefix(3).map(\.self))
    #expect(first.map(\.listing.job.lastError) == ["reason 4", "reason 3", "reason 2"])
    #expect(first.allSatisfy { $0.filename == "photo.jpg" && $0.listing.user == user })
    let end = try #require(first.last?.listing.job)
    let rest = try database.failedJobs(after: (end.dueAt, end.kind, end.file), limit: 3)
    #expect(rest.map(\.listing.job.file) == [files[1], files[0]])
    #expect(try database.retryJob(.process, of: files[1], at: now + 60) == .revived)
    #expect(try database.failedJobs(limit: 10).count == 4)
    let queue = try database.queue(at: now + 7200)
    #expect(queue.map(\.state) == [.failed, .queued] && queue.map(\.count) == [4, 1])
    #expect(queue.allSatisfy { $0.kind == .process && $0.age == .day })
  }
}
