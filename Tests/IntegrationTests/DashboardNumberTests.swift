import Core
import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

extension DashboardPageTests {
  /// The numbers that Chromium shows, beside those of the API and of the store.
  @Suite struct Numbers {
    private struct Page: Decodable {
      let tiles: [String: String]
      let csv: String
      let usage: [[String]]
      let users: [[String]]
    }

    private struct Usage: Decodable {
      struct Day: Decodable {
        let day: String
        let bucket: String
        let storageClass: String
        let objects: Int
        let bytes: Int64
      }
      let days: [Day]
    }

    /// A line of `stowage usage show --json`.
    private struct Shown: Decodable {
      let bucket: String?
      let user: String?
      let objects: Int
      let bytes: Int64
    }

    private let stack: Stack
    private let admin: String

    init() throws {
      stack = try #require(Stack.current)
      admin = try TokenForge(stack).token(subject: "administrator", role: "admin", expiresAt: .now + 3600)
    }

    /// Returns a size as the page writes it.
    private func words(_ bytes: Int64) -> String {
      guard bytes >= 1024 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
      let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
      let step = min((bytes.bitWidth - 1 - bytes.leadingZeroBitCount) / 10, 6)
      let value = Double(bytes) / Double(Int64(1) << (10 * step))
      let digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
      return String(format: "%.\(digits)f \(units[step])", value)
    }

    private func shown(_ arguments: String...) throws -> [Shown] {
      let output = try run("stowage", ["usage", "show", "--json"] + arguments)
      return try String(decoding: output, as: UTF8.self).split(separator: "\n").map {
        try JSONDecoder().decode(Shown.self, from: Data($0.utf8))
      }
    }

    @Test func `the page's numbers are those of the command and of the API, and a user's those of the buckets`() throws
    {
      let rows = DashboardRows(stack)
      let user = "numbers-\(UUID().uuidString.lowercased().prefix(8))"
      let token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
      // Larger than what most users of other tests have, so that the user is on the first page.
      let bytes = Document.pdf(comment: String(repeating: "0123456789abcdef", count: 9 << 16))
      let ticket = try stack.ticket("a.pdf", type: "application/pdf", size: bytes.count, token: token)
      #expect(try stack.put(bytes, ticket).head.status == 200)
      let file = try stack.settled(ticket.fileId, token: token)
      #expect(file.state == "ready" && file.size == Int64(bytes.count))
      try run("stowage", ["usage", "collect"])
      let view = try BucketView(stack)
      let stored = try ["uploads-raw": "\(user)/", "uploads-processed": "\(RenderingPlace.guarded.rawValue)/\(user)/"]
        .flatMap {
          try view.store.listVersions($0, prefix: $1, after: nil, limit: 100).items
        }
      let counted = try #require(try shown("--by", "user", "--limit", "1000000").first { $0.user == user })
      #expect(
        counted.objects == stored.count && counted.bytes == stored.reduce(0) { $0 + $1.size } && counted.objects > 0
      )
      try rows.addHistory()
      defer {
        try? rows.removeHistory()
        try? DatabaseRows(stack).forget(user)
      }
      let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/admin.py")
      let python = try #require(stack.environment["STOWAGE_PYTHON"])
      let output = try run(python, [script.path, "numbers"], environment: ["STOWAGE_PAGE_TOKEN": admin])
      let page = try JSONDecoder().decode(Page.self, from: output)
      let row = try #require(page.users.first { $0[0] == user })
      #expect(row[2] == words(Int64(bytes.count)) && row[1] == "standard")
      #expect(page.csv.contains("\(user),standard,\(bytes.count),0,"))
      let answer = try stack.send("GET", "/v1/admin/usage?days=90", headers: [("Authorization", "Bearer \(admin)")])
      let days = try Stack.decode(answer, status: 200) as Usage
      let last = try #require(days.days.last?.day)
      let expected = days.days.filter { $0.day == last }.map { [$0.bucket, $0.storageClass, words($0.bytes)] }
      #expect(!expected.isEmpty)
      #expect(Set(page.usage.map { [$0[0], $0[1], $0[4]] }) == Set(expected))
      let sums = Dictionary(grouping: days.days.filter { $0.day == last }, by: \.bucket).mapValues { ofBucket in
        ofBucket.reduce(into: [Int64(0), 0]) { $0 = [$0[0] + Int64($1.objects), $0[1] + $1.bytes] }
      }
      let roles = [
        "uploads-raw": "raw", "uploads-processed": "processed", "system-backups": "backups", "access-logs": "logs",
      ]
      for line in try shown("--by", "bucket") {
        #expect(sums[roles[line.bucket ?? ""] ?? ""] == [Int64(line.objects), line.bytes], "\(line)")
      }
      #expect(page.tiles["queue"]?.contains("waiting") == true && page.tiles["users"] != nil)
    }
  }
}
