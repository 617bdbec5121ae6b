import Core
import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

@testable import Buckets

/// The documents on real servers.
@Suite(.serialized) struct LiveBucketTests {
  /// Both servers; moto alone if the tests run with another store than SeaweedFS.
  static let servers: [RealStore] =
    ["seaweedfs", nil].contains(ProcessInfo.processInfo.environment["STOWAGE_STORE"]) ? [.seaweedFS, .moto] : [.moto]

  @Test(arguments: servers) func `a second apply writes nothing, and an audit is clean`(server: RealStore) throws {
    let access = try server.access()
    let port = try #require(access.url.split(separator: ":").last.flatMap { Int($0) })
    let counter = try FaultyProxy(to: port)
    defer { counter.stop() }
    let fixture = try BucketFixture(server, ["STOWAGE_S3_URL": counter.url])
    defer { fixture.removeBuckets() }
    let first = try fixture.run(.apply)
    #expect(first.report.failures == 0, "\(first.lines.filter { $0.sign == .failed })")
    for bucket in fixture.settings.buckets.all {
      _ = try fixture.store.put(.bytes(Array("x".utf8)), to: "a/b", in: bucket, options: PutOptions())
      #expect(try fixture.store.bytes(of: "a/b", in: bucket, limit: 9) == Array("x".utf8))
    }
    #expect(counter.writes > 0)
    let before = counter.writes
    let second = try fixture.run(.apply)
    #expect(counter.writes == before && second.report.differences == 0 && second.report.failures == 0)
    let audit = try fixture.run(.audit)
    #expect(audit.report.differences == 0 && audit.report.failures == 0, "\(audit.lines.filter { $0.sign != .same })")
  }

  @Test(arguments: servers)
  func `a run that the network interrupts is completed by the next ones`(server: RealStore) throws {
    let access = try server.access()
    let port = try #require(access.url.split(separator: ":").last.flatMap { Int($0) })
    let proxy = try FaultyProxy(to: port)
    defer { proxy.stop() }
    let fixture = try BucketFixture(server, ["STOWAGE_S3_URL": proxy.url])
    defer { fixture.removeBuckets() }
    _ = try HTTPClient().send(HTTPRequest("GET", proxy.url + "/-/faults/8"))
    let rules = BucketRules(store: fixture.store.forSending(connections: 4), settings: fixture.settings)
    var (interrupted, isDone) = (0, false)
    while !isDone, interrupted < 200 {
      let report = try? rules.run(.apply, fixture.documents()) { _ in }
      isDone = report.map { $0.failures == 0 } ?? false
      if !isDone { interrupted += 1 }
    }
    #expect(isDone && interrupted > 0)
    _ = try HTTPClient().send(HTTPRequest("GET", proxy.url + "/-/faults/0"))
    let audit = try fixture.run(.audit)
    #expect(audit.report.differences == 0 && audit.report.failures == 0)
  }

