import Core
import Database
import Foundation
import HTTP
import Signing
import TestSupport
import Testing

@testable import Processing

@Suite struct CloudFrontTests {
  typealias Answer = ScriptedServer.Answer
  private static let created = Answer.bytes("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
  private static let start = Date(timeIntervalSince1970: 1_800_000_000.25)

  private static func settings(_ url: String, distribution: String = "E2QWRUHAPOMQZL") -> CloudFrontAccess {
    CloudFrontAccess(
      CloudFrontSettings(distribution: distribution, url: url, keys: nil),
      credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "a secret")
    )
  }

  private static func refusal(_ status: String, _ code: String) -> Answer {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code></Error></ErrorResponse>"
    return .bytes("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  private func references(_ server: ScriptedServer) -> [String] {
    server.requests.compactMap { request in
      String(decoding: request.body, as: UTF8.self).firstMatch(of: /<CallerReference>([^<]+)</).map { String($0.1) }
    }
  }

  @Test func `every path of every key is listed, percent-encoded as by browsers, in a signed request`() throws {
    let server = try ScriptedServer(Self.created)
    defer { server.stop() }
    let invalidation = CloudFrontInvalidation(Self.settings(server.url))
    try invalidation.invalidate(["a@b/f/v/thumb.webp"], of: FileID(at: .now), invalidatedAt: Self.start, at: Self.start)
    let request = try #require(server.requests.first)
    #expect(request.head.hasPrefix("POST /2020-05-31/distribution/E2QWRUHAPOMQZL/invalidation HTTP/1.1"))
    #expect(request.head.contains("/us-east-1/cloudfront/aws4_request, SignedHeaders=content-type;host;x-amz-date,"))
    let body = String(decoding: request.body, as: UTF8.self)
    let paths = body.matches(of: /<Path>([^<]+)</).map { String($0.1) }
    #expect(Set(paths) == ["/images/a@b/f/v/thumb.webp", "/premium/a@b/f/v/thumb.webp", "/private/a@b/f/v/thumb.webp"])
    #expect(body.contains("<Quantity>3</Quantity>"))
  }

  @Test func `the ~ of a written user is encoded, because CloudFront refuses it in a path`() {
    #expect(CloudFrontInvalidation.encoded("auth0~7C1/f/v/thumb.webp") == "auth0%7E7C1/f/v/thumb.webp")
  }

  @Test func `a repeated request is the same invalidation, another round or other paths make another one`() throws {
    let server = try ScriptedServer(Self.created)
    defer { server.stop() }
    let invalidation = CloudFrontInvalidation(Self.settings(server.url))
    let file = FileID(at: .now)
    for (keys, seconds) in [(["k"], 0.0), (["k"], 4), (["k"], 6), (["k"], 45), (["k"], 900), (["k", "l"], 900)] {
      try invalidation.invalidate(keys, of: file, invalidatedAt: Self.start, at: Self.start + seconds)
    }
    let references = references(server)
    #expect(references.count == 6 && Set(references[0...2]).count == 1 && Set(references[3...4]).count == 1)
    #expect(Set(references).count == 3 && references.allSatisfy { $0.hasPrefix("\(file)-") && $0.utf8.count <= 128 })
    try invalidation.invalidate(["k"], of: file, invalidatedAt: Self.start + 1, at: Self.start + 1)
    #expect(self.references(server).last != references[0], "another withdrawal")
  }

  @Test func `each request is signed by the credentials of its time, and none is sent without`() throws {
    struct Rotating: CredentialSource {
      func credentials(lasting seconds: Int, at now: Date) throws(CredentialError) -> Credentials {
        guard now < CloudFrontTests.start + 100 else { throw CredentialError("the provider is away") }
        let name = now < CloudFrontTests.start + 10 ? "OLD" : "NEW"
        return Credentials(accessKeyID: name, secretAccessKey: "a secret", sessionToken: "token-\(name)")
      }
    }
    let server = try ScriptedServer(Self.created)
    defer { server.stop() }
    let settings = CloudFrontSettings(distribution: "E2QWRUHAPOMQZL", url: server.url, keys: nil)
    let invalidation = CloudFrontInvalidation(CloudFrontAccess(settings, credentials: Rotating()))
    func invalidate(after seconds: Double) throws {
      let now = Self.start + seconds
      try invalidation.invalidate(["k"], of: FileID(at: .now), invalidatedAt: Self.start, at: now)
    }
    for seconds in [0.0, 20] { try invalidate(after: seconds) }
    for (request, name) in zip(server.requests, ["OLD", "NEW"]) {
      #expect(request.head.contains("Credential=\(name)/") && request.head.contains("token-\(name)"))
    }
    #expect {
      try invalidate(after: 200)
    } throws: { error in
      guard case .outOfReach(let detail)? = error as? JobError else { return false }
      return detail == "CloudFront: credentials: the provider is away"
    }
    #expect(server.requests.count == 2)
  }

