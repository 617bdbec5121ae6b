import Core
import Foundation
import S3
import Storage
import TestSupport
import Testing

@testable import Buckets

/// The rules of the raw bucket, executed by SeaweedFS itself over objects that are made old.
@Suite(
  .enabled(if: ["seaweedfs", nil].contains(ProcessInfo.processInfo.environment["STOWAGE_STORE"])),
  .serialized
)
struct LifecycleExecutionTests {
  private let server: SeaweedFS
  private let fixture: BucketFixture
  private var raw: String { fixture.settings.buckets.raw }

  init() throws {
    server = try SeaweedFS.own()
    fixture = try BucketFixture(
      at: server.url,
      key: server.accessKey,
      secret: server.secretKey,
      ["STOWAGE_STORE": "seaweedfs"]
    )
    let applied = try fixture.run(.apply, fixture.documents().filter { $0.role == .raw })
    try #require(applied.report.failures == 0, "\(applied.lines.filter { $0.sign == .failed })")
  }

  private func put(_ key: String, tags: [String: String] = [:]) throws {
    let result = try fixture.store.put(.bytes(Array(key.utf8)), to: key, in: raw, options: PutOptions())
    if !tags.isEmpty { try fixture.store.setTags(tags, of: key, in: raw, version: result.version) }
  }

  /// Lets days pass, executes the rules, and returns what is left of `key`, newest first: `marker` or `version`.
  private func later(_ days: Int, readsAll: Bool = true) throws -> (String) throws -> [String] {
    try server.age(raw, byDays: days)
    try server.runLifecycle(readsAll: readsAll)
    return { key in
      try fixture.store.versions(of: key, in: raw).map { $0.isDeleteMarker ? "marker" : "version" }
    }
  }

  @Test func `after a year, tagged objects get a marker and go 31 days later; all others stay`() throws {
    defer { fixture.removeBuckets() }
    let standard = ["retention": "standard"]
    for number in 0..<8 {
      try put("ann/\(number)/standard.jpg", tags: standard)
      try put("ann/\(number)/premium.jpg")
    }
    try put("ann/other.jpg", tags: ["retention": "premium"])
    try put("ann/upgraded.jpg", tags: standard)
    try fixture.store.removeTags(of: "ann/upgraded.jpg", in: raw)
    let exempt = (0..<8).map { "ann/\($0)/premium.jpg" } + ["ann/other.jpg", "ann/upgraded.jpg"]
    func expect(_ wanted: [String], after days: Int) throws {
      let left = try later(days)
      for number in 0..<8 { #expect(try left("ann/\(number)/standard.jpg") == wanted) }
      for key in exempt { #expect(try left(key) == ["version"], "\(key)") }
    }
    try expect(["version"], after: 364)
    try put("ann/young.jpg", tags: standard)
    try expect(["marker", "version"], after: 2)
    try expect(["marker", "version"], after: 30)
    try expect([], after: 2)
    #expect(try later(0)("ann/young.jpg") == ["version"])
  }

  @Test func `an object that is tagged after its year gets its marker when all objects are read again`() throws {
    defer { fixture.removeBuckets() }
    try put("ann/late.jpg")
    #expect(try later(500)("ann/late.jpg") == ["version"])
    try fixture.store.setTags(["retention": "standard"], of: "ann/late.jpg", in: raw)
    #expect(try later(0)("ann/late.jpg") == ["marker", "version"])
  }

  @Test func `a run that reads changes alone deletes no current object of a bucket with versions`() throws {
    // A limit of SeaweedFS 4.48: `stowage cleanup` is the rule there. When this test fails, the limit is gone.
    defer { fixture.removeBuckets() }
    _ = try later(0)
    try put("ann/standard.jpg", tags: ["retention": "standard"])
    #expect(try later(500, readsAll: false)("ann/standard.jpg") == ["version"])
    #expect(try later(1, readsAll: false)("ann/standard.jpg") == ["version"])
    #expect(try later(0)("ann/standard.jpg") == ["marker", "version"])
  }

  @Test func `a version goes 31 days after another one or a marker covered it, then the marker goes`() throws {
    defer { fixture.removeBuckets() }
    _ = try later(0)
    try put("ann/overwritten.jpg")
    try put("ann/deleted.jpg")
    #expect(try later(100, readsAll: false)("ann/overwritten.jpg") == ["version"])
    try put("ann/overwritten.jpg")
    try fixture.store.delete("ann/deleted.jpg", in: raw)
    var left = try later(30, readsAll: false)
    #expect(try left("ann/overwritten.jpg") == ["version", "version"])
    #expect(try left("ann/deleted.jpg") == ["marker", "version"])
    left = try later(2, readsAll: false)
    #expect(try left("ann/overwritten.jpg") == ["version"])
    #expect(try ![["version"], ["marker", "version"]].contains(left("ann/deleted.jpg")))
    #expect(try later(0, readsAll: false)("ann/deleted.jpg") == [])
  }

  @Test func `a multipart upload that nobody completed is aborted after 7 days`() throws {
    defer { fixture.removeBuckets() }
    _ = try later(0)
    let upload = try fixture.store.createMultipartUpload("ann/film.mp4", in: raw)
    _ = try fixture.store.uploadPart(.bytes([1, 2, 3]), number: 1, to: "ann/film.mp4", in: raw, upload: upload)
    func open() throws -> Int {
      try fixture.store.listMultipartUploads(raw, prefix: "", after: nil, limit: 9).items.count
    }
    _ = try later(6, readsAll: false)
    #expect(try open() == 1)
    _ = try later(2, readsAll: false)
    #expect(try open() == 0)
  }
}
