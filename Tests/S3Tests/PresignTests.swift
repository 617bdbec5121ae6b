import Foundation
import HTTP
import S3
import Signing
import Storage
import TestSupport
import Testing

@Suite struct `A presigned URL` {
  private let client = HTTPClient()

  private func status(
    _ method: String,
    _ request: PresignedRequest,
    _ body: [UInt8] = [],
    replacing: [String: String] = [:]
  ) throws -> Int {
    let headers = request.headers.filter { $0.name != "content-length" }.map {
      ($0.name, replacing[$0.name] ?? $0.value)
    }
    return try client.send(HTTPRequest(method, request.url, headers: headers, body: .bytes(body))).head.status
  }

  private func upload(_ size: Int) -> [(name: String, value: String)] {
    [
      ("content-length", String(size)), ("content-type", "image/png"), ("if-none-match", "*"),
      ("x-amz-meta-original-filename", "%C3%A4.png"),
    ]
  }

  @Test(arguments: [Subject.seaweedFS, .virtualHost]) func `stores only what was signed, and once`(subject: Subject)
    throws
  {
    try subject.withBucket(versioned: true) { store, bucket in
      let store = try #require(store as? S3Store)
      let request = try store.presignPut("u/ä +%.png", in: bucket, signedHeaders: upload(3), expires: 900, at: Date())
      #expect(try status("PUT", request, [1, 2, 3, 4]) == 403)
      #expect(try status("PUT", request, [1, 2, 3], replacing: ["content-type": "text/html"]) == 403)
      #expect(try status("PUT", request, [1, 2, 3], replacing: ["x-amz-meta-original-filename": "b"]) == 403)
      #expect(try status("GET", request) == 403)
      #expect(failure { () throws(StoreError) in try store.head("u/ä +%.png", in: bucket) } == .notFound)
      #expect(try status("PUT", request, [1, 2, 3]) == 200)
      #expect(try status("PUT", request, [3, 2, 1]) == 412)
      let info = try store.head("u/ä +%.png", in: bucket)
      #expect(
        info.contentType == "image/png" && info.metadata == ["original-filename": "%C3%A4.png"] && info.version != nil
      )
    }
  }

  @Test(arguments: [Subject.seaweedFS, .virtualHost]) func `stores only a part of the signed length and number`(
    subject: Subject
  ) throws {
    try subject.withBucket { store, bucket in
      let store = try #require(store as? S3Store)
      let key = "u/ä +%.png"
      let upload = try store.createMultipartUpload(key, in: bucket, options: PutOptions(contentType: "image/png"))
      let request = try store.presignPart(2, of: upload, to: key, in: bucket, length: 3, expires: 900, at: Date())
      #expect(try status("PUT", request, [1, 2, 3, 4]) == 403)
      let other = request.url.replacing("partNumber=2", with: "partNumber=3")
      #expect(other != request.url)
      #expect(try client.send(HTTPRequest("PUT", other, body: .bytes([1, 2, 3]))).head.status == 403)
      #expect(try store.listParts(of: upload, to: key, in: bucket, after: nil, limit: 9).items.isEmpty)
      #expect(try status("PUT", request, [1, 2, 3]) == 200)
      let parts = try store.listParts(of: upload, to: key, in: bucket, after: nil, limit: 9).items
      #expect(parts.map(\.part.number) == [2] && parts.map(\.size) == [3])
      _ = try store.completeMultipartUpload(upload, to: key, in: bucket, parts: parts.map(\.part))
      #expect(try store.bytes(of: key, in: bucket, limit: 9) == [1, 2, 3])
      #expect(try status("PUT", request, [1, 2, 3]) == 404)
    }
  }

  @Test func `expires at the requested second`() throws {
    try Subject.seaweedFS.withBucket { store, bucket in
      let store = try #require(store as? S3Store)
      _ = try store.put(.bytes([1]), to: "k", in: bucket)
      let old = try store.presignGet("k", in: bucket, expires: 900, at: Date(timeIntervalSinceNow: -901))
      let young = try store.presignGet("k", in: bucket, expires: 900, at: Date(timeIntervalSinceNow: -850))
      #expect(try status("GET", old) == 403)
      #expect(try status("GET", young) == 200)
      for seconds in [0, -1, 604_801] {
        #expect(
          failure { () throws(StoreError) in try store.presignGet("k", in: bucket, expires: seconds, at: Date()) }
            != nil
        )
      }
    }
  }

  @Test func `reads a version with another file name`() throws {
    try Subject.seaweedFS.withBucket(versioned: true) { store, bucket in
      let store = try #require(store as? S3Store)
      let first = try store.put(.bytes([1]), to: "k", in: bucket).version
      _ = try store.put(.bytes([2]), to: "k", in: bucket)
      let request = try store.presignGet(
        "k",
        in: bucket,
        version: first,
        contentDisposition: "attachment; filename*=UTF-8''%C3%A4.png",
        expires: 60,
        at: Date()
      )
      let response = try client.send(HTTPRequest("GET", request.url))
      #expect(response.body == [1] && response.head["content-disposition"] == "attachment; filename*=UTF-8''%C3%A4.png")
    }
  }

  @Test func `uses the public endpoint`() throws {
    let inner = try #require(S3Endpoint("http://10.0.0.1:8333"))
    let outer = try #require(S3Endpoint("https://files.example.com"))
    let credentials = Credentials(accessKeyID: "a", secretAccessKey: "s")
    for (addressing, start) in [
      (S3Endpoint.Addressing.path, "https://files.example.com/b/k?"), (.virtualHost, "https://b.files.example.com/k?"),
    ] {
      let store = S3Store(
        S3Configuration(endpoint: inner, publicEndpoint: outer, addressing: addressing, credentials: credentials)
      )
      let request = try store.presignPut("k", in: "b", signedHeaders: upload(1), expires: 900, at: Date())
      #expect(request.url.hasPrefix(start) && request.headers.count == 4)
      #expect(
        request.url.contains("X-Amz-Expires=900")
          && request.url.contains("content-length%3Bcontent-type%3Bhost%3Bif-none-match")
      )
    }
  }
}

