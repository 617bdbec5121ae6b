import Core
import Foundation
import S3
import Storage
import TestSupport
import Testing

@testable import Buckets

/// Stores that lack a call, refuse one, or go away.
@Suite struct BucketRunTests {
  private let ok = response("200 OK")
  private let forbidden = response("403 Forbidden")
  private let encryption = #"{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}"#
  private let cors = #"{"CORSRules":[{"ID":"a","AllowedMethods":["PUT"],"AllowedOrigins":["${origins}"]}]}"#

  private static func response(_ status: String, _ body: String = "", _ fields: String = "") -> ScriptedServer.Answer {
    let head =
      "ETag: \"e\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\(fields)Content-Length: \(body.utf8.count)"
    return .bytes("HTTP/1.1 \(status)\r\n\(head)\r\n\r\n\(body)")
  }

  private func answer(_ status: String, code: String) -> ScriptedServer.Answer {
    Self.response(status, "<Error><Code>\(code)</Code><Message>m</Message></Error>")
  }

  /// Applies documents of the raw bucket, by kind, to a scripted store.
  private func apply(
    _ documents: [String: String],
    to server: ScriptedServer,
    _ changes: [String: String] = [:],
    isSecure: Bool = false
  ) throws -> (report: BucketReport, lines: [BucketReport.Line]) {
    let folder = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: folder.file("raw"), withIntermediateDirectories: true)
    for (kind, text) in documents { _ = try folder.write(Array(text.utf8), to: "raw/\(kind).json") }
    var fixture = try BucketFixture(at: server.url, ["STOWAGE_STORE": "minio"].merging(changes) { $1 })
    if isSecure {
      fixture.settings.store.url = "https://store.example.com"
      fixture.settings.store.publicURL = "https://store.example.com"
    }
    let read = try DocumentFolder(folder.path, settings: fixture.settings).read([.raw])
    var lines: [BucketReport.Line] = []
    let rules = BucketRules(store: fixture.store.forSending(connections: 4), settings: fixture.settings)
    return (try rules.run(.apply, read) { lines.append($0) }, lines)
  }

  private func methods(_ server: ScriptedServer) -> [String] {
    server.requests.map { String($0.head.prefix { $0 != " " }) }
  }

  @Test func `nothing is written into a bucket of another account`() throws {
    let server = try ScriptedServer(forbidden)
    defer { server.stop() }
    let account = ["STOWAGE_STORE": "aws", "STOWAGE_AWS_ACCOUNT": "123456789012"]
    let done = try apply(["encryption": encryption], to: server, account)
    #expect(done.report.failures == 1 && done.lines.first?.text.contains("belongs to another account") == true)
    #expect(methods(server) == ["HEAD"])
    #expect(server.requests[0].head.lowercased().contains("x-amz-expected-bucket-owner: 123456789012"))
  }

  @Test func `a name that AWS reserves for the account is created in the account's namespace`() throws {
    let server = try ScriptedServer(answer("404 Not Found", code: ""), ok, answer("404 Not Found", code: ""), ok)
    defer { server.stop() }
    let names = [
      "STOWAGE_STORE": "aws", "STOWAGE_AWS_ACCOUNT": "123456789012", "STOWAGE_S3_REGION": "eu-west-1",
      "STOWAGE_BUCKET_PATTERN": "acme-{bucket}-${account}-${region}-an",
    ]
    _ = try apply([:], to: server, names)
    let request = try #require(server.requests.dropFirst().first).head.lowercased()
    #expect(request.hasPrefix("put /acme-uploads-raw-123456789012-eu-west-1-an"))
    #expect(request.contains("x-amz-bucket-namespace: account-regional") && !request.contains("expected-bucket-owner"))
  }

  @Test func `without the right to one call, the others are done`() throws {
    let found =
      "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
      + "</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
    let server = try ScriptedServer(
      ok,
      answer("403 Forbidden", code: "AccessDenied"),
      answer("404 Not Found", code: "None"),
      ok,
      Self.response("200 OK", found)
    )
    defer { server.stop() }
    let done = try apply(["versioning": #"{"Status":"Enabled"}"#, "encryption": encryption], to: server)
    #expect(done.report.failures == 1 && done.report.differences == 1)
    #expect(done.lines.contains { $0.kind == .versioning && $0.sign == .failed && $0.text.contains("AccessDenied") })
    #expect(done.lines.contains { $0.kind == .encryption && $0.sign == .added })
  }

  @Test func `a network that goes away stops the command`() throws {
    let server = try ScriptedServer(ok, .reset(after: ""))
    defer { server.stop() }
    #expect {
      try apply(["versioning": #"{"Status":"Enabled"}"#, "encryption": encryption], to: server)
    } throws: { error in
      guard case .unavailable(let detail)? = error as? StorageError else { return false }
      return detail.contains("can be repeated")
    }
    #expect(server.requests.count < 6, "one document, and one look if the store is there")
  }

  @Test(arguments: [
    ("501 Not Implemented", "NotImplemented"), ("501 Not Implemented", ""), ("400 Bad Request", "NotImplemented"),
    ("405 Method Not Allowed", "MethodNotAllowed"), ("405 Method Not Allowed", ""),
  ])
  func `a call that the store does not offer is one line`(status: String, code: String) throws {
    let refusal = answer(status, code: code)
    let server = try ScriptedServer(ok, refusal)
    defer { server.stop() }
    let documents = ["versioning": #"{"Status":"Enabled"}"#, "encryption": encryption]
    let done = try apply(documents, to: server)
    #expect(done.report.failures == 0 && done.lines.filter { $0.sign == .note }.count == 2)
    #expect(done.lines.contains { $0.text.contains("keeps a copy of each checked upload") })
  }

  @Test func `a store that takes the request for one that creates the bucket does not offer it`() throws {
    let server = try ScriptedServer(
      ok,
      Self.response("200 OK", "<BucketLoggingStatus/>"),
      answer("409 Conflict", code: "BucketAlreadyOwnedByYou")
    )
    defer { server.stop() }
    let logging = #"{"LoggingEnabled":{"TargetBucket":"${logs}","TargetPrefix":"x/"}}"#
    let amazon = ["STOWAGE_STORE": "aws"]
    let done = try apply(["logging": logging], to: server, amazon)
    #expect(done.report.failures == 0 && done.lines.last?.sign == .note && server.requests.count == 3)
    let list = try ScriptedServer(ok, Self.response("200 OK", "<ListBucketResult/>"))
    defer { list.stop() }
    #expect(try apply(["logging": logging], to: list, amazon).lines.last?.sign == .note)
    let other = try ScriptedServer(ok)
    defer { other.stop() }
    #expect(try apply(["logging": logging], to: other).lines.last?.sign == .note)
    #expect(other.requests.count == 1, "only AWS is asked for access logs")
  }

  @Test(arguments: ["*", "https://app.example.com", "https://other.example.com"])
  func `a store without CORS rules is asked by a preflight`(allowed: String) throws {
    let server = try ScriptedServer(
      ok,
      answer("501 Not Implemented", code: "NotImplemented"),
      Self.response("200 OK", "", "Access-Control-Allow-Origin: \(allowed)\r\n")
    )
    defer { server.stop() }
    let done = try apply(["cors": cors], to: server, ["STOWAGE_CORS_ORIGINS": "https://app.example.com"])
    let last = try #require(done.lines.last)
    #expect(last.sign == (allowed.contains("other") ? .failed : .note))
    #expect(last.text.contains("no CORS rules") && methods(server).last == "OPTIONS")
    #expect(done.report.failures == (allowed.contains("other") ? 1 : 0))
  }

  @Test func `a store that refuses transitions gets the other rules`() throws {
    let rule =
      "<Rule><ID>gone</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>"
      + "<NoncurrentVersionExpiration><NoncurrentDays>40</NoncurrentDays></NoncurrentVersionExpiration></Rule>"
    let server = try ScriptedServer(
      ok,
      answer("404 Not Found", code: "None"),
      answer("400 Bad Request", code: "InvalidStorageClass"),
      ok,
      Self.response("200 OK", "<LifecycleConfiguration>\(rule)</LifecycleConfiguration>")
    )
    defer { server.stop() }
    let done = try apply(
      [
        "lifecycle": #"""
        {"Rules":[{"ID":"gone","Filter":{},"Status":"Enabled","NoncurrentVersionExpiration":{"NoncurrentDays":40}},
        {"ID":"cold","Filter":{},"Status":"Enabled","Transitions":[{"Days":90,"StorageClass":"GLACIER"}]}]}
        """#
      ],
      to: server
    )
    #expect(done.report.failures == 0, "\(done.lines)")
    #expect(done.lines.contains { $0.rule == "cold" && $0.sign == .note } && done.lines.contains { $0.rule == "gone" })
    #expect(!server.requests[3].body.contains(text: "GLACIER"))
  }

  @Test(arguments: [true, false]) func `a store is tried before it gets a statement that demands TLS`(isSeen: Bool)
    throws
  {
    let policy = #"""
      {"Version":"2012-10-17","Statement":[{"Sid":"tls","Effect":"Deny","Principal":"*","Action":"s3:*",
      "Resource":"arn:aws:s3:::${bucket}","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}
      """#
    // The bucket, its policy, two objects, the trial policy, the control twice, the other object, and four removals.
    let trial = [
      ok, answer("404 Not Found", code: "None"), ok, ok, ok, ok, forbidden, isSeen ? ok : forbidden, ok, ok, ok,
    ]
    let server = try ScriptedServer(trial + [ok, answer("404 Not Found", code: "None")])
    defer { server.stop() }
    let done = try apply(["policy": policy], to: server, isSecure: true)
    let sent = server.requests.filter { $0.head.hasPrefix("PUT") && $0.head.contains("?policy") }
    #expect(sent.count == (isSeen ? 2 : 1) && sent[0].body.contains(text: "StowageProbeTLS"))
    #expect(methods(server).filter { $0 == "DELETE" }.count == 3, "the policy of the trial and both objects go")
    #expect(done.lines.contains { $0.rule == "tls" && $0.sign == .note } == !isSeen)
    if isSeen { #expect(sent[1].body.contains(text: "\"tls\"") && !sent[1].body.contains(text: "Probe")) }
    // This store has forgotten the policy when it is read back.
    #expect(done.report.failures == (isSeen ? 1 : 0))
  }

  @Test func `a field that the store drops is named`() throws {
    let folder = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: folder.file("raw"), withIntermediateDirectories: true)
    let rules = #"""
      {"TransitionDefaultMinimumObjectSize":"varies_by_storage_class",
      "Rules":[{"ID":"a","Filter":{"Prefix":""},"Status":"Enabled","NoncurrentVersionExpiration":{"NoncurrentDays":40}}]}
      """#
    _ = try folder.write(Array(rules.utf8), to: "raw/lifecycle.json")
    let fixture = try BucketFixture(.moto)
    defer { fixture.removeBuckets() }
    let documents = try DocumentFolder(folder.path, settings: fixture.settings).read([.raw])
    let done = try fixture.run(.apply, documents)
    let dropped = done.lines.filter { $0.sign == .failed }
    #expect(dropped.map(\.rule) == ["TransitionDefaultMinimumObjectSize"] && done.report.failures == 1)
  }

  @Test func `a plan writes nothing, and names missing buckets with all their rules`() throws {
    let fixture = try BucketFixture(.moto)
    let plan = try fixture.run(.plan)
    #expect(plan.lines.filter { $0.kind == nil && $0.sign == .added }.count == 4)
    #expect(plan.lines.contains { $0.rule == "stowage-old-versions" && $0.sign == .added })
    for bucket in fixture.settings.buckets.all {
      let exists = try fixture.store.bucketExists(bucket)
      #expect(!exists)
    }
    #expect(try fixture.run(.audit).report.differences == 4)
  }

  @Test func `Ceph gets no block of ACLs, and only AWS the policy of log delivery`() throws {
    let node = try BucketFixture(["STOWAGE_STORE": "ceph"])
    let ceph = try #require(try node.documents().first { $0.role == .raw })
    #expect(ceph.documents[.publicAccessBlock]??["BlockPublicAcls"] == .flag(false))
    let logs = try #require(try BucketFixture().documents().first { $0.role == .logs })
    let policy = try #require(logs.documents[.policy])
    #expect(policy?.json().contains("logging.s3.amazonaws.com") == true)
    #expect(StoreLimits(node.settings.store).possible(.policy, policy).0 == nil)
    #expect(logs.documents[.logging] == nil, "the bucket of logs does not log itself")
  }
}