  @Test func `more paths than fit into one request become several requests`() throws {
    let server = try ScriptedServer(Self.created)
    defer { server.stop() }
    let keys = (0..<500).map { "ann/f/\($0)/thumb.webp" }
    try CloudFrontInvalidation(Self.settings(server.url)).invalidate(
      keys,
      of: FileID(at: .now),
      invalidatedAt: Self.start,
      at: Self.start
    )
    let counts = server.requests.map { String(decoding: $0.body, as: UTF8.self).matches(of: /<Path>/).count }
    #expect(counts == [1000, 500] && Set(references(server)).count == 2)
  }

  @Test(arguments: [
    (Self.refusal("400 Bad Request", "TooManyInvalidationsInProgress"), "TooManyInvalidationsInProgress"),
    (Self.refusal("400 Bad Request", "Throttling"), "Throttling"),
    (Self.refusal("503 Slow", "ServiceUnavailable"), "503"),
    (Self.refusal("403 Forbidden", "AccessDenied"), "AccessDenied"), (.reset(after: ""), "CloudFront"),
    (.bytes("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), "without a code"),
    (.cut(after: "HTTP/1.1 2"), "CloudFront"),
  ])
  func `if CloudFront does not accept a request, it is tried again, and the nodes are purged too`(
    answer: Answer,
    word: String
  ) throws {
    let fixture = try ProcessingFixture()
    let cloud = try ScriptedServer(answer, Self.created)
    let node = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    defer {
      cloud.stop()
      node.stop()
    }
    let file = try fixture.upload()
    try #require(try fixture.next() == .ready)
    let record = try fixture.record(file)
    let job = try #require(try fixture.database.leaseJob(.render, of: file, seconds: 3600, at: .now))
    let rest = record.variants.filter { $0.name != .medium }
    try #require(try fixture.database.refresh(rest, of: try #require(record.sha256), under: job, at: .now))
    try #require(try fixture.database.finish(job, at: .now))
    let worker = Processor(try fixture.parts(cacheNodes: [node.url], cloudFront: Self.settings(cloud.url)))
    let outcome = try #require(try worker.runIfAvailable(.purge, of: file))
    #expect(outcome.isPostponed && outcome.detail?.contains(word) == true)
    #expect(outcome.detail?.contains("a secret") == false)
    #expect(node.requests.count == record.variants.count * 3)
    #expect(try fixture.database.job(.purge, of: file)?.state == .queued)
  }

  @Test func `moto's CloudFront accepts the request, with every path`() throws {
    let moto = try Moto.shared()
    let made = try ask(moto, "POST", "", Self.distribution)
    let distribution = try #require(made.firstMatch(of: /<Id>([A-Z0-9]+)</)?.1)
    let keys = ["ann/f/v/thumb.webp", "ann/f/v/medium.webp"]
    try CloudFrontInvalidation(Self.settings(moto.url, distribution: String(distribution))).invalidate(
      keys,
      of: FileID(at: .now),
      invalidatedAt: Self.start,
      at: .now
    )
    let listed = try ask(moto, "GET", "/\(distribution)/invalidation")
    let invalidation = try #require(listed.firstMatch(of: /<Id>([A-Z0-9]+)</)?.1)
    let shown = try ask(moto, "GET", "/\(distribution)/invalidation/\(invalidation)")
    let paths = Set(shown.matches(of: /<Path>([^<]+)</).map { String($0.1) })
    #expect(paths == Set(keys.flatMap { key in ["images", "premium", "private"].map { "/\($0)/\(key)" } }))
  }

  private static let distribution = """
    <DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">\
    <CallerReference>\(UUID())</CallerReference><Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id>\
    <DomainName>files.example.com</DomainName></Origin></Items></Origins><DefaultCacheBehavior>\
    <TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>https-only</ViewerProtocolPolicy></DefaultCacheBehavior>\
    <Comment>images</Comment><Enabled>true</Enabled></DistributionConfig>
    """

  /// Returns the response of moto, which checks only the service name of a signature.
  private func ask(_ moto: Moto, _ method: String, _ path: String, _ body: String? = nil) throws -> String {
    let scope =
      "AWS4-HMAC-SHA256 Credential=A/20270101/us-east-1/cloudfront/aws4_request, SignedHeaders=host, Signature=0"
    let request = HTTPRequest(
      method,
      "\(moto.url)/2020-05-31/distribution\(path)",
      headers: [("authorization", scope), ("content-type", "text/xml")],
      body: body.map { .bytes(Array($0.utf8)) } ?? .none
    )
    return String(decoding: try HTTPClient().send(request).body, as: UTF8.self)
  }
}
