import Core
import Foundation
import HTTP
import TestSupport
import Testing

/// Downloads that nginx fetches, with the repository's files, from the stack's store or from a hostile one.
@Suite(.enabled(if: isRunning, howToRun)) struct NginxDownloadTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  private func withDownloads(
    store: String? = nil,
    _ body: (NginxDownloads) throws -> Void
  ) throws {
    let downloads = try NginxDownloads(store: store ?? #require(stack.environment["STOWAGE_S3_URL"]))
    defer { downloads.stop() }
    try body(downloads)
  }

  @Test func `bytes come whole, in ranges or not modified, with the file's name and no header of the store`() throws {
    let bytes = Document.pdf(comment: UUID().uuidString)
    let ticket = try stack.ticket("Übung 1.pdf", type: "application/pdf", size: bytes.count)
    _ = try stack.put(bytes, ticket, headers: ["Content-Encoding": "br"])
    try #require(try stack.settled(ticket.fileId).state == "ready")
    let path = "/v1/files/\(ticket.fileId)/download"
    try withDownloads { downloads in
      let whole = try downloads.send("GET", path, token: stack.token, headers: [("Origin", "https://app.example.com")])
      #expect(whole.head.status == 200 && whole.body == bytes)
      let expected = [
        "Content-Type": "application/pdf", "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
        "Content-Disposition": ContentDisposition(named: "Übung 1.pdf").description,
        "Cross-Origin-Resource-Policy": "same-site", "Access-Control-Allow-Origin": "https://app.example.com",
        "Content-Length": "\(bytes.count)", "Accept-Ranges": "bytes",
      ]
      for (name, value) in expected {
        let values = whole.head.headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        #expect(values == [value], "\(name)")
      }
      #expect(whole.head["Content-Security-Policy"]?.contains("sandbox") == true)
      for (name, _) in whole.head.headers {
        let name = name.lowercased()
        #expect(!name.hasPrefix("x-amz") && !name.hasPrefix("x-stowage") && !name.hasPrefix("x-accel"), "\(name)")
        #expect(name != "content-encoding" && name != "location")
      }
      let part = try downloads.send("GET", path, token: stack.token, headers: [("Range", "bytes=5-14")])
      #expect(part.head.status == 206 && part.body == Array(bytes[5...14]))
      #expect(part.head["Content-Range"] == "bytes 5-14/\(bytes.count)")
      let beyond = try downloads.send(
        "GET",
        path,
        token: stack.token,
        headers: [("Range", "bytes=\(bytes.count + 5)-")]
      )
      #expect(try beyond.head.status == 416 && Stack.problem(beyond).code == "invalid_range")
      let tag = try #require(whole.head["ETag"])
      let again = try downloads.send("GET", path, token: stack.token, headers: [("If-None-Match", tag)])
      #expect(again.head.status == 304 && again.body == [])
      for (condition, status) in [(tag, 206), ("\"other\"", 200), ("W/" + tag, 200), (tag + " x", 200), ("x", 200)] {
        let headers = [(name: "Range", value: "bytes=5-14"), ("If-Range", condition)]
        let answer = try downloads.send("GET", path, token: stack.token, headers: headers)
        #expect(answer.head.status == status, "\(condition)")
        #expect(answer.body == (status == 206 ? Array(bytes[5...14]) : bytes), "\(condition)")
        #expect(answer.head["Content-Disposition"] == whole.head["Content-Disposition"])
      }
      let head = try downloads.send("HEAD", path, token: stack.token)
      #expect(head.head.status == 200 && head.body == [] && head.head["Content-Length"] == "\(bytes.count)")
    }
  }

  @Test func `hostile names are sent in the same header as by a redirect`() throws {
    let names = HostileNames.own.filter { !HostileNames.isRefused($0) }.map(HostileNames.stored)
    let bytes = Document.pdf(comment: UUID().uuidString)
    let file = try stack.upload(bytes, "a.pdf", type: "application/pdf")
    try withDownloads { downloads in
      for name in names {
        let change = String(decoding: try JSONEncoder().encode(["filename": name]), as: UTF8.self)
        let changed = try downloads.send("PATCH", "/v1/files/\(file.id)", token: stack.token, json: change)
        try #require(changed.head.status == 200, "\(name.debugDescription)")
        let answer = try downloads.send("GET", "/v1/files/\(file.id)/download?disposition=inline", token: stack.token)
        #expect(answer.head.status == 200 && answer.body == bytes)
        let expected = ContentDisposition(.inline, named: UploadType.checked(.pdf).savedName(name)).description
        #expect(answer.head["Content-Disposition"] == expected, "\(name.debugDescription)")
      }
    }
  }

  @Test func `a link downloads the same way, and the internal address is closed to clients`() throws {
    let bytes = Document.pdf(comment: UUID().uuidString)
    let file = try stack.upload(bytes, "a.pdf", type: "application/pdf")
    try withDownloads { downloads in
      let made = try downloads.send("POST", "/v1/files/\(file.id)/links", token: stack.token, json: "{}")
      struct Link: Decodable { var url: String }
      let link = try Stack.decode(made, status: 201) as Link
      let answer = try downloads.send("GET", link.url)
      #expect(answer.head.status == 200 && answer.body == bytes && answer.head["X-Robots-Tag"] == "noindex")
      #expect(answer.head["Referrer-Policy"] == "no-referrer")
      let forged = [(name: "X-Accel-Redirect", value: "/internal/download"), ("X-Stowage-Object", "/uploads-raw/x")]
      for path in ["/internal/download", "/internal/download?x", "/internal//download", "/internal/%64ownload"] {
        #expect(try downloads.send("GET", path, token: stack.token, headers: forged).head.status == 404, "\(path)")
      }
      #expect(try downloads.send("GET", "/v1/files/\(file.id)/download", headers: forged).head.status == 401)
    }
  }

  @Test func `the store's errors about nginx's request are hidden, and cannot redirect anywhere`() throws {
    let file = try stack.upload(Document.pdf(comment: UUID().uuidString), "a.pdf", type: "application/pdf")
    let isKept = try BucketView(stack).versions(of: file.id) == ["null"]
    let answers = [
      (403, "", 502), (404, "", 404), (307, "Location: http://127.0.0.1:1/\r\n", 502), (500, "", 502),
      (200, "X-Accel-Redirect: /v1/users\r\nSet-Cookie: a=b\r\nX-Amz-Meta-Uploader-Id: demo\r\n", 200),
    ]
    for (status, headers, expected) in answers {
      let text = "HTTP/1.1 \(status) X\r\nContent-Length: 6\r\nContent-Type: text/html\r\n\(headers)\r\nsecret"
      let server = try ScriptedServer(.bytes(text))
      defer { server.stop() }
      try withDownloads(store: server.url) { downloads in
        let headers = [(name: "Cookie", value: "session=1"), ("X-Amz-Acl", "public-read")]
        let answer = try downloads.send("GET", "/v1/files/\(file.id)/download", token: stack.token, headers: headers)
        #expect(answer.head.status == expected, "\(status)")
        if expected != 200 {
          #expect(try Stack.problem(answer).status == expected && answer.head["Location"] == nil)
          #expect(answer.head["Content-Disposition"] == nil)
          #expect(answer.head.headers.filter { $0.name.lowercased() == "cache-control" }.map(\.value) == ["no-store"])
        } else {
          #expect(answer.head["Content-Type"] == "application/pdf" && answer.body == Array("secret".utf8))
          #expect(answer.head["Set-Cookie"] == nil && answer.head["X-Amz-Meta-Uploader-Id"] == nil)
        }
        let sent = try #require(server.requests.first).head.lowercased()
        #expect(sent.hasPrefix("get /uploads-raw/demo/\(file.id)/\(isKept ? "kept" : "original").pdf?"))
        for word in ["authorization:", "cookie:", "x-amz-acl", "user-agent:"] {
          #expect(!sent.contains(word), "\(word)")
        }
      }
    }
  }
}
