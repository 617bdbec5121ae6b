import Foundation
import Signing
import Testing

/// Comparisons with botocore, which the interpreter of `STOWAGE_PYTHON` runs.
@Suite(.enabled(if: Boto.interpreter != nil, "STOWAGE_PYTHON is not set"))
struct BotoTests {
  static let keys = [
    "plain.jpg", "a b/c d.png", "a+b&c=d?e#f.pdf", "tilde~and-._", "100%25.gif", "%2e%2e/%2F", "//two//slashes//",
    "a/../b/./c", "Grüße/写真/📷.webp", "e\u{301} and é", "quotes'\"`!*()[]{}<>|\\^", "new\nline\ttab",
    "control\u{1}\u{7F}", ";:@,$", String(repeating: "長い/", count: 250),
  ]

  @Test func `presigned URLs for awkward keys equal botocore's byte for byte`() throws {
    let cases = Self.keys.map { Boto.Presigned(operation: "get_object", key: $0, expires: 900) }
    let theirs = try Boto.signed(cases)
    for (key, url) in zip(Self.keys, theirs) {
      let path = percentEncodePath("/uploads-raw/" + key)
      let query = Boto.signer().presignedQuery(
        method: "GET",
        path: path,
        query: [],
        headers: [("host", Boto.host)],
        expires: 900,
        at: Boto.time
      )
      #expect("http://\(Boto.host)\(path)?\(query)" == url)
    }
  }

  @Test func `a presigned upload with signed headers equals botocore's byte for byte`() throws {
    let parameters: [String: Boto.Value] = [
      "ContentType": .text("image/jpeg"), "ContentLength": .number(10_485_760), "IfNoneMatch": .text("*"),
      "ChecksumSHA256": .text("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
      "Metadata": .map(["uploader-id": "u@example.org", "original-filename": "a%20b%2Bc.jpg"]),
    ]
    let sent: [(name: String, value: String)] = [
      ("X-Amz-Meta-Uploader-ID", " u@example.org "), ("If-None-Match", "*"), ("Host", Boto.host),
      ("Content-Type", "image/jpeg"), ("Content-Length", "10485760"),
      ("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
      ("x-amz-meta-original-filename", "a%20b%2Bc.jpg"),
    ]
    let url = try #require(
      try Boto.signed([
        Boto.Presigned(operation: "put_object", key: "u/1/original.jpg", expires: 60, parameters: parameters)
      ])
      .first
    )
    let query = Boto.signer().presignedQuery(
      method: "PUT",
      path: "/uploads-raw/u/1/original.jpg",
      query: [],
      headers: sent,
      expires: 60,
      at: Boto.time
    )
    #expect(url.hasSuffix("?" + query))
  }

  /// With additional parameters botocore orders the signing parameters differently.
  @Test(arguments: [nil, "FwoGZXIvYXdzE/+=="] as [String?])
  func `presigned URLs with parameters and session tokens hold botocore's parameters`(token: String?) throws {
    let parameters: [String: Boto.Value] = [
      "VersionId": .text("null+/="),
      "ResponseContentDisposition": .text("attachment; filename=\"a b&c.jpg\"; filename*=UTF-8''%E2%82%AC"),
    ]
    let url = try #require(
      try Boto.signed([
        Boto.Presigned(operation: "get_object", key: "k", expires: 604_800, parameters: parameters, token: token)
      ]).first
    )
    let query = Boto.signer(token: token).presignedQuery(
      method: "GET",
      path: "/uploads-raw/k",
      query: [
        ("versionId", "null+/="),
        ("response-content-disposition", "attachment; filename=\"a b&c.jpg\"; filename*=UTF-8''%E2%82%AC"),
      ],
      headers: [("host", Boto.host)],
      expires: 604_800,
      at: Boto.time
    )
    let parts = url.split(separator: "?", maxSplits: 1)
    #expect(parts[0] == "http://\(Boto.host)/uploads-raw/k")
    #expect(parts[1].split(separator: "&").sorted() == query.split(separator: "&").sorted())
  }

  @Test(arguments: [nil, "FwoGZXIvYXdzE/+=="] as [String?])
  func `authorization headers equal botocore's byte for byte`(token: String?) throws {
    let theirs = try Boto.signed([
      Boto.Request(
        method: "POST",
        path: "/uploads-raw/a%20b/%E2%82%AC//%2B?delete&prefix=a%2Fb&marker=",
        headers: ["Host": Boto.host, "Content-MD5": contentMD5(Array("body".utf8)), "X-Amz-Meta-N": "  a   b "],
        body: "body",
        token: token
      )
    ])
    let added = Boto.signer(token: token).headers(
      method: "POST",
      path: "/uploads-raw/a%20b/%E2%82%AC//%2B",
      query: [("delete", ""), ("prefix", "a/b"), ("marker", "")],
      headers: [("host", Boto.host), ("content-md5", "hBotaJrYa9FhFEdFPCLG/A=="), ("x-amz-meta-n", "a b")],
      payloadHash: PayloadHash.of(Array("body".utf8)),
      at: Boto.time
    )
    #expect(added.last?.value == theirs.first)
    #expect(added.map(\.name).contains("x-amz-security-token") == (token != nil))
  }
}
