import Core
import Database
import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct DashboardReaderTests {
  private let fixture: ReportingFixture
  private let reader: DashboardReader
  private var now: Date { ReportingFixture.now }

  init() throws {
    fixture = try ReportingFixture()
    let health = ProcessHealth(directory: fixture.folder.path, answering: .dashboard)
    reader = DashboardReader(database: fixture.database, health: health) {
      CostBasis(prices: nil, plans: [:], notes: ["no prices"])
    }
  }

  private func store(_ name: ReportName, isGood: Bool, _ text: String, at time: Date) throws {
    let outcome = Report.Outcome(isGood: isGood, text: text)
    try fixture.database.store(Report(name: name, at: time, node: "n", outcome: outcome))
  }

  @Test func `failed jobs are paged by the cursor of the page before, with their reason and name`() throws {
    let names = (0..<5).map { "\($0).jpg" }
    for (index, name) in names.enumerated() {
      _ = try fixture.failed(name, error: "reason\n\(index)", at: now + Double(index))
    }
    let first = try reader.failedJobs(after: nil, limit: 3)
    #expect(first.jobs.map(\.filename) == ["4.jpg", "3.jpg", "2.jpg"])
    #expect(first.jobs.allSatisfy { $0.error?.contains("\n") == false && $0.user == "ann" })
    let next = try #require(first.next)
    let rest = try reader.failedJobs(after: next, limit: 3)
    #expect(rest.jobs.map(\.filename) == ["1.jpg", "0.jpg"] && rest.next == nil)
  }

  @Test(arguments: [
    "", ":", "1", "1:process", "x:process:y", "1:nothing:0190163d-8694-739b-aea5-966c26f8ad91", "::::", "-",
  ])
  func `another text than a cursor is refused`(_ cursor: String) {
    #expect(throws: StorageError.self) { try reader.failedJobs(after: cursor, limit: 3) }
  }

  @Test(arguments: ["", ":", "1", "x:ann", "1:", ":ann", "9223372036854775808:ann", "1:a b"])
  func `another text than a cursor of users is refused`(_ cursor: String) {
    #expect(throws: StorageError.self) { try reader.largestUsers(after: cursor, limit: 3) }
  }

  @Test func `a retried job is queued; an unknown one is not found; one at work is refused`() throws {
    let file = try fixture.failed("a.jpg", error: "broken")
    try reader.retry(.process, of: file, at: now + 60)
    #expect(try fixture.database.job(.process, of: file)?.state == .queued)
    #expect(throws: StorageError.notFound) { try reader.retry(.purge, of: file, at: now + 60) }
    _ = try fixture.database.leaseJob(.process, of: file, seconds: 60, at: now + 61)
    #expect(throws: StorageError.wrongState(detail: "A worker has the job now.")) {
      try reader.retry(.process, of: file, at: now + 62)
    }
  }

  @Test func `the overview says what an administrator should change`() throws {
    _ = try fixture.failed("a.jpg", error: "broken")
    try store(.audit, isGood: false, "Failed: tls.old.", at: now)
    let alarms = try reader.overview(at: now).alarms
    #expect(alarms.contains { $0.section == "queue" && $0.text.hasPrefix("Jobs that failed for good: 1.") })
    #expect(alarms.contains { $0.section == "results" && $0.text == "audit: Failed: tls.old." })
    #expect(alarms.contains { $0.section == "results" && $0.text.hasPrefix("No sweep") })
    #expect(alarms.contains { $0.section == "health" && $0.text.hasPrefix("files: ") })
  }

  @Test func `a recent sweep raises no alarm, and an old one does`() throws {
    try store(.sweep, isGood: true, "Nothing was to be done.", at: now)
    #expect(try !reader.overview(at: now + 800).alarms.contains { $0.section == "results" })
    #expect(try reader.overview(at: now + 1000).alarms.contains { $0.text.hasPrefix("The last sweep ended") })
  }

  @Test func `the counts are those of the last census, and absent before the first`() throws {
    #expect(try reader.overview(at: now).counts == nil)
    try fixture.database.takeCensus(at: now)
    let counts = try #require(try reader.overview(at: now + 5).counts)
    #expect(counts.users == 1 && counts.at == now && counts.files.isEmpty)
  }
}
