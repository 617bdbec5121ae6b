import Foundation
import HTTP
import TestSupport
import Testing

/// Lists, records, changes and usage on the running system, for a separate user.
@Suite(.enabled(if: isRunning, howToRun)) struct FileListTests {
  private struct Page: Decodable {
    var files: [Stack.File]
    var next: String?
  }

  private let stack: Stack
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    token = try TokenForge(stack).token(subject: "list-\(UUID().uuidString.lowercased())", expiresAt: .now + 3600)
  }

  private func send(
    _ method: String,
    _ path: String,
    _ json: String? = nil,
    headers: [(name: String, value: String)] = [],
    token: String? = nil
  ) throws -> HTTPResponse {
    var all = headers + [("Authorization", "Bearer \(token ?? self.token)")]
    if json != nil { all.append(("Content-Type", "application/json")) }
    return try stack.send(method, path, headers: all, body: json.map { Array($0.utf8) })
  }

  private func page(_ query: String) throws -> Page {
    try Stack.decode(send("GET", "/v1/files\(query)"), status: 200)
  }

  @Test func `only the user's own files are listed, by page and by filter`() throws {
    let names = ["Übung 1.pdf", "übung 2.pdf", "photo.jpg", "100%.jpg", "last.png"]
    let types = ["application/pdf", "application/pdf", "image/jpeg", "image/jpeg", "image/png"]
    for (name, type) in zip(names, types) { _ = try stack.ticket(name, type: type, size: 1000, token: token) }
    _ = try stack.ticket(size: 1000)
    let first = try page("?limit=3")
    #expect(first.files.map(\.filename) == ["last.png", "100%.jpg", "photo.jpg"])
    let second = try page("?limit=3&after=\(#require(first.next))")
    #expect(second.files.map(\.filename) == ["übung 2.pdf", "Übung 1.pdf"] && second.next == nil)
    let found = [
      ("?name=%C3%9CBUNG", 2), ("?name=%25", 1), ("?name=_", 0), ("?type=image/*", 3), ("?type=image/png", 1),
      ("?state=ready,rejected", 0), ("?state=pending", 5), ("?visibility=public", 5), ("?visibility=private", 0),
      ("?name=1&type=image/*", 1),
    ]
    for (query, count) in found { #expect(try page(query).files.count == count, "\(query)") }
    for (sort, order) in [
      ("filename", ["100%.jpg", "last.png", "photo.jpg", "Übung 1.pdf", "übung 2.pdf"]), ("createdAt", names),
      ("size", names), ("-createdAt", names.reversed()), ("-size", names.reversed()),
      ("-filename", ["übung 2.pdf", "Übung 1.pdf", "photo.jpg", "last.png", "100%.jpg"]),
    ] {
      let some = try page("?limit=2&sort=\(sort)")
      let rest = try page("?sort=\(sort)&after=\(#require(some.next))")
      #expect((some.files + rest.files).map(\.filename) == order && rest.next == nil, "\(sort)")
    }
    let aborted = try #require(first.files.first)
    #expect(try send("DELETE", "/v1/uploads/\(aborted.id)").head.status == 204)
    #expect(try page("").files.count == 4 && page("?state=aborted").files.map(\.id) == [aborted.id])
  }

  @Test(arguments: [
    "?limit=0", "?limit=1001", "?limit=", "?limit=x", "?limit=1&limit=2", "?after=x", "?after=", "?state=",
    "?state=gone",
    "?type=image", "?name=", "?visibility=all", "?page=2", "?name=%ff", "?state=ready,ready",
    "?sort=", "?sort=name", "?sort=-", "?sort=filename,size", "?sort=size&sort=size",
  ])
  func `a list with an invalid query is refused`(query: String) throws {
    let answer = try send("GET", "/v1/files\(query)")
    #expect(try answer.head.status == 400 && Stack.problem(answer).code == "invalid_request")
  }

  @Test func `a client with the current state gets 304, and HEAD has no body`() throws {
    let file = try stack.ticket(size: 1000, token: token).fileId
    for path in ["/v1/files", "/v1/files/\(file)", "/v1/usage", "/v1/files/\(file)/links"] {
      let answer = try send("GET", path)
      let tag = try #require(answer.head["ETag"], "\(path)")
      #expect(answer.head.status == 200 && answer.head["Cache-Control"] == "private, no-cache")
      #expect(answer.head.headers.contains { $0.name.lowercased() == "vary" && $0.value == "Authorization" })
      let again = try send("GET", path, headers: [("If-None-Match", tag)])
      #expect(again.head.status == 304 && again.body == [] && again.head["ETag"] == tag, "\(path)")
      let head = try send("HEAD", path)
      #expect(head.head.status == 200 && head.body == [] && head.head["ETag"] == tag, "\(path)")
      #expect(head.head["Content-Length"] == "\(answer.body.count)", "\(path)")
    }
  }

  @Test func `only a client with the current record can rename a file`() throws {
    let path = "/v1/files/\(try stack.ticket("old.jpg", size: 1000, token: token).fileId)"
    let tag = try #require(send("GET", path).head["ETag"])
    let changed = try send("PATCH", path, #"{"filename":"new.jpg"}"#, headers: [("If-Match", tag)])
    #expect(try (Stack.decode(changed, status: 200) as Stack.File).filename == "new.jpg")
    let late = try send("PATCH", path, #"{"filename":"other.jpg"}"#, headers: [("If-Match", tag)])
    #expect(try late.head.status == 412 && Stack.problem(late).code == "precondition_failed")
    let newest = try #require(changed.head["ETag"])
    #expect(try send("GET", path).head["ETag"] == newest)
    for json in [
      "{}", #"{"filename":"a/b"}"#, #"{"filename":"x.png"}"#, #"{"visibility":"all"}"#, #"{"state":"ready"}"#, "[",
    ] {
      #expect(try send("PATCH", path, json, headers: [("If-Match", newest)]).head.status == 400, "\(json)")
    }
    #expect(try send("DELETE", path.replacing("files", with: "uploads")).head.status == 204)
    let over = try send("PATCH", path, #"{"filename":"x.jpg"}"#)
    #expect(try over.head.status == 409 && Stack.problem(over).code == "wrong_state")
  }

  @Test func `an image that is no longer public leaves the cache, and returns under its old URL`() throws {
    let photo = try Photo.jpeg(width: 64, height: 48)
    let ticket = try stack.ticket(size: photo.count, token: token)
    _ = try stack.put(photo, ticket)
    let end = Date.now + 60
    while try stack.file(ticket.fileId, token: token).state != "ready", Date.now < end { usleep(50_000) }
    let path = "/v1/files/\(ticket.fileId)"
    let url = try #require(stack.file(ticket.fileId, token: token).variants.first?.url)
    for _ in 0..<3 { #expect(try stack.send("GET", url).head.status == 200) }
    func isReached(_ status: Int) throws -> Bool {
      let end = Date.now + 60
      while try stack.send("GET", url).head.status != status {
        guard Date.now < end else { return false }
        usleep(100_000)
      }
      return true
    }
    #expect(try send("PATCH", path, #"{"visibility":"private"}"#).head.status == 200)
    #expect(try isReached(404))
    let back = try Stack.decode(send("PATCH", path, #"{"visibility":"public"}"#), status: 200) as Stack.File
    #expect(back.variants.contains { $0.url == url })
    #expect(try isReached(200))
  }

  @Test func `another user's file gets the same response as an unknown one, on every route, to the byte`() throws {
    let file = try stack.upload(Document.pdf(comment: UUID().uuidString), "a.pdf", type: "application/pdf").id
    let unknown = "0190163d-8694-739b-aea5-966c26f8ad91"
    let link = "0190163d-8694-739b-aea5-966c26f8ad92"
    let requests: [(String, String, String?)] = [
      ("GET", "", nil), ("HEAD", "", nil), ("PATCH", "", #"{"filename":"x.jpg"}"#),
      ("PATCH", "", #"{"filename":"x.pdf"}"#),
      ("PATCH", "", "{"), ("PATCH", "", nil), ("PATCH", "", #"{"visibility":"x"}"#), ("PUT", "", nil),
      ("POST", "", "{}"),
      ("OPTIONS", "", nil), ("GET", "/download", nil), ("HEAD", "/download", nil),
      ("GET", "/download?disposition=inline", nil),
      ("GET", "/download?x", nil), ("POST", "/download", nil), ("GET", "/links", nil), ("POST", "/links", "{}"),
      ("POST", "/links", "{"), ("POST", "/links", #"{"disposition":"inline"}"#), ("PATCH", "/links", nil),
      ("DELETE", "/links/\(link)", nil), ("DELETE", "/links/x", nil), ("GET", "/links/\(link)", nil),
      ("GET", "/else", nil), ("DELETE", "", nil), ("DELETE", "?permanent=true", nil), ("POST", "/restore", nil),
      ("POST", "/links", ""),
    ]
    for (method, rest, json) in requests {
      for condition in ["*", "\"x\""] {
        let headers = [(name: "If-Match", value: condition), ("If-None-Match", condition), ("Origin", stack.url)]
        let answers = try [file, unknown].map { id in
          try Comparable404(send(method, "/v1/files/\(id)\(rest)", json, headers: headers))
        }
        #expect(answers[0] == answers[1] && answers[0].status >= 400, "\(method) \(rest) \(json ?? "")")
      }
    }
    #expect(try stack.file(file).filename == "a.pdf" && stack.file(file).state == "ready")
  }

  @Test func `usage equals the sum of the files`() throws {
    _ = try stack.ticket(size: 1000, token: token)
    struct Usage: Decodable {
      var usedBytes: Int, reservedBytes: Int, reclaimableBytes: Int, quotaBytes: Int
      var plan: String
      var files: [String: [String: Int]]
    }
    let usage = try Stack.decode(send("GET", "/v1/usage"), status: 200) as Usage
    #expect(usage.usedBytes == 0 && usage.reservedBytes == 1000 && usage.reclaimableBytes == 0)
    #expect(usage.quotaBytes > 1000 && usage.plan == "standard")
    #expect(usage.files == ["pending": ["count": 1, "heldBytes": 1000]])
    #expect(try stack.send("GET", "/v1/usage").head.status == 401)
    #expect(try send("POST", "/v1/usage", "{}").head.status == 405)
  }
}
