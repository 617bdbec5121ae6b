import Foundation
import HTTP
import TestSupport
import Testing

/// The API's description on the site: the OpenAPI document for programs, and a page for people.
@Suite(.enabled(if: isRunning, howToRun)) struct DescriptionTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL
  private let stack: Stack
  private let document: OpenAPIDocument

  init() throws {
    stack = try #require(Stack.current)
    document = try OpenAPIDocument(in: Self.root)
  }

  @Test(arguments: [
    ("/openapi.yaml", "application/yaml"), ("/docs/", "text/html; charset=utf-8"),
    ("/docs/docs.css", "text/css; charset=utf-8"),
  ])
  func `the description and its page need no token, run no script and cannot be framed`(
    path: String,
    type: String
  ) throws {
    let answer = try stack.send("GET", path)
    func values(_ name: String) -> [String] {
      answer.head.headers.filter { $0.name.lowercased() == name }.map(\.value)
    }
    #expect(answer.head.status == 200 && values("content-type") == [type])
    let policy = try #require(values("content-security-policy").first)
    #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
    #expect(!policy.contains("script-src") && !policy.contains("unsafe"))
    #expect(values("x-content-type-options") == ["nosniff"] && values("cache-control") == ["no-cache"])
    #expect(try stack.send("HEAD", path).head.status == 200)
    #expect(try Stack.problem(stack.send("POST", path, body: [0x20])).code == "method_not_allowed")
  }

  @Test func `the site serves the repository's document, and the page has all its operations`() throws {
    #expect(try stack.send("GET", "/openapi.yaml").body == Array(document.text.utf8))
    let page = String(decoding: try stack.send("GET", "/docs/").body, as: UTF8.self)
    #expect(document.routes.count >= 30)
    for route in document.routes {
      let shown = ">\(route.method)</span> <code>\(route.path)</code>"
      #expect(page.contains(shown), "\(route)")
    }
    #expect(try stack.send("GET", "/docs").head["Location"] == "/docs/")
  }

  @Test(arguments: [
    "/v1/uploads", "/v1/files", "/v1/usage", "/v1/cookies", "/v1/links/none", "/uppy/", "/files/", "/docs/",
  ])
  func `responses of the API link to the description and to its page`(path: String) throws {
    let links = try stack.send("GET", path).head.headers.filter { $0.name.lowercased() == "link" }.map(\.value)
    let targets = try #require(links.count == 1 ? links.first : nil).matches(of: /<([^>]*)>; rel="([a-z-]+)"/)
    #expect(targets.map { "\($0.2) \($0.1)" } == ["service-desc /openapi.yaml", "service-doc /docs/"])
    for target in targets { #expect(try stack.send("GET", String(target.1)).head.status == 200) }
  }

  @Test(arguments: [
    "/docs/../tls/server.key", "/docs/%2e%2e/tls/server.key", "/docs/", "/openapi.yaml/x", "/openapi.yamlx",
  ])
  func `no other file beside the description is served`(path: String) throws {
    let authority = try #require(stack.environment["STOWAGE_CA"])
    let options = [
      "-s", "--noproxy", "*", "--cacert", authority, "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}",
    ]
    let status = String(decoding: try run("curl", options + [stack.url + path]), as: UTF8.self)
    #expect(status == (path == "/docs/" ? "200" : "404"))
  }

  @Test func `the page is accessible, wide and narrow, light and dark`() throws {
    struct Page: Decodable {
      let violations: [String]
      let overflows: Bool
      let operations: Int
      let console: [String]
    }
    let script = Self.root.appending(path: "Tests/IntegrationTests/browser/docs.py").path
    let page = try JSONDecoder().decode(Page.self, from: run(#require(stack.environment["STOWAGE_PYTHON"]), [script]))
    #expect(page.violations == [] && !page.overflows && page.console == [])
    #expect(page.operations == document.routes.count)
  }
}
