import Foundation
import TestSupport
import Testing

/// Compares web/openapi.yaml with other texts: the programs' head comments, the table of errors, docs/api.md.
///
/// ContractTests compare it with the running processes.
@Suite struct OpenAPITests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL
  private let document: OpenAPIDocument

  init() throws { document = try OpenAPIDocument(in: Self.root) }

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// Returns the routes in the programs' head comments, such as `GET /v1/files/{}`.
  private func promisedRoutes() throws -> Set<String> {
    var routes: Set<String> = []
    let programs = Self.root.appending(path: "Sources/Programs")
    for file in try FileManager.default.subpathsOfDirectory(atPath: programs.path) where file.hasSuffix(".swift") {
      for line in try Self.text("Sources/Programs/\(file)").split(separator: "\n") {
        guard let route = line.firstMatch(of: /^\/\/  ([A-Z]+(?: [A-Z]+)*) (\/[a-z{][^\s?…]*)(?=[\s?]|$)/) else {
          continue
        }
        for method in route.1.split(separator: " ") {
          for prefix in ["images", "premium", "private"] {
            routes.insert("\(method) \(Self.shape(route.2.replacing("{prefix}", with: prefix)))")
          }
        }
      }
    }
    return routes
  }

  private static func shape(_ path: Substring) -> String {
    String(path.replacing(/\{[^}]*\}/, with: "{}").replacing("{}.{}", with: "{}"))
  }

  private func codes(in text: String, _ pattern: Regex<(Substring, Substring)>) -> Set<String> {
    Set(text.matches(of: pattern).map { String($0.1) })
  }

  @Test func `the document has exactly the routes of the programs`() throws {
    let promised = try promisedRoutes()
    let documented = Set(document.routes.map { "\($0.method) \(Self.shape($0.path[...]))" })
    #expect(promised.count >= 20)
    #expect(documented.subtracting(promised) == [])
    #expect(promised.subtracting(documented) == [])
  }

  @Test func `the document has the error codes of processes and nginx, and docs/api.md explains each`() throws {
    let table = try Self.text("Sources/Runtime/Endpoint/Requests/ProblemDocument.swift")
    let answered = codes(in: table, /problem\(\s*\d{3},\s*"([a-z_]+)"/)
      .union(codes(in: try Self.text("nginx/snippets/problems.conf"), /"code":"([a-z_]+)"/))
    #expect(answered.count >= 15)
    #expect(codes(in: document.text, /code: \{const: ([a-z_]+)\}/) == answered)
    let explained = try Self.text("docs/api.md").split(separator: "\n").filter { $0.hasPrefix("| `") }
      .reduce(into: Set<String>()) { names, line in
        names.formUnion(codes(in: String(line.split(separator: "|").first ?? ""), /`([a-z_]+)`/))
      }
    #expect(answered.subtracting(explained) == [])
  }

  @Test func `every operation and property has a description and an example that matches its schema`() throws {
    let counts = String(decoding: try python("Tests/WebTests/openapi/check.py", ["web/openapi.yaml"]), as: UTF8.self)
    #expect(counts.contains("\(document.routes.count) operations"), "\(counts)")
    // A document without a description, without an example, and with an example that does not match its schema.
    let folder = try ScratchFolder()
    for (words, defect) in [("description: The new name.", ""), ("[900]", "[]"), ("[holiday.jpg]", "[a/b]")] {
      try folder.write(Array(document.text.replacing(words, with: defect).utf8), to: "defect.yaml")
      #expect(throws: Unexpected.self, "\(words)") {
        try python("Tests/WebTests/openapi/check.py", [folder.file("defect.yaml")])
      }
    }
  }

  @Test func `web/docs/index.html is the page that script/api-page writes`() throws {
    let page = "web/docs/index.html"
    try python("script/lib/api_page.py", ["web/openapi.yaml", page, "--check"])
    let text = try Self.text(page)
    for route in document.routes { #expect(text.contains("<code>\(route.path)</code>"), "\(route)") }
    #expect(!text.contains("<script") && !text.contains("style="), "it runs under a policy without scripts")
  }

  @discardableResult
  private func python(_ script: String, _ arguments: [String]) throws -> Data {
    let program = Self.root.appending(path: ".venv/bin/python").path
    return try run(program, [script] + arguments, in: Self.root.path, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
  }

  @Test func `the document has the states and reasons of files`() throws {
    for (name, file) in [("FileState", "FileState.swift"), ("Reason", "FileState.swift")] {
      let kind = name == "Reason" ? "RejectionReason" : name
      let source = try Self.text("Sources/Core/Files/\(file)")
      let body = try #require(source.split(separator: "public enum \(kind)").last?.split(separator: "\n}").first)
      let words = body.matches(of: /case (\w+)(?: = "([a-z_]+)")?/).map { String($0.2 ?? $0.1) }
      let line = try #require(
        document.text.firstMatch(of: try Regex("    \(name):\\n(?:      .*\\n)*?      enum: \\[(.*)\\]"))
      )
      let listed = (line[1].substring ?? "").split(separator: ", ").map(String.init)
      #expect(Set(listed) == Set(words) && words.count > 5)
    }
  }
}
