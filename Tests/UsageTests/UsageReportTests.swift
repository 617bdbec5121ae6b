import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Usage

@Suite struct UsageReportTests {
  let fixture: UsageFixture

  init() throws { fixture = try UsageFixture() }

  private func report(_ grouping: UsageReport.Grouping, limit: Int = 9) throws -> UsageReport {
    try UsageReport(by: grouping, of: fixture.database, buckets: fixture.buckets, limit: limit)
  }

  @Test func `names that a spreadsheet would run are guarded, and quotes and commas survive`() throws {
    for (number, user) in ["=cmd|'!A0", "a,\"b", "-1+1", "@sum", "zoe"].enumerated() {
      let key = RawKey(user: try #require(UserID(user)), file: FileID(at: .now), type: .jpeg).description
      try fixture.addFile(key, of: user)
      try fixture.put(key, 1000 * (5 - number))
    }
    _ = try fixture.collect()
    let lines = try report(.user).csv.components(separatedBy: "\r\n")
    #expect(
      lines == [
        "user,objects,bytes", "'=cmd|'!A0,1,5000", "\"a,\"\"b\",1,4000", "'-1+1,1,3000", "'@sum,1,2000", "zoe,1,1000",
        "",
      ]
    )
    let json = try report(.user, limit: 2).json()
    #expect(json == [#"{"bytes":5000,"objects":1,"user":"=cmd|'!A0"}"#, #"{"bytes":4000,"objects":1,"user":"a,\"b"}"#])
  }

  @Test func `the table has aligned numbers with units, what has no row, and a total`() throws {
    for (number, user) in ["ann", "bobby"].enumerated() {
      let key = RawKey(user: try #require(UserID(user)), file: FileID(at: .now), type: .jpeg).description
      try fixture.addFile(key, of: user)
      try fixture.put(key, number == 0 ? 20_480 : 500)
    }
    for number in 0..<1200 { try fixture.put("s\(number)", 1) }
    _ = try fixture.collect()
    #expect(
      try report(.user, limit: 1).table == [
        "USER    OBJECTS    SIZE", "ann           1   20 kB", "others    1,201  1.7 kB", "total     1,202   22 kB",
      ]
    )
    #expect(try report(.bucket).table.last == "total     1,202  22 kB")
    #expect(try report(.class).rows.map(\.name) == ["STANDARD"])
    #expect(Set(try report(.kind).rows.map(\.name)) == ["current", "unknown"])
  }

  @Test func `the history has a row for each day and group`() throws {
    try fixture.put("a", 5)
    _ = try fixture.collect()
    fixture.clock.now += 86_400
    try fixture.put("b", 6, in: "logs")
    _ = try fixture.collect()
    let report = try UsageReport(
      by: .bucket,
      of: fixture.database,
      buckets: fixture.buckets,
      days: 2,
      until: fixture.clock.now
    )
    #expect(
      report.csv == "day,bucket,objects,bytes\r\n2027-01-15,raw,1,5\r\n2027-01-16,logs,1,6\r\n2027-01-16,raw,1,5\r\n"
    )
    let last = try UsageReport(
      by: .bucket,
      of: fixture.database,
      buckets: fixture.buckets,
      days: 1,
      until: fixture.clock.now
    )
    #expect(last.rows.map(\.day) == ["2027-01-16", "2027-01-16"])
  }

  @Test func `before the first collection the lines say what to do, afterwards what holds`() throws {
    func lines() throws -> String {
      try fixture.database.usageCollection(at: fixture.clock.now).lines.joined(separator: "\n")
    }
    #expect(try lines().contains("`stowage usage collect` collects now"))
    #expect(try report(.bucket).rows.isEmpty && report(.bucket).total == nil)
    try fixture.put("a", 5)
    var pages = 0
    _ = try fixture.collect(while: { pages < 2 }, progress: { _ in pages += 1 })
    #expect(
      try lines() == "A collection was interrupted, 1 object seen so far. `stowage usage collect` goes on where it is."
    )
    _ = try fixture.collect()
    #expect(try lines().hasPrefix("Collected at 2027-01-15T08:00:00Z in 0 s, with "))
  }
}
