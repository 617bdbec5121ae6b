import S3
import Storage
import TestSupport
import Testing

let gone = answer("<Error><Code>NoSuchUpload</Code></Error>", status: "404 Not Found")

/// Two parts, and the tag of the object made from them: the MD5 of the MD5s of `a` and `b`.
private let parts = [
  CompletedPart(number: 1, etag: ETag("0cc175b9c0f1b6a831c399e269772661")),
  CompletedPart(number: 2, etag: ETag("92eb5ffee6ae2fec3ad71c777531578f")),
]
private let composite = "96e024ba2074fe77e8e965ba43a704be-2"

func madeObject(_ etag: String) -> String {
  answer("", headers: "ETag: \"\(etag)\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-amz-version-id: v1\r\n")
}

extension S3Store {
  func complete(ifNoneMatch: Bool = false) throws(StoreError) -> PutResult {
    try completeMultipartUpload(UploadID("u"), to: "k", in: "b", parts: parts, ifNoneMatch: ifNoneMatch)
  }
}

@Suite struct `A completion whose response was lost or is ambiguous` {
  @Test func `the object made from the parts proves success`() throws {
    let server = try ScriptedServer(.reset(after: ""), .bytes(gone), .bytes(madeObject(composite)))
    defer { server.stop() }
    let result = try scriptedStore(server.url).complete()
    #expect(result == PutResult(etag: ETag(composite), version: VersionID("v1")))
    #expect(server.requests.map { String($0.head.prefix(4)) } == ["POST", "POST", "HEAD"])
  }

  @Test(arguments: [
    madeObject("0cc175b9c0f1b6a831c399e269772661"), madeObject("96e024ba2074fe77e8e965ba43a704be-3"),
    answer("", status: "404 Not Found"),
  ])
  func `another object, or none, proves nothing`(found: String) throws {
    let server = try ScriptedServer(.reset(after: ""), .bytes(gone), .bytes(found))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(failure { () throws(StoreError) in try store.complete() } == .notFound)
  }

  @Test func `a refused HEAD leaves the outcome open, and names the rights`() throws {
    let server = try ScriptedServer(.reset(after: ""), .bytes(gone), .bytes(answer("", status: "403 Forbidden")))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let outcome = failure { () throws(StoreError) in try store.complete() }
    #expect(outcome == .accessDenied(detail: "403: HeadObject in b needs s3:GetObject, s3:ListBucket"))
  }

  @Test func `a missing upload may be reported in a 200, too`() throws {
    let server = try ScriptedServer(
      .bytes(answer("<Error><Code>NoSuchUpload</Code></Error>")),
      .bytes(madeObject("96e024ba2074fe77e8e965ba43a704be-2"))
    )
    defer { server.stop() }
    #expect(try scriptedStore(server.url).complete().version == VersionID("v1"))
  }

  @Test func `tags that are not MD5 prove nothing`() throws {
    let server = try ScriptedServer(.bytes(gone), .bytes(madeObject(composite)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let outcome = failure { () throws(StoreError) in
      try store.completeMultipartUpload(
        UploadID("u"),
        to: "k",
        in: "b",
        parts: [CompletedPart(number: 1, etag: ETag("not-hexadecimal-but-32-bytes-long"))]
      )
    }
    #expect(outcome == .notFound)
  }

  private static let untagged = "<CompleteMultipartUploadResult><ETag/></CompleteMultipartUploadResult>"

  @Test(arguments: [untagged, "<CompleteMultipartUploadResult/>", untagged.replacing("<ETag/>", with: "<ETag></ETag>")])
  func `a success without a tag gets the tag of the object made from the parts`(document: String) throws {
    let server = try ScriptedServer(.bytes(answer(document)), .bytes(madeObject(composite)))
    defer { server.stop() }
    let result = try scriptedStore(server.url).complete()
    #expect(result == PutResult(etag: ETag(composite), version: VersionID("v1")))
    #expect(server.requests.map { String($0.head.prefix(4)) } == ["POST", "HEAD"])
  }

  @Test(arguments: [madeObject("96e024ba2074fe77e8e965ba43a704be-3"), answer("", status: "404 Not Found")])
  func `a success without a tag is an error if the object is another one`(found: String) throws {
    let server = try ScriptedServer(.bytes(answer(Self.untagged)), .bytes(found))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    guard case .unexpected = failure({ () throws(StoreError) in try store.complete() }) else {
      Issue.record("taken")
      return
    }
  }

  /// Returns the response for an object of 10 bytes whose tag is no MD5 of MD5s, with a header about its encryption.
  private func sealed(_ etag: String, _ field: String = "") -> String {
    "HTTP/1.1 200 OK\r\nETag: \"\(etag)\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\(field)Content-Length: 10\r\n\r\n"
  }

  @Test func `if tags prove nothing, the length does`() throws {
    let kms = "x-amz-server-side-encryption: aws:kms\r\n"
    let hidden = "0123456789abcdef0123456789abcdef"
    let cases: [(String, Int64?, Bool)] = [
      (sealed("\(hidden)-2", kms), 10, true), (sealed("\(hidden)-2", kms), 11, false),
      (sealed("\(hidden)-3", kms), 10, false), (sealed("\(hidden)-2", kms), nil, false),
      (sealed("own-form"), 10, true), (sealed("own-form"), 9, false), (sealed("\(hidden)-2"), 10, false),
    ]
    for (found, size, isMade) in cases {
      let server = try ScriptedServer(.bytes(gone), .bytes(found))
      defer { server.stop() }
      let store = try scriptedStore(server.url)
      let outcome = failure { () throws(StoreError) in
        try store.completeMultipartUpload(
          UploadID("u"),
          to: "k",
          in: "b",
          parts: parts,
          size: size,
          ifNoneMatch: true
        )
      }
      #expect(outcome == (isMade ? nil : .notFound), "\(found) \(size ?? -1)")
    }
  }

  @Test func `a server error counts as no such upload if none is left`() throws {
    let fault = answer("<Error><Code>InternalError</Code></Error>", status: "500 Internal Server Error")
    let aborted = try ScriptedServer(
      .bytes(fault),
      .bytes(fault),
      .bytes(fault),
      .bytes(gone),
      .bytes(answer("", status: "404 Not Found"))
    )
    defer { aborted.stop() }
    let store = try scriptedStore(aborted.url)
    #expect(failure { () throws(StoreError) in try store.complete() } == .notFound)
    #expect(aborted.requests.map { String($0.head.prefix(4)) } == ["POST", "POST", "POST", "GET ", "HEAD"])
    let made = try ScriptedServer(.bytes(fault), .bytes(gone), .bytes(madeObject(composite)))
    defer { made.stop() }
    #expect(try scriptedStore(made.url, attempts: 1).complete().version == VersionID("v1"))
    let open = try ScriptedServer(.bytes(fault), .bytes(answer("<ListPartsResult/>")))
    defer { open.stop() }
    let waiting = try scriptedStore(open.url, attempts: 1)
    guard case .unavailable = failure({ () throws(StoreError) in try waiting.complete() }) else {
      Issue.record("an upload that is still open was called gone")
      return
    }
  }
}