  @Test(arguments: servers) func `an audit names every rule that was altered`(server: RealStore) throws {
    let fixture = try BucketFixture(server)
    defer { fixture.removeBuckets() }
    #expect(try fixture.run(.apply).report.failures == 0)
    var altered = 0
    for bucket in try fixture.documents() {
      for kind in DocumentKind.allCases where kind != .versioning {
        guard let live = try? fixture.store.document(kind, of: bucket.bucket) else { continue }
        for (name, document) in Alteration.all(kind, live) {
          try fixture.store.setDocument(kind, document, of: bucket.bucket)
          let found = try fixture.run(.audit, [bucket]).lines.filter { $0.kind == kind && $0.rule == name }
          #expect(found.contains { [.added, .changed].contains($0.sign) }, "\(bucket.bucket) \(kind) \(name)")
          altered += 1
        }
        try fixture.store.setDocument(kind, live, of: bucket.bucket)
      }
      #expect(try fixture.run(.audit, [bucket]).report.differences == 0)
    }
    #expect(altered >= 19)
    try fixture.store.setVersioning(false, of: fixture.settings.buckets.raw)
    #expect(
      try fixture.run(.audit).lines.contains { $0.kind == .versioning && $0.rule == "Status" && $0.sign == .changed }
    )
  }

  @Test(arguments: servers) func `a pull gives the documents back`(server: RealStore) throws {
    let fixture = try BucketFixture(server)
    defer { fixture.removeBuckets() }
    #expect(try fixture.run(.apply).report.failures == 0)
    let rules = BucketRules(store: fixture.store, settings: fixture.settings)
    var compared = 0
    for bucket in try fixture.documents() {
      let pulled = try rules.pull(bucket.bucket)
      for (kind, document) in bucket.documents {
        guard case (let wanted?, _) = rules.limits.possible(kind, document), !rules.limits.lacks(kind) else { continue }
        guard let live = pulled[kind] else {
          #expect(server == .seaweedFS && kind == .publicAccessBlock, "\(bucket.bucket) \(kind) is missing")
          continue
        }
        #expect(NormalDocument(kind, live).json == NormalDocument(kind, wanted).json, "\(bucket.bucket) \(kind)")
        compared += 1
      }
    }
    #expect(compared >= 12)
  }

  @Test(arguments: servers) func `a rule of others that deletes what must stay is a failure until it is pruned`(
    server: RealStore
  ) throws {
    let fixture = try BucketFixture(server)
    defer { fixture.removeBuckets() }
    let bucket = fixture.settings.buckets.raw
    try fixture.store.createBucket(bucket)
    let theirs = try json(
      #"{"Rules":[{"ID":"theirs","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":2}}]}"#
    )
    try fixture.store.setDocument(.lifecycle, theirs, of: bucket)
    let open = try json(
      #"{"Version":"2012-10-17","Statement":[{"Sid":"open","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::\#(bucket)/*"}]}"#
    )
    try fixture.store.setDocument(.policy, open, of: bucket)
    _ = try fixture.run(.apply)
    let audit = try fixture.run(.audit)
    let failed = audit.lines.filter { $0.sign == .failed }
    #expect(failed.map(\.rule).sorted() == ["open", "theirs"] && audit.report.failures == 2, "\(failed)")
    #expect(
      audit.lines.contains { $0.rule == "theirs" && $0.sign == .foreign && $0.text.contains("Expiration.Days: 2") }
    )
    _ = try fixture.run(.apply, isPruning: true)
    #expect(try fixture.run(.audit).report.failures == 0)
  }

  @Test(arguments: servers) func `rules of others stay until they are pruned`(server: RealStore) throws {
    let fixture = try BucketFixture(server)
    defer { fixture.removeBuckets() }
    let bucket = fixture.settings.buckets.raw
    try fixture.store.createBucket(bucket)
    let theirs = try json(
      #"{"Rules":[{"ID":"theirs","Status":"Enabled","Filter":{"Prefix":"x/"},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":9}}]}"#
    )
    try fixture.store.setDocument(.lifecycle, theirs, of: bucket)
    let cors = #"{"CORSRules":[{"AllowedOrigins":["https://old.example"],"AllowedMethods":["PUT"]}]}"#
    try fixture.store.setDocument(.cors, try json(cors), of: bucket)
    let first = try fixture.run(.apply)
    #expect(first.lines.contains { $0.rule == "theirs" && $0.sign == .foreign } && first.report.failures == 0)
    #expect(first.lines.contains { $0.kind == .cors && $0.sign == .removed }, "an origin of before does not stay")
    func names() throws -> [String?] {
      try #require(try fixture.store.document(.lifecycle, of: bucket))["Rules"]?.items.map { $0["ID"]?.string } ?? []
    }
    #expect(try names().contains("theirs") && names().contains("stowage-old-versions"))
    #expect(try fixture.run(.audit).report.differences == 0)
    let pruned = try fixture.run(.apply, isPruning: true)
    #expect(pruned.lines.contains { $0.rule == "theirs" && $0.sign == .removed })
    #expect(try !names().contains("theirs"))
  }

  @Test(arguments: servers.filter { $0 == .seaweedFS })
  func `a store that sees no TLS gets no statement that demands it`(server: RealStore) throws {
    var fixture = try BucketFixture(server, ["STOWAGE_CORS_ORIGINS": "none"])
    fixture.settings.store.url = "https://store.example.com"
    fixture.settings.store.publicURL = "https://store.example.com"
    defer { fixture.removeBuckets() }
    let applied = try fixture.run(.apply)
    #expect(applied.report.failures == 0, "\(applied.lines.filter { $0.sign == .failed })")
    let notes = applied.lines.filter { $0.rule == "StowageTLSOnly" && $0.sign == .note }
    #expect(notes.count == 4 && notes.allSatisfy { $0.text.contains("TLS proxy") })
    for bucket in fixture.settings.buckets.all {
      let policy = try fixture.store.document(.policy, of: bucket)
      #expect(policy?.json().contains("StowageProbe") != true && policy?.json().contains("SecureTransport") != true)
      #expect(try fixture.store.listVersions(bucket, prefix: "", after: nil, limit: 9).items.isEmpty)
    }
  }
}
