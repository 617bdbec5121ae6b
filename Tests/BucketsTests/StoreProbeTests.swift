import Core
import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

@testable import Buckets

/// Probes of real stores, and of stores that refuse, stall or forget.
///
/// Tests of other processes can probe the same SeaweedFS, so each test counts the buckets of its requests alone.
@Suite(.serialized) struct StoreProbeTests {
  /// A proxy before a server, which notes the requests.
  private func watched(
    _ server: RealStore,
    judge: @escaping @Sendable (_ line: String) -> FaultyProxy.Verdict = { _ in .pass }
  ) throws -> FaultyProxy {
    let access = try server.access()
    return try FaultyProxy(to: try #require(access.url.split(separator: ":").last.flatMap { Int($0) }), judge: judge)
  }

  /// A probe that waits for rules on SeaweedFS; moto obeys a rule at once or never.
  private func probe(_ server: RealStore, _ fixture: BucketFixture) -> StoreProbe {
    StoreProbe(store: fixture.store, settings: fixture.settings, ruleSeconds: server == .moto ? 1 : 10)
  }

  private func states(_ capabilities: StoreCapabilities, _ state: ProbeResult.State) -> Set<StoreCapability> {
    Set(capabilities.results.filter { $0.state == state }.map(\.capability))
  }

  /// The scratch buckets of the requests so far.
  private func scratchBuckets(_ proxy: FaultyProxy) -> Set<String> {
    Set(proxy.lines.compactMap { $0.firstMatch(of: /^PUT \/(stowage-probe-[^\/? ]+)/).map { String($0.1) } })
  }

  private func remaining(_ proxy: FaultyProxy, of store: S3Store) throws -> Set<String> {
    scratchBuckets(proxy).intersection(try store.bucketNames())
  }

  @Test(arguments: LiveBucketTests.servers) func `a probe tells what a real store can, and leaves nothing`(
    server: RealStore
  ) throws {
    let proxy = try watched(server)
    defer { proxy.stop() }
    let fixture = try BucketFixture(server, ["STOWAGE_S3_URL": proxy.url])
    let found = try probe(server, fixture).run(at: .now)
    #expect(found.results.map(\.capability) == StoreCapability.allCases)
    switch server {
    case .moto:
      #expect(states(found, .unknown) == [.policyTLS])
      #expect(
        states(found, .cannot) == [
          .signatures, .signedLength, .unsignedHeaders, .formUpload, .checksums, .lifecycleSize, .lifecycleMinimumSize,
          .policyObeyed, .eventBridge,
        ]
      )
      #expect(found.isUnfit && found.dangers.contains { $0.hasPrefix("Stowage with anything but tests") })
    default:
      #expect(states(found, .unknown).isEmpty)
      #expect(
        states(found, .cannot) == [
          .controlCharacters, .doubleSlash, .lifecycleMoves, .policyTLS, .publicAccessBlock, .logging, .eventBridge,
        ]
      )
      #expect(!found.isUnfit)
    }
    #expect(found.leftBehind.isEmpty && scratchBuckets(proxy).count == 2)
    #expect(try remaining(proxy, of: fixture.store) == [])
    let others = proxy.lines.filter { !$0.contains("/stowage-probe-") && !$0.hasPrefix("GET /") }
    #expect(others.isEmpty, "no other bucket is changed: \(others)")
  }

  @Test(arguments: LiveBucketTests.servers)
  func `a stopped probe removes its buckets, and the rest is unknown`(server: RealStore) throws {
    let proxy = try watched(server)
    defer { proxy.stop() }
    let fixture = try BucketFixture(server, ["STOWAGE_S3_URL": proxy.url])
    var (seen, during) = (0, 0)
    let found = try StoreProbe(store: fixture.store, settings: fixture.settings).run(
      at: .now,
      isStopped: { seen >= 25 },
      report: { _ in
        seen += 1
        if seen == 25 { during = (try? remaining(proxy, of: fixture.store).count) ?? 0 }
      }
    )
    #expect(during == 2, "the buckets exist during the run")
    #expect(states(found, .unknown).count == StoreCapability.allCases.count - 25)
    #expect(try found.leftBehind.isEmpty && remaining(proxy, of: fixture.store).isEmpty)
  }

  @Test(arguments: LiveBucketTests.servers)
  func `scratch buckets of a killed run go after an hour, and others stay`(server: RealStore) throws {
    let store = try BucketFixture(server).store
    let word = UUID().uuidString.lowercased().replacing("-", with: "").prefix(20)
    let seconds = Int(Date.now.timeIntervalSince1970)
    let old = "stowage-probe-\(seconds - 4000)-\(word)-v"
    let young = "stowage-probe-\(seconds - 3000)-\(word)-p"
    let theirs = "stowage-probe-\(seconds - 4000)-of-\(word)"
    for bucket in [old, young, theirs] { try store.createBucket(bucket) }
    defer { for bucket in [old, young, theirs] { try? RealStore.remove(bucket, from: store) } }
    try store.setVersioning(true, of: old)
    for name in ["a", "a", "b/\u{1}c"] { _ = try store.put(.bytes([1]), to: "stowage-probe/x/\(name)", in: old) }
    try store.delete("stowage-probe/x/a", in: old)
    _ = try store.createMultipartUpload("stowage-probe/x/parts", in: old)
    let denial = """
      {"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Deny","Principal":"*","Action":"s3:GetObject",
       "Resource":"arn:aws:s3:::\(old)/*"}]}
      """
    try store.setDocument(.policy, try json(denial), of: old)
    let noted = ProbeScratch.removeOldBuckets(of: store, at: .now).filter { $0.contains(word) }
    // A probe of another process can be first on a SeaweedFS that tests share.
    if server == .moto { #expect(noted == ["the scratch bucket \(old) of an earlier run is removed"]) }
    for _ in 0..<100 where try store.bucketExists(old) { Thread.sleep(forTimeInterval: 0.1) }
    #expect(try !store.bucketExists(old), "\(noted)")
    #expect(try store.bucketExists(young) && store.bucketExists(theirs))
  }

  @Test(arguments: LiveBucketTests.servers)
  func `objects of a killed run go from the raw bucket after an hour`(server: RealStore) throws {
    let fixture = try BucketFixture(server)
    let (store, raw) = (fixture.store, fixture.settings.buckets.raw)
    try store.createBucket(raw)
    defer { fixture.removeBuckets() }
    for key in ["stowage-probe/y/a", "file"] { _ = try store.put(.bytes([1]), to: key, in: raw) }
    #expect(ProbeScratch.removeOldObjects(of: store, in: raw, at: .now).isEmpty, "they are young")
    let noted = ProbeScratch.removeOldObjects(of: store, in: raw, at: Date(timeIntervalSinceNow: 4000))
    #expect(noted == ["1 objects of an earlier run below \(raw)/stowage-probe/ are removed"])
    #expect(try store.list(raw, prefix: "", after: nil, limit: 9).items.map(\.key) == ["file"])
  }

  @Test func `a name is a scratch bucket's only if all of it fits`() {
    let word = String(repeating: "a", count: 20)
    #expect(
      ProbeScratch.time(of: "stowage-probe-1800000000-\(word)-p") == Date(timeIntervalSince1970: 1_800_000_000)
    )
    for name in [
      "stowage-probe-1800000000-\(word)", "stowage-probe-1-\(word)-p", "x-stowage-probe-1800000000-\(word)-p",
    ] { #expect(ProbeScratch.time(of: name) == nil, "\(name)") }
  }

  @Test(arguments: LiveBucketTests.servers)
  func `without the right to create buckets, the raw bucket serves, and its rules stay unknown`(server: RealStore)
    throws
  {
    let proxy = try watched(server) { $0.hasPrefix("PUT /stowage-probe-") ? .refuse : .pass }
    defer { proxy.stop() }
    let fixture = try BucketFixture(server, ["STOWAGE_S3_URL": proxy.url])
    let raw = fixture.settings.buckets.raw
    try fixture.store.createBucket(raw)
    try fixture.store.setVersioning(true, of: raw)
    defer { fixture.removeBuckets() }
    let found = try probe(server, fixture).run(at: .now)
    #expect(found[.objects] == .can && found[.versions] == .can && found[.tagsOfVersion] == .can)
    let rules = StoreCapability.allCases.drop { $0 != .cors }
    #expect(states(found, .unknown) == Set(rules + [.conditionalPut]))
    let reasons = Set(found.results.filter { $0.state == .unknown }.map(\.answer))
    #expect(reasons == ["no scratch bucket: 403 AccessDenied"])
    #expect(
      try found.leftBehind.isEmpty && fixture.store.listVersions(raw, prefix: "", after: nil, limit: 9).items.isEmpty
    )
    let writes = proxy.lines.filter { $0.hasPrefix("PUT /\(raw)?") }
    #expect(writes.count == 1, "versioning by the test alone: \(writes)")
  }

  @Test(arguments: LiveBucketTests.servers)
  func `a store that stops answering ends the run in time, and its buckets go`(server: RealStore) throws {
    let proxy = try watched(server) { $0.hasPrefix("PUT /") && $0.contains("/stowage-probe/") ? .hang : .pass }
    defer { proxy.stop() }
    let fixture = try BucketFixture(server, ["STOWAGE_S3_URL": proxy.url])
    let start = ContinuousClock.now
    let found = try StoreProbe(store: fixture.store, settings: fixture.settings, requestSeconds: 4).run(at: .now)
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(states(found, .unknown).count == StoreCapability.allCases.count)
    #expect(found.results[0].answer == "no answer in time")
    #expect(found.results.last?.answer.contains("stopped answering") == true)
    #expect(try found.leftBehind.isEmpty && remaining(proxy, of: fixture.store).isEmpty)
  }

  @Test(arguments: LiveBucketTests.servers)
  func `an apply with a probe's file sends nothing that the store refuses`(server: RealStore) throws {
    let proxy = try watched(server)
    defer { proxy.stop() }
    // Without the knowledge of its kind, only the file tells what SeaweedFS cannot do.
    let fixture = try BucketFixture(server, ["STOWAGE_S3_URL": proxy.url, "STOWAGE_STORE": "aws"])
    defer { fixture.removeBuckets() }
    let found = try probe(server, fixture).run(at: .now)
    let before = proxy.lines.count
    let rules = BucketRules(store: fixture.store, settings: fixture.settings, capabilities: found)
    var notes: [BucketReport.Line] = []
    let applied = try rules.run(.apply, fixture.documents()) { if $0.sign == .note { notes.append($0) } }
    #expect(applied.failures == 0)
    let sent = proxy.lines.dropFirst(before)
    if server == .moto {
      #expect(notes.contains { $0.rule == "TransitionDefaultMinimumObjectSize" })
    } else {
      for (subresource, kind) in [("publicAccessBlock", DocumentKind.publicAccessBlock), ("logging", .logging)] {
        #expect(!sent.contains { $0.contains("?\(subresource)=") }, "\(subresource)")
        #expect(notes.contains { $0.kind == kind }, "\(kind)")
      }
      #expect(notes.contains { $0.rule == "stowage-infrequent-access" })
    }
    #expect(try rules.run(.audit, fixture.documents()) { _ in }.differences == 0)
  }

  @Test func `a store that is not there is said so`() throws {
    let fixture = try BucketFixture(at: "http://127.0.0.1:\(try LocalPort.free())")
    #expect {
      _ = try StoreProbe(store: fixture.store, settings: fixture.settings).run(at: .now)
    } throws: { error in
      guard case .unavailable(let detail)? = error as? StorageError else { return false }
      return detail.contains("the store at http://127.0.0.1")
    }
  }
}
