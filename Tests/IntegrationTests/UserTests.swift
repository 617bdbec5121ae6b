import Foundation
import HTTP
import TestSupport
import Testing

/// Plans and quotas, by command and by API.
@Suite(.enabled(if: isRunning, howToRun)) struct UserTests {
  private struct User: Decodable {
    var id: String
    var plan: String
    var quotaBytes: Int
    var usedBytes: Int
    var reservedBytes: Int
    var openUploads: Int?
  }

  private struct Page: Decodable {
    var users: [User]
    var next: String?
  }

  private let stack: Stack
  private let rows: DatabaseRows
  private let forge: TokenForge
  private let service: String
  private let user = "user-\(UUID().uuidString.lowercased())"

  init() throws {
    stack = try #require(Stack.current)
    rows = try DatabaseRows(stack)
    forge = try TokenForge(stack)
    service = try forge.token(subject: "backend", role: "service", expiresAt: .now + 3600)
  }

  private func stowage(_ arguments: String...) throws -> String {
    String(decoding: try run("stowage", arguments), as: UTF8.self)
  }

  private func refusal(_ arguments: String...) -> String {
    #expect(throws: Unexpected.self) { try run("stowage", arguments) }?.description ?? ""
  }

  private func ask(
    _ method: String,
    _ path: String,
    _ json: String? = nil,
    token: String? = nil
  ) throws -> HTTPResponse {
    let headers = [(name: "Authorization", value: "Bearer \(token ?? service)")]
    return try stack.send(method, path, headers: headers, body: json.map { Array($0.utf8) })
  }

  private func claim(_ size: Int) throws -> HTTPResponse {
    let token = try forge.token(subject: user, expiresAt: .now + 600)
    return try stack.claim(#"{"filename":"a.pdf","size":\#(size),"contentType":"application/pdf"}"#, token: token)
  }

  // MARK: Commands

  @Test func `a user is created, shown, changed and listed, with the values before the change`() throws {
    #expect(refusal("users", "set", user, "--plan", "premium").contains("no user \(user) is known"))
    let made = try stowage("users", "set", user, "--plan", "premium", "--quota", "1.5 MB", "--create")
    #expect(made.contains("\(user), made now") && made.contains("1.5 MB (1572864 bytes)"))
    #expect(try claim(1_572_864).head.status == 201 && claim(1).head.status == 403)
    let changed = try stowage("users", "set", user, "--quota", "1 MB")
    #expect(
      changed.contains("1.5 MB (1572864 bytes) → 1 MB (1048576 bytes)") && changed.contains("above the quota")
    )
    #expect(try stowage("users", "set", user, "--quota", "1 MB").contains("1 MB (1048576 bytes), as before"))
    let shown = try stowage("users", "show", user)
    for part in ["premium", "1 MB (1048576 bytes)", "by 1 open upload", "1 pending (1.5 MB)"] {
      #expect(shown.contains(part), "\(part): \(shown)")
    }
    let json = try JSONDecoder().decode(User.self, from: Data(try stowage("users", "show", user, "--json").utf8))
    #expect(json.plan == "premium" && json.reservedBytes == 1_572_864 && json.openUploads == 1)
    let before = String(user.dropLast(1))
    #expect(try stowage("users", "list", "--after", before, "--limit", "1").contains("  \(user)\n"))
    #expect(try stowage("users", "list", "--sort", "used", "--limit", "1").split(separator: "\n").count == 3)
    let lines = try stowage("users", "list", "--json").split(separator: "\n")
    let names = try lines.map { try JSONDecoder().decode(User.self, from: Data($0.utf8)).id }
    #expect(names.contains(user) && names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  @Test func `a recount finds a manual change with status 1, and a repair fixes it`() throws {
    _ = try stowage("users", "set", user, "--create")
    #expect(try claim(1000).head.status == 201)
    #expect(try stowage("users", "recount", user) == "1 user recounted: the ledger is right.\n")
    try rows.damage(user)
    let text = refusal("users", "recount", user)
    #expect(text.hasPrefix("stowage: 1"))
    #expect(
      try stowage("users", "recount", user, "--repair").contains(
        "\(user)  used 7, by the files 0: 7 bytes too much; repaired"
      )
    )
    #expect(try stowage("users", "recount", user) == "1 user recounted: the ledger is right.\n")
  }

  @Test func `an unknown user is reported with status 1, and nonsense is wrong usage`() throws {
    for command in [["show"], ["recount"], ["set", "--quota", "5"]] {
      let error = #expect(throws: Unexpected.self) {
        try run("stowage", ["users", command[0], user] + command.dropFirst())
      }
      #expect(
        error?.description.hasPrefix("stowage: 1") == true && error?.description.contains("no user \(user)") == true
      )
    }
    for usage in [
      ["show", "a b"], ["show", ".."], ["set", user], ["set", user, "--plan", "gold"], ["set", user, "--quota", "-5"],
      ["set", user, "--quota", "5 PB"], ["set", user, "--quota", "1025 TB"], ["list", "--limit", "0"],
      ["list", "--sort", "used", "--after", "a"], ["list", "--sort", "age"],
    ] {
      let error = #expect(throws: Unexpected.self) { try run("stowage", ["users"] + usage) }
      #expect(error?.description.hasPrefix("stowage: 64") == true, "\(usage)")
    }
  }

  @Test(arguments: [["users"], ["users", "list"], ["users", "show"], ["users", "set"], ["users", "recount"]])
  func `every command has help with an example`(command: [String]) throws {
    let help = String(decoding: try run("stowage", command + ["--help"]), as: UTF8.self)
    #expect(help.contains("Example") && help.contains("  stowage users "))
  }

  // MARK: The API

  @Test func `the application creates a user, changes plan and quota, and both apply at once`() throws {
    #expect(try ask("GET", "/v1/users/\(user)").head.status == 404)
    #expect(try ask("PATCH", "/v1/users/\(user)", #"{"plan":"premium"}"#).head.status == 404)
    let json = #"{"plan":"premium","quotaBytes":1000,"create":true}"#
    let made: User = try Stack.decode(ask("PATCH", "/v1/users/\(user)", json), status: 200)
    #expect(made.id == user && made.plan == "premium" && made.quotaBytes == 1000 && made.openUploads == 0)
    #expect(try claim(1000).head.status == 201 && claim(1).head.status == 403)
    let raised: User = try Stack.decode(ask("PATCH", "/v1/users/\(user)", #"{"quotaBytes":2000}"#), status: 200)
    #expect(raised.plan == "premium" && raised.reservedBytes == 1000)
    #expect(try claim(500).head.status == 201)
    let lowered: User = try Stack.decode(ask("PATCH", "/v1/users/\(user)", #"{"quotaBytes":0}"#), status: 200)
    #expect(lowered.quotaBytes == 0 && lowered.reservedBytes == 1500 && lowered.openUploads == 2)
    #expect(try claim(1).head.status == 403)
    let seen: User = try Stack.decode(ask("GET", "/v1/users/\(user)"), status: 200)
    #expect(seen.reservedBytes == 1500)
  }

  @Test func `pages of users continue after the last one, for an administrator too`() throws {
    for name in ["a", "b", "c"] { _ = try stowage("users", "set", "\(user).\(name)", "--create") }
    let admin = try #require(stack.environment["STOWAGE_ADMIN_TOKEN"])
    let first: Page = try Stack.decode(ask("GET", "/v1/users?after=\(user)&limit=2", token: admin), status: 200)
    #expect(first.users.map(\.id) == ["\(user).a", "\(user).b"] && first.next == "\(user).b")
    let second: Page = try Stack.decode(ask("GET", "/v1/users?limit=1&after=\(user)%2Eb"), status: 200)
    #expect(second.users.map(\.id) == ["\(user).c"])
  }

  @Test func `without a known role the routes of users are forbidden, even for the user's own record`() throws {
    _ = try stowage("users", "set", user, "--create")
    for role in [nil, "Service", "user", ""] as [String?] {
      let token = try forge.token(subject: user, role: role, expiresAt: .now + 600)
      for (method, path) in [("GET", "/v1/users"), ("GET", "/v1/users/\(user)"), ("PATCH", "/v1/users/\(user)")] {
        let answer = try ask(method, path, method == "PATCH" ? #"{"quotaBytes":9}"# : nil, token: token)
        #expect(answer.head.status == 403, "\(role ?? "none") \(method) \(path)")
        #expect(try Stack.problem(answer).code == "forbidden")
      }
    }
    for role in [["service"], true, 1, NSNull()] as [Any] {
      let token = try forge.token(subject: user, role: role, expiresAt: .now + 600)
      #expect(try ask("GET", "/v1/users", token: token).head.status == 401)
    }
    #expect(try stack.send("GET", "/v1/users").head.status == 401)
    let record: User = try Stack.decode(ask("GET", "/v1/users/\(user)"), status: 200)
    #expect(record.quotaBytes != 9)
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"plan":"gold"}"#, #"{"plan":7}"#, #"{"quotaBytes":-1}"#, #"{"quotaBytes":1.5}"#,
    #"{"quotaBytes":"5 GB"}"#, #"{"quotaBytes":1125899906842625}"#, #"{"usedBytes":0}"#, #"{"create":false}"#,
    #"{"plan":"premium","create":"yes"}"#, #"{"quotaBytes":1,"quotaBytes":2}"#,
  ])
  func `a malformed change is refused with an explanation, and creates no user`(json: String) throws {
    let answer = try ask("PATCH", "/v1/users/\(user)", json)
    #expect(answer.head.status == 400, "\(json)")
    #expect(try Stack.problem(answer).detail?.isEmpty == false)
    #expect(try ask("GET", "/v1/users/\(user)").head.status == 404)
  }

  @Test func `other queries, methods and paths are errors`() throws {
    for query in ["limit=0", "limit=1001", "limit=x", "after=a%20b", "after=..", "limit=1&limit=2", "sort=used"] {
      #expect(try ask("GET", "/v1/users?\(query)").head.status == 400, "\(query)")
    }
    #expect(try ask("DELETE", "/v1/users/\(user)").head["Allow"] == "GET, HEAD, PATCH")
    #expect(try ask("POST", "/v1/users", "{}").head["Allow"] == "GET, HEAD")
    for path in ["/v1/users/", "/v1/users/a/b", "/v1/users/a%20b", "/v1/users/%2e%2e%2fadmin"] {
      #expect(try ask("GET", path).head.status == 404, "\(path)")
    }
  }
}
