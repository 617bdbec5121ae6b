import Core
import Database
import Foundation
import S3
import Storage
import TestSupport
import Testing

/// `stowage usage collect` against SeaweedFS, compared with what boto3 counts.
@Suite(.serialized) struct UsageCommandTests {
  @Test func `a collection that is killed and stopped in the middle goes on, and equals the buckets to the byte`()
    throws
  {
    let fixture = try UsageCommandFixture()
    defer { fixture.remove() }
    try fixture.fill(3000)
    let truth = try fixture.truth()
    #expect(truth.buckets.values.flatMap(\.values).map { $0[0] }.reduce(0, +) >= 3000 && truth.users.count == 97)

    let before = try fixture.stowage(["usage", "show"])
    #expect(before.status == 0 && before.output.hasPrefix("No collection is whole yet."), "\(before.output)")

    // Killed after the first page.
    func isUnderWay(_ least: Int64) throws -> Bool {
      try fixture.database.usageCollection(at: .now).underWay.map { $0.entries >= least } ?? false
    }
    let killed = try fixture.stowage(["usage", "collect"]) { process in
      if try isUnderWay(1) { kill(process, SIGKILL) }
    }
    #expect(killed.status == SIGKILL)
    let afterKill = try #require(try fixture.database.usageCollection(at: .now).underWay)
    #expect(afterKill.entries > 0 && afterKill.entries < 3000)
    #expect(try fixture.stowage(["usage", "show"]).output.contains("No collection") == false)

    // Stopped by Ctrl-C after one page more.
    let stopped = try fixture.stowage(["usage", "collect"]) { process in
      if try isUnderWay(afterKill.entries + 1) { kill(process, SIGINT) }
    }
    #expect(stopped.status == 130 && stopped.output.contains("To go on: "), "\(stopped.output)")
    #expect(try fixture.database.usageCounts().isEmpty)

    let whole = try fixture.stowage(["usage", "collect"])
    #expect(whole.status == 0 && whole.output.contains("`stowage usage show` shows them."), "\(whole.output)")
    #expect(whole.peak < 100_000, "\(whole.peak) kB")
    try fixture.expectEqual(truth)
    let latest = try #require(try fixture.database.usageCollection(at: .now).latest)
    #expect(latest.generation == afterKill.generation)
    try expectShown(fixture, truth)
  }

  private func expectShown(_ fixture: UsageCommandFixture, _ truth: UsageCommandFixture.Truth) throws {
    let raw = truth.buckets[fixture.names[0]] ?? [:]
    let sums = [0, 1].map { place in raw.values.map { $0[place] }.reduce(0, +) }
    let csv = try fixture.stowage(["usage", "show", "--csv"]).output
    #expect(csv.contains("\r\n\(fixture.names[0]),\(sums[0]),\(sums[1])\r\n"), "\(csv)")
    let json = try fixture.stowage(["usage", "show", "--by", "user", "--limit", "1", "--json"]).output
    #expect(json.split(separator: "\n").count == 1 && json.contains("\"user\":\"user"), "\(json)")
    let table = try fixture.stowage(["usage", "show", "--by", "kind"]).output
    #expect(table.contains("KIND") && table.contains("total") && table.contains("Collected at "), "\(table)")
    let days = try fixture.stowage(["usage", "show", "--by", "class", "--days", "2"]).output
    #expect(days.contains("DAY") && days.contains("STANDARD"), "\(days)")
    #expect(try fixture.stowage(["usage", "show", "--by", "user", "--days", "2"]).status == 64)
    #expect(try fixture.stowage(["usage", "show", "--csv", "--json"]).status == 64)
  }

  @Test func `a worker collects once a day by itself, and only if it is told to`() throws {
    let fixture = try UsageCommandFixture()
    defer { fixture.remove() }
    try fixture.fill(100)
    // The sweep of a worker finds no file of its database in the buckets, and counts objects without one as unknown.
    let truth = try fixture.truth()
    func work(_ settings: [String: String], seconds: Double, until isDone: () throws -> Bool) throws
      -> UsageCommandFixture.Run
    {
      let end = ContinuousClock.now + .seconds(seconds)
      return try fixture.stowage([], program: "worker", settings) { process in
        if try isDone() || ContinuousClock.now > end { kill(process, SIGTERM) }
        usleep(20_000)
      }
    }
    func isWhole() throws -> Bool { try fixture.database.usageCollection(at: .now).latest != nil }
    let idle = try work([:], seconds: 3) { try isWhole() }
    #expect(try idle.status == 0 && !isWhole(), "\(idle.output)")
    let daily = try work(["STOWAGE_USAGE": "daily"], seconds: 60) { try isWhole() }
    #expect(try daily.status == 0 && isWhole() && daily.output.contains(#""message":"usage""#), "\(daily.output)")
    try fixture.expectEqual(truth)
    let first = try #require(try fixture.database.usageCollection(at: .now).latest)
    let again = try work(["STOWAGE_USAGE": "daily"], seconds: 3) { false }
    #expect(again.status == 0)
    #expect(try fixture.database.usageCollection(at: .now).latest?.generation == first.generation)
    #expect(try fixture.stowage(["usage", "show"]).output.contains("Collected at "))
  }

  @Test(.enabled(if: LongRun.isWanted, "script/test --long runs it"))
  func `100,000 objects are collected in a minute with less than 100 MB`() throws {
    let fixture = try UsageCommandFixture()
    defer { fixture.remove() }
    try fixture.fill(100_000)
    let truth = try fixture.truth()
    let run = try fixture.stowage(["usage", "collect"])
    #expect(run.status == 0, "\(run.output)")
    print("usage of 100,000 objects: \(run.seconds) s, peak \(run.peak) kB")
    #expect(run.seconds < 60 && run.peak < 100_000, "\(run.seconds) s, \(run.peak) kB")
    try fixture.expectEqual(truth)
  }
}
