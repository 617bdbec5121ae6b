import Foundation
import HTTP
import Storage
import TestSupport
import Testing

/// Downloads on the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct DownloadTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  @Test func `an owner gets the checked bytes with the file's name, whatever overwrites them`() throws {
    let bytes = Document.pdf(comment: UUID().uuidString)
    let file = try stack.upload(bytes, "Übung 1.pdf", type: "application/pdf")
    try #require(file.state == "ready")
    let bucket = try BucketView(stack).store
    let key = "demo/\(file.id)/original.pdf"
    _ = try bucket.put(.bytes(Array("something else".utf8)), to: key, in: stack.setting("STOWAGE_BUCKET_RAW"))
    let answer = try stack.download(file.id)
    #expect(answer.head.status == 200 && answer.body == bytes)
    #expect(answer.head["Content-Type"] == "application/pdf")
    #expect(answer.head["Cache-Control"] == "private, no-store")
    let name = "filename=\"_bung 1.pdf\"; filename*=UTF-8''%C3%9Cbung%201.pdf"
    #expect(answer.head["Content-Disposition"] == "attachment; " + name)
    #expect(try stack.download(file.id, "?disposition=inline").head["Content-Disposition"] == "inline; " + name)
  }

  @Test func `HEAD describes a download without a redirect, with and without a browser's own rendering`() throws {
    let bytes = Document.pdf(comment: UUID().uuidString)
    let file = try stack.upload(bytes, "Übung 1.pdf", type: "application/pdf")
    let headers = [(name: "Authorization", value: "Bearer \(stack.token)")]
    for (query, kind) in [("", "attachment"), ("?disposition=inline", "inline")] {
      let path = "/v1/files/\(file.id)/download\(query)"
      let (head, whole) = (try stack.send("HEAD", path, headers: headers), try stack.download(file.id, query))
      #expect(head.head.status == 200 && head.body.isEmpty && head.head["Location"] == nil)
      #expect(head.head["Content-Length"] == "\(bytes.count)" && head.head["Accept-Ranges"] == "bytes")
      #expect(head.head["Content-Disposition"]?.hasPrefix(kind + "; ") == true)
      for name in ["Content-Type", "Content-Disposition", "Cache-Control"] {
        #expect(head.head[name] == whole.head[name], "\(name)")
      }
    }
    let seen = try run(
      "curl",
      [
        "-sSIL", "--noproxy", "*", "--max-time", "30", "--cacert", #require(stack.environment["STOWAGE_CA"]),
        "-H", "Authorization: Bearer \(stack.token)", "-o", "/dev/null",
        "-w", "%{http_code} %header{content-length} %{content_type}", "\(stack.url)/v1/files/\(file.id)/download",
      ]
    )
    #expect(String(decoding: seen, as: UTF8.self) == "200 \(bytes.count) application/pdf")
    let unready = try stack.ticket(size: 1000).fileId
    #expect(try stack.send("HEAD", "/v1/files/\(unready)/download", headers: headers).head.status == 404)
    #expect(try stack.send("HEAD", "/v1/files/\(file.id)/download").head.status == 401)
  }

  @Test func `a browser guesses no type of a redirected download`() throws {
    let file = try stack.upload(Document.pdf(comment: UUID().uuidString), "a.pdf", type: "application/pdf")
    let answer = try stack.download(file.id, "?disposition=inline")
    let values = answer.head.headers.filter { $0.name.lowercased() == "x-content-type-options" }.map(\.value)
    #expect(answer.head.status == 200 && values == ["nosniff"])
  }

  @Test func `a content encoding set by the uploader is not sent to browsers`() throws {
    let bytes = Document.pdf(comment: UUID().uuidString)
    let ticket = try stack.ticket("a.pdf", type: "application/pdf", size: bytes.count)
    #expect(try stack.put(bytes, ticket, headers: ["Content-Encoding": "br"]).head.status == 200)
    try #require(try stack.settled(ticket.fileId).state == "ready")
    let answer = try stack.download(ticket.fileId)
    #expect(answer.head["Content-Encoding"] == "identity" && answer.body == bytes)
  }

  @Test func `other users get nothing, and nobody gets a file that is not ready`() throws {
    let file = try stack.upload(Document.pdf(comment: UUID().uuidString), "a.pdf", type: "application/pdf")
    let stranger = try TokenForge(stack).token(subject: "stranger", expiresAt: .now + 3600)
    let unknown = "00000000-0000-7000-8000-000000000000"
    let answers = [
      try stack.download(file.id, token: stranger), try stack.download(unknown, token: stranger),
      try stack.download(stack.ticket(size: 1000).fileId),
    ]
    for answer in answers {
      #expect(answer.head.status == 404)
      #expect(try Stack.problem(answer).code == "not_found")
    }
    #expect(try stack.send("GET", "/v1/files/\(file.id)/download").head.status == 401)
    for query in ["?disposition=", "?disposition=Inline", "?filename=x", "?disposition=inline&disposition=inline"] {
      #expect(try stack.download(file.id, query).head.status == 400)
    }
  }

  @Test func `a page's script can read the bytes, on the site's own pages and on another origin's`() throws {
    struct Seen: Decodable {
      var origin: String
      var status: Int?
      var size: Int?
      var disposition: String?
      var error: String?
    }
    let bytes = Document.pdf(comment: UUID().uuidString)
    let file = try stack.upload(bytes, "a.pdf", type: "application/pdf")
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/download.py").path
    let output = try run(#require(stack.environment["STOWAGE_PYTHON"]), [script, file.id])
    let seen = try JSONDecoder().decode([Seen].self, from: output)
    #expect(Set(seen.map(\.origin)) == [stack.url, stack.url.replacing("localhost", with: "127.0.0.1")])
    for one in seen {
      #expect(one.status == 200 && one.size == bytes.count, "\(one)")
      #expect(one.disposition == "attachment; filename=\"a.pdf\"", "\(one)")
    }
  }
}
