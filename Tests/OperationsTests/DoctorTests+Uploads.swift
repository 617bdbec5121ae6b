import Assembly
import Core
import Foundation
import S3
import Storage
import TestSupport
import Testing

@testable import Operations

/// The doctor's upload tests, on real stores.
@Suite struct DoctorUploadTests {
  private let node: DoctorFixture

  init() throws {
    node = try DoctorFixture()
    node.usesMemoryStore = false
    node.triesUploads = true
  }

  /// Returns the findings on `server` with these settings, and removes all test objects.
  private func findings(on server: RealStore, _ changes: [String: String]) throws -> [Finding] {
    var found: [Finding] = []
    try server.withBucket { store, bucket in
      let (url, key, secret) = try server.access()
      node.changes = [
        "STOWAGE_S3_URL": url, "STOWAGE_S3_ACCESS_KEY": key, "STOWAGE_S3_SECRET_KEY": secret,
        "STOWAGE_BUCKET_RAW": bucket, "STOWAGE_BUCKET_PROCESSED": bucket,
      ].merging(changes) { $1 }
      found = try node.examine().filter { $0.part == "uploads" }
      #expect(try store.listVersions(bucket, prefix: "", after: nil, limit: 9).items.isEmpty, "nothing stays")
    }
    return found
  }

  private func words(_ findings: [Finding]) -> String {
    findings.map { "\($0.text) \($0.advice ?? "")" }.joined(separator: "\n")
  }

  @Test(arguments: RealStore.strict) func `a guarded upload is not changed by added headers`(server: RealStore)
    throws
  {
    let found = try findings(on: server, ["STOWAGE_STORE": server == .given ? "ceph" : "seaweedfs"])
    #expect(found.map(\.status) == [.good], "\(words(found))")
    for header in ["x-amz-acl", "x-amz-grant-read 40", "x-amz-copy-source 40"] {
      #expect(words(found).contains(header), "\(words(found))")
    }
  }

  @Test func `a store that obeys unsigned headers is reported, with those headers`() throws {
    let open = ["STOWAGE_S3_UPLOAD_ACL": "none", "STOWAGE_S3_UNSIGNED_HEADERS": "refused"]
    let found = try findings(on: .moto, open)
    #expect(found.map(\.status) == [.bad, .bad, .bad], "\(words(found))")
    for word in ["x-amz-acl", "x-amz-grant-read", "x-amz-copy-source", "STOWAGE_S3_UPLOAD_ACL=private"] {
      #expect(words(found).contains(word), "\(word)")
    }
    #expect(words(found).contains("STOWAGE_S3_UNSIGNED_HEADERS=obeyed"))
  }

  @Test(.enabled(if: RealStore.isGiven, "STOWAGE_TEST_S3_URL names no server"))
  func `each missing guard is reported`() throws {
    let ceph = ["STOWAGE_STORE": "ceph"]
    let noList = try findings(on: .given, ceph.merging(["STOWAGE_S3_UPLOAD_ACL": "none"]) { $1 })
    let noGuard = try findings(on: .given, ceph.merging(["STOWAGE_S3_UNSIGNED_HEADERS": "refused"]) { $1 })
    for (found, word) in [(noList, "x-amz-acl"), (noGuard, "x-amz-copy-source")] {
      // A store that refuses the header itself needs no guard.
      #expect(found.allSatisfy { $0.status == .good } || words(found).contains(word), "\(words(found))")
    }
  }

  @Test func `a store that refuses a correctly signed upload is reported as unusable`() throws {
    let keys = ["STOWAGE_S3_UPLOAD_ACCESS_KEY": "nobody", "STOWAGE_S3_UPLOAD_SECRET_KEY": "wrong"]
    let found = try findings(on: .seaweedFS, keys.merging(["STOWAGE_STORE": "seaweedfs"]) { $1 })
    #expect(found.map(\.status) == [.bad] && words(found).contains("403"), "\(words(found))")
    #expect(words(found).contains("STOWAGE_S3_UPLOAD_ACCESS_KEY"))
  }
}
