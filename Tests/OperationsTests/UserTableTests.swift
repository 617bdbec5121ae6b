import Core
import Database
import Foundation
import Testing

@testable import Operations

@Suite struct UserTableTests {
  private let jobs: JobFixture

  init() throws { jobs = try JobFixture() }

  private func text(_ lines: [(label: String, text: String)]) -> [String: String] {
    Dictionary(lines.map { ($0.label, $0.text) }, uniquingKeysWith: { first, _ in first + " twice" })
  }

  @Test func `columns are aligned, and names are not shortened`() throws {
    let name = String(repeating: "n", count: 128)
    let user = try #require(UserID(name))
    let record = try jobs.database.user(user, plan: .premium, quotaBytes: 5 << 30, at: jobs.now)
    let line = UserTable.line(record)
    #expect(line.hasPrefix("premium   0 bytes     0 bytes     5 GB        0 %    nnn") && line.hasSuffix("n"))
    #expect(line.count - 128 == UserTable.header.count - "USER".count)
  }

  @Test func `a single user is shown with exact bytes, and the used share of the quota`() throws {
    _ = try jobs.claim()
    _ = try jobs.received()
    let record = try #require(try jobs.database.user(jobs.user))
    let said = text(UserTable.lines(record, try jobs.database.holdings(of: jobs.user)))
    #expect(said["user"] == "ann" && said["quota"] == "977 kB (1000000 bytes)")
    #expect(said["reserved"]?.hasPrefix("4 kB (4096 bytes), by 1 open upload ") == true)
    #expect(said["files"] == "1 pending (2 kB), 1 received (2 kB)")
    #expect(said["since"] == "2027-01-15T08:00:00Z")
  }

  @Test func `a change shows the old and the new values, and warns if more is in use than allowed`() throws {
    _ = try jobs.claim()
    func change(plan: Plan?, quota: Int64?) throws -> [String: String] {
      let change = try jobs.database.change(jobs.user, plan: plan, quotaBytes: quota, at: jobs.now)
      return text(UserTable.lines(try #require(change)))
    }
    let first = try change(plan: .premium, quota: nil)
    #expect(first["plan"] == "standard → premium" && first["quota"]?.hasSuffix(", as before") == true)
    #expect(first["over"] == nil)
    #expect(first["tags"]?.contains("stowage users show ann") == true)
    let shown = try UserTable.lines(
      #require(try jobs.database.user(jobs.user)),
      [],
      jobs.database.retagProgress(of: jobs.user)
    )
    #expect(text(shown)["tags"] == "the worker has yet to compare them with the plan")
    let second = try change(plan: nil, quota: 1000)
    #expect(second["tags"] == nil, "the plan is as before")
    #expect(second["quota"] == "977 kB (1000000 bytes) → 1000 bytes")
    #expect(second["over"]?.hasPrefix("1 kB above the quota") == true)
  }

  @Test func `a created user is reported as new`() throws {
    let bob = try #require(UserID("bob"))
    let change = try jobs.database.change(
      bob,
      plan: nil,
      quotaBytes: nil,
      orMakeWith: AccountDefaults(),
      at: jobs.now
    )
    let said = text(UserTable.lines(try #require(change)))
    #expect(said["user"] == "bob, made now" && said["plan"] == "standard")
    #expect(said["quota"] == "5 GB (5368709120 bytes)")
  }
}
