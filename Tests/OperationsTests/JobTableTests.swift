import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Operations

@Suite struct JobTableTests {
  private let jobs: JobFixture

  init() throws { jobs = try JobFixture() }

  private func words(after seconds: Double = 0) throws -> String? {
    try jobs.database.jobs().first?.job.words(at: jobs.now + seconds)
  }

  @Test func `a queued job shows when it is due`() throws {
    _ = try jobs.database.enqueue(for: [jobs.received()], at: jobs.now, delay: 4)
    #expect(try words() == "due in 4 s" && words(after: 4.5) == "due now" && words(after: 16) == "due for 12 s")
  }

  @Test func `a leased job shows the end of its lease, also an expired one`() throws {
    let file = try jobs.received()
    _ = try jobs.lease(file, ago: 12)
    #expect(try words() == "at work, lease ends in 108 s" && words(after: 138) == "lease ran out 30 s ago")
    _ = try jobs.database.enqueue(for: [file], at: jobs.now)
    #expect(try words() == "at work, lease ends in 108 s, runs again then")
  }

  @Test func `a postponed job shows the number of its failures`() throws {
    let file = try jobs.received()
    for (failed, expected) in [
      (false, "postponed, due in 5 s"), (true, "waits after 1 failure, due in 5 s"),
      (true, "waits after 2 failures, due in 5 s"),
    ] {
      let job = try jobs.lease(file)
      try #require(
        try jobs.database.release(job, retryAt: jobs.now + 5, countsAsFailure: failed, error: "store: away")
      )
      #expect(try words() == expected)
      try #require(try jobs.database.retryJob(.process, of: file, at: jobs.now) == .hastened)
    }
    try #require(try jobs.database.fail(jobs.lease(file), error: "broken", at: jobs.now))
    #expect(try words(after: 600) == "failed after 3 failures, 10 min ago")
  }

  @Test func `columns are aligned and fit the terminal, and an error has a separate line`() throws {
    let file = try jobs.received()
    let long = "store: " + String(repeating: "very far ", count: 40) + "\n\u{1B}[2J"
    try #require(
      try jobs.database.release(jobs.lease(file), retryAt: jobs.now + 5, countsAsFailure: true, error: long)
    )
    let listing = try #require(try jobs.database.jobs().first)
    for width in [80, 120] {
      let table = JobTable(width: width, at: jobs.now)
      let lines = [table.header] + table.lines(listing)
      #expect(lines.count == 3 && lines.allSatisfy { $0.count <= width }, "\(lines)")
      #expect(lines[2].count == width && lines[2].hasSuffix("…") && lines[0].contains("OWNER") == (width == 120))
      let place = try #require(lines[0].range(of: "STATE")?.lowerBound.utf16Offset(in: lines[0]))
      #expect(lines[1].dropFirst(place) == "waits after 1 failure, due in 5 s")
      #expect(lines[1].contains("  ann  ") == (width == 120))
    }
    let wide = JobTable(width: 1000, at: jobs.now).lines(listing)
    #expect(wide[1].hasSuffix("\\u{1b}[2J"))
  }

  @Test func `a program can read every field of a JSON line`() throws {
    let file = try jobs.received()
    try #require(
      try jobs.database.release(
        jobs.lease(file),
        retryAt: jobs.now + 5.25,
        countsAsFailure: true,
        error: "a \"b\"\nc"
      )
    )
    let line = try JobDocument(#require(try jobs.database.jobs().first)).line()
    #expect(!line.contains("\n"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["file"] as? String == file.description && object["user"] as? String == "ann")
    #expect(object["state"] as? String == "queued" && object["isPostponed"] as? Bool == true)
    #expect(object["dueAt"] as? String == "2027-01-15T08:00:05.250Z" && object["failures"] as? Int == 1)
    #expect(object["fileState"] as? String == "received" && object["kind"] as? String == "process")
    #expect(object["lastError"] as? String == "a \"b\"\nc" && object["attempts"] as? Int == 1)
    #expect(object["runsAgain"] as? Bool == false && object["createdAt"] is String && object.count == 12)
  }
}
