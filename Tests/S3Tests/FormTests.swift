import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

@Suite struct `A presigned form` {
  private let client = HTTPClient()
  private let fields: [(name: String, value: String)] = [
    ("success_action_status", "201"), ("content-type", "image/png"), ("x-amz-meta-original-filename", "%C3%A4.png"),
  ]

  private func send(
    _ form: PresignedForm,
    _ bytes: [UInt8],
    replacing: [String: String] = [:],
    adding: [(name: String, value: String)] = [],
    without: String? = nil
  ) throws -> HTTPResponse {
    let fields = form.fields.filter { $0.name != without }.map { ($0.name, replacing[$0.name] ?? $0.value) }
    return try client.send(FormUpload(fields: adding + fields, file: bytes).request(to: form.url))
  }

  @Test(arguments: [Subject.seaweedFS]) func `stores only what the policy allows`(subject: Subject) throws {
    try subject.withBucket(versioned: true) { store, bucket in
      let store = try #require(store as? S3Store)
      let key = "ann/1/original.png"
      let form = try store.presignPost(key, in: bucket, fields: fields, sizes: 2...4, expires: 900, at: Date())
      func refused(
        _ why: Comment,
        _ bytes: [UInt8] = [1, 2, 3],
        replacing: [String: String] = [:],
        adding: [(name: String, value: String)] = [],
        without: String? = nil
      ) throws {
        let answer = try send(form, bytes, replacing: replacing, adding: adding, without: without)
        #expect((400...403).contains(answer.head.status), why)
      }
      try refused("a byte over", [1, 2, 3, 4, 5])
      try refused("a byte under", [1])
      try refused("empty", [])
      try refused("another type", replacing: ["content-type": "text/html"])
      try refused("another key", replacing: ["key": "ann/2/original.png"])
      try refused("another status", replacing: ["success_action_status": "200"])
      try refused("another name", replacing: ["x-amz-meta-original-filename": "b.png"])
      try refused("more metadata", adding: [("x-amz-meta-role", "admin")])
      try refused("no type", without: "content-type")
      try refused("no policy", without: "policy")
      try refused("another signature", replacing: ["x-amz-signature": String(repeating: "0", count: 64)])
      #expect(try store.list(bucket, prefix: "", after: nil, limit: 9).items.isEmpty)

      let answer = try send(form, [1, 2, 3, 4])
      #expect(answer.head.status == 201 && answer.head["ETag"] != nil)
      let info = try store.head(key, in: bucket)
      #expect(info.size == 4 && info.contentType == "image/png" && info.metadata["original-filename"] == "%C3%A4.png")
      #expect(String(decoding: answer.body, as: UTF8.self).contains("<Key>\(key)</Key>"))
    }
  }

  @Test func `expires at the requested second`() throws {
    try Subject.seaweedFS.withBucket { store, bucket in
      let store = try #require(store as? S3Store)
      func form(_ age: Double) throws -> PresignedForm {
        let then = Date(timeIntervalSinceNow: -age)
        return try store.presignPost("k", in: bucket, fields: fields, sizes: 1...9, expires: 900, at: then)
      }
      #expect(try send(form(901), [1]).head.status == 403)
      #expect(try send(form(850), [1]).head.status == 201)
      for seconds in [0, -1, 604_801] {
        let outcome = failure { () throws(StoreError) in
          try store.presignPost("k", in: bucket, fields: [], sizes: 1...9, expires: seconds, at: Date())
        }
        #expect(outcome != nil)
      }
    }
  }

  @Test func `uses the public endpoint, and a key that the client cannot choose`() throws {
    for (addressing, url) in [
      (S3Endpoint.Addressing.path, "https://files.example.com/b/"), (.virtualHost, "https://b.files.example.com/"),
    ] {
      let store = try liveStore(url: "https://files.example.com", addressing: addressing)
      let form = try store.presignPost("k", in: "b", fields: fields, sizes: 1...9, expires: 900, at: Date())
      #expect(form.url == url)
      #expect(store.publicURL(of: "u/\u{E4} b.png", in: "b").hasSuffix("/u/%C3%A4%20b.png"))
      let outcome = failure { () throws(StoreError) in
        try store.presignPost("u/${filename}", in: "b", fields: [], sizes: 1...9, expires: 900, at: Date())
      }
      #expect(outcome != nil)
    }
  }
}
