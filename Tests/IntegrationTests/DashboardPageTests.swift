import Foundation
import TestSupport
import Testing

/// The dashboard in Debian's Chromium, driven by browser/admin.py.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct DashboardPageTests {
  private let stack: Stack
  private let rows: DashboardRows
  private let users: DatabaseRows
  private let admin: String

  init() throws {
    stack = try #require(Stack.current)
    rows = DashboardRows(stack)
    users = try DatabaseRows(stack)
    admin = try TokenForge(stack).token(subject: "administrator", role: "admin", expiresAt: .now + 3600)
  }

  private func use<Value: Decodable>(_ arguments: String..., token: String? = nil) throws -> Value {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/admin.py")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    let output = try run(python, [script.path] + arguments, environment: ["STOWAGE_PAGE_TOKEN": token ?? admin])
    return try JSONDecoder().decode(Value.self, from: output)
  }

  /// Makes a user with a pending file whose check has failed.
  private func failure(of user: String, _ filename: String, error: String) throws {
    let token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
    let ticket = try stack.ticket(filename, size: 10, token: token)
    try rows.fail(ticket.fileId, error: error)
  }

  @Test func `the page is accessible with data, in light and dark and on a phone, and hostile names do not run`() throws
  {
    struct Page: Decodable {
      let violations: [String]
      let overflows: Bool
      let console: [String]
      let ran: Bool
      let charts: Int
      let injected: Int
      let text: String
    }
    let script = "<img src=x onerror=window.ran=1>"
    let user = #""><img/src=x/onerror=window.ran=1>"#
    try failure(of: user, "\(script).jpg", error: "\u{202E}\(script)</td><script>window.ran=1</script>")
    try rows.setUsed(90 << 30, of: user)
    try rows.addHistory()
    defer {
      try? users.forget(user)
      try? rows.removeHistory()
    }
    let folder = try ScratchFolder()
    let kept = ProcessInfo.processInfo.environment["STOWAGE_SCREENSHOTS"] ?? folder.path
    let page: Page = try use("look", kept)
    #expect(page.violations == [] && !page.overflows && page.console == [])
    #expect(!page.ran && page.injected == 0 && page.text.contains(script) && page.text.contains(user))
    #expect(!page.text.contains("\u{202E}"))
    #expect(page.charts >= 7)
  }

  @Test func `the keyboard alone signs in, sorts, changes a quota and retries a job`() throws {
    struct Use: Decodable {
      let sorts: [String]
      let names: [String]
      let changed: String
      let focus: String
      let retried: String
    }
    let user = "keys-\(UUID().uuidString.lowercased().prefix(8))"
    try failure(of: user, "photo.jpg", error: "the decoder ended by signal 9")
    try rows.setUsed(80 << 30, of: user)
    defer { try? users.forget(user) }
    let use: Use = try use("keyboard", user)
    #expect(use.sorts == ["ascending", "descending"])
    let plain = use.names.filter { $0.wholeMatch(of: /[a-z0-9-]+/) != nil }
    #expect(plain.contains(user) && plain == plain.sorted(by: >))
    #expect(use.changed == "\(user) has the plan premium and a quota of 3.00 GB now.")
    #expect(use.focus == "Change \(user)" && use.retried.contains("waits for a worker"))
    #expect(try users.taken(user).quota == 3 << 30)
  }

  @Test func `a token without the role sees a sentence, and gets neither script nor cookie`() throws {
    struct Page: Decodable {
      let text: String
      let scripts: Int
      let cookies: [[String: AnyText]]
    }
    let token = try TokenForge(stack).token(subject: "nobody-special", expiresAt: .now + 3600)
    let page: Page = try use("refused", token: token)
    #expect(page.text.contains("needs a token with the role admin") && page.scripts == 0 && page.cookies.isEmpty)
  }

  @Test func `without a connection each section says so, and loads again`() throws {
    struct Page: Decodable {
      let problems: [String]
      let tables: Int
    }
    let page: Page = try use("broken")
    #expect(page.problems.count == 8 && page.problems.allSatisfy { $0.hasPrefix("The server does not answer.") })
    #expect(page.tables >= 3)
  }
}

/// Any JSON value, of which a test needs no more than that it is there.
private struct AnyText: Decodable {
  init(from decoder: any Decoder) throws {}
}
