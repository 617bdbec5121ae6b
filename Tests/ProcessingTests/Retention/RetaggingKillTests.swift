import Core
import Database
import Foundation
import S3
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

/// A worker that changes the tags of a user's objects on SeaweedFS, and is killed again and again.
@Suite struct RetaggingKillTests {
  private let folder: ScratchFolder
  private let database: FileDatabase
  private let server: SeaweedFS
  private let store: S3Store
  private let buckets: [String]
  private let user: UserID

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"), busySeconds: 30)
    server = try SeaweedFS.own()
    store = S3Store(
      S3Configuration(
        endpoint: try #require(S3Endpoint(server.url)),
        credentials: Credentials(accessKeyID: server.accessKey, secretAccessKey: server.secretKey)
      )
    )
    buckets = (0..<4).map { _ in SeaweedFS.freshBucketName() }
    for bucket in buckets { try store.createBucket(bucket) }
    try store.setVersioning(true, of: buckets[0])
    user = try #require(UserID("ann"))
    _ = try database.user(user, plan: .premium, quotaBytes: 1_000_000_000, at: .now)
  }

  /// Stores objects without tags, and makes their files ready.
  private func fill(_ count: Int) throws {
    let (store, database, user, raw) = (store, database, user, buckets[0])
    _ = try concurrently(4) { thread in
      for number in stride(from: thread, to: count, by: 4) {
        let claim = try UploadClaim(filename: "a.pdf", size: 9, contentType: "application/pdf", policy: UploadPolicy())
        let key = RawKey(user: user, file: FileID(at: .now), type: .pdf)
        let upload = NewUpload(key: key, claim: claim, expiresAt: .now + 900)
        try #require(database.reserve(upload, at: .now) == .reserved)
        let put = try store.put(.bytes(Array("\(100_000_000 + number)".utf8)), to: key.description, in: raw)
        try #require(try database.complete(key.file, at: .now))
        let job = try #require(try database.leaseJob(.process, of: key.file, seconds: 60, at: .now))
        let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
        let version = put.version?.description
        let publication = Publication(versionID: version, size: 9, sha256: digest, variants: [])
        try #require(try database.publish(publication, under: job, at: .now))
        try #require(try database.finish(job, at: .now))
      }
    }
  }

  /// The number of objects with the tag.
  private func tagged() throws -> Int {
    let (store, raw, tag) = (store, buckets[0], RetentionRule.tag)
    let versions = try store.allVersions(in: raw, prefix: "")
    let counts = try concurrently(8) { thread in
      try stride(from: thread, to: versions.count, by: 8).count { index in
        try store.tags(of: versions[index].key, in: raw, version: versions[index].version) == [tag.name: tag.value]
      }
    }
    return counts.reduce(0, +)
  }

  /// The number of files whose object may have the tag, as the database says.
  private func recorded() throws -> Int {
    var (count, last) = (0, FileID?.none)
    while true {
      let page = try database.readyFiles(after: last, limit: 1000)
      for file in page where try database.file(file)?.isTagged == true { count += 1 }
      guard page.count == 1000 else { return count }
      last = page.last
    }
  }

  private func worker() throws -> WatchedProcess {
    let settings = [
      "STOWAGE_ENVIRONMENT": "development", "STOWAGE_STORE": "seaweedfs", "STOWAGE_S3_URL": server.url,
      "STOWAGE_S3_ADDRESSING": "path", "STOWAGE_S3_ACCESS_KEY": server.accessKey,
      "STOWAGE_S3_SECRET_KEY": server.secretKey, "STOWAGE_BUCKET_RAW": buckets[0],
      "STOWAGE_BUCKET_PROCESSED": buckets[1], "STOWAGE_BUCKET_BACKUPS": buckets[2], "STOWAGE_BUCKET_LOGS": buckets[3],
      "STOWAGE_DATABASE_URL": "sqlite:" + folder.file("stowage.sqlite"), "STOWAGE_SOCKET_DIRECTORY": folder.path,
      "STOWAGE_TEMPORARY_DIRECTORY": folder.path, "STOWAGE_TOKEN_KEY_FILE": folder.file("keys.json"),
      "STOWAGE_IMAGES_URL": "https://img.example.com", "STOWAGE_CORS_ORIGINS": "https://app.example.com",
      "STOWAGE_SCANNER": "none", "STOWAGE_DECODER": ProcessingFixture.decoder, "STOWAGE_LEASE_SECONDS": "2",
      "STOWAGE_WORKER_THREADS": "1",
    ]
    let text = settings.map { "\($0.key)=\($0.value)\n" }.joined()
    try folder.write(Array(text.utf8), to: "stowage.env")
    let program = URL(fileURLWithPath: ProcessingFixture.decoder).deletingLastPathComponent().path + "/worker"
    return try WatchedProcess(
      ["/usr/bin/env", "-i", "STOWAGE_CONFIG=\(folder.file("stowage.env"))", program],
      in: folder.path,
      log: folder.file("worker.log")
    )
  }

  private func left() throws -> Int { try database.retagProgress(of: user).left }

  /// Kills workers while they change tags, then lets one finish.
  private func work(kills: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var hits = 0
    for _ in 0..<kills * 3 where hits < kills {
      let worker = try worker()
      // The claim of the worker that was killed before lasts up to 2 s.
      let before = try database.user(user)?.retagSince
      for _ in 0..<2000 {
        usleep(10_000)
        let claim = try database.user(user)?.retagSince
        if claim != before { break }
      }
      usleep(UInt32(Seeded.number(in: 0..<1_500_000)))
      worker.stop()
      if try left() > 0 { hits += 1 }
    }
    #expect(hits == kills, "\(hits) kills during the work", sourceLocation: sourceLocation)
    let worker = try worker()
    defer { worker.stop() }
    for _ in 0..<60_000 {
      if try database.user(user)?.retagSince == nil { return }
      usleep(10_000)
    }
    Issue.record("the work does not end", sourceLocation: sourceLocation)
  }

  @Test func `tags are exact after each change of plan, however often the worker is killed`() throws {
    defer { for bucket in buckets { try? RealStore.remove(bucket, from: store) } }
    let count = LongRun.count(10_000, reduced: 250)
    try fill(count)
    let kills = LongRun.count(5, reduced: 2)
    let start = ContinuousClock.now
    // The files came after this change, so all of them are to have the tag.
    _ = try database.change(user, plan: .standard, quotaBytes: nil, at: .now - 86_400)
    #expect(try left() == count)
    try work(kills: kills)
    #expect(try tagged() == count && recorded() == count)
    _ = try database.change(user, plan: .premium, quotaBytes: nil, at: .now)
    try work(kills: kills)
    #expect(try tagged() == 0 && recorded() == 0)
    print("\(2 * count) tags changed by workers that were killed \(2 * kills) times: \(ContinuousClock.now - start)")
  }
}
