import Foundation
import HTTP
import TestSupport
import Testing

/// Lists of other users' files, which need a role.
@Suite(.enabled(if: isRunning, howToRun)) struct ForeignListTests {
  private struct Listed: Decodable {
    var id: String
    var user: String?
    var filename: String
  }

  private struct Page: Decodable {
    var files: [Listed]
    var next: String?
  }

  private let stack: Stack
  private let forge: TokenForge
  private let names = (0..<3).map { _ in "owner-\(UUID().uuidString.lowercased())" }
  private let files: [String]

  init() throws {
    stack = try #require(Stack.current)
    forge = try TokenForge(stack)
    files = try names.map { [stack, forge] name in
      let token = try forge.token(subject: name, expiresAt: .now + 600)
      let claim = #"{"filename":"\#(name).pdf","size":9,"contentType":"application/pdf"}"#
      let ticket: Stack.Ticket = try Stack.decode(stack.claim(claim, token: token), status: 201)
      return ticket.fileId
    }
  }

  private func ask(
    _ query: String,
    as user: String = "boss",
    role: String? = nil,
    _ headers: [(name: String, value: String)] = []
  ) throws -> HTTPResponse {
    let token = try forge.token(subject: user, role: role, expiresAt: .now + 600)
    return try stack.send("GET", "/v1/files?\(query)", headers: headers + [("Authorization", "Bearer \(token)")])
  }

  @Test(arguments: ["admin", "service"]) func `a role lists the files of one user, with the owner`(role: String) throws
  {
    let page: Page = try Stack.decode(ask("user=\(names[1])", role: role), status: 200)
    #expect(page.files.map(\.id) == [files[1]] && page.files.map(\.user) == [names[1]] && page.next == nil)
    let nobody: Page = try Stack.decode(ask("user=nobody-\(names[0])", role: role), status: 200)
    #expect(nobody.files.isEmpty)
  }

  @Test(arguments: ["admin", "service"]) func `a role lists the files of all users, page by page`(role: String) throws {
    var seen: [Listed] = []
    var after = ""
    repeat {
      let page: Page = try Stack.decode(ask("all=true&limit=2\(after)", role: role), status: 200)
      seen += page.files
      after = page.next.map { "&after=\($0)" } ?? ""
    } while !after.isEmpty && !Set(files).isSubset(of: seen.map(\.id))
    let own = seen.filter { names.contains($0.user ?? "") }
    #expect(own.map(\.id) == files.reversed() && own.map(\.user) == names.reversed())
  }

  @Test func `everybody else is refused, whomever they name`() throws {
    let queries = ["user=\(names[0])", "user=\(names[1])", "all=true", "user=", "user=\(names[0])&state=nonsense"]
    for query in queries {
      for role in [nil, "user", "Admin", ""] {
        let answer = try ask(query, as: names[0], role: role)
        let code = try Stack.problem(answer).code
        #expect(answer.head.status == 403 && code == "forbidden", "\(query) \(role ?? "-")")
      }
      let acting = try ask(query, role: "service", [("Stowage-User", names[0])])
      #expect(acting.head.status == 403, "a service that acts for a user has the user's rights")
    }
    let own: Page = try Stack.decode(ask("all=false", as: names[0]), status: 200)
    #expect(own.files.map(\.id) == [files[0]] && own.files.map(\.user) == [nil])
  }

  @Test func `malformed parameters are refused, and a list without them stays the caller's`() throws {
    for query in ["user=a%20b", "user=..", "all=yes", "all=", "user=\(names[0])&all=true", "user=a&user=b"] {
      #expect(try ask(query, role: "admin").head.status == 400, "\(query)")
    }
    let own: Page = try Stack.decode(ask("", as: names[2], role: "admin"), status: 200)
    #expect(own.files.map(\.id) == [files[2]] && own.files.map(\.user) == [nil])
  }
}