@Suite struct `A real server` {
  @Test func `refuses a wrong secret and a clock an hour off, each with its own error`() throws {
    let stranger = try liveStore(secret: "wrong")
    let outcome = failure { () throws(StoreError) in try stranger.list("b", prefix: "", after: nil, limit: 1) }
    guard case .accessDenied = outcome else {
      Issue.record("wrong secret: \(String(describing: outcome))")
      return
    }
    let late = try liveStore(now: { Date(timeIntervalSinceNow: -3600) })
    for outcome in [
      failure({ () throws(StoreError) in _ = try late.list("b", prefix: "", after: nil, limit: 1) }),
      failure({ () throws(StoreError) in _ = try late.head("k", in: "b") }),
    ] {
      guard case .clockSkew = outcome else {
        Issue.record("late clock: \(String(describing: outcome))")
        return
      }
    }
  }

  @Test func `answers a browser's preflight by the CORS rules`() throws {
    try Subject.seaweedFS.withBucket { store, bucket in
      let store = try #require(store as? S3Store)
      let rule: [String: JSONValue] = [
        "AllowedOrigins": .array([.text("https://app.example.com")]), "AllowedMethods": .array([.text("PUT")]),
        "AllowedHeaders": .array([.text("content-type"), .text("if-none-match"), .text("x-amz-*")]),
      ]
      try store.setDocument(.cors, .object(["CORSRules": .array([.object(rule)])]), of: bucket)
      func preflight(_ origin: String) throws -> HTTPResponse {
        try HTTPClient().send(
          HTTPRequest(
            "OPTIONS",
            SeaweedFS.shared().url + "/" + bucket + "/k",
            headers: [
              ("Origin", origin), ("Access-Control-Request-Method", "PUT"),
              ("Access-Control-Request-Headers", "content-type,if-none-match,x-amz-meta-uploader-id"),
            ]
          )
        )
      }
      let allowed = try preflight("https://app.example.com")
      #expect(allowed.head.status == 200 && allowed.head["Access-Control-Allow-Origin"] == "https://app.example.com")
      #expect(try preflight("https://evil.example.com").head["Access-Control-Allow-Origin"] == nil)
    }
  }
}
