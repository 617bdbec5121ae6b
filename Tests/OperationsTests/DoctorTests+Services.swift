import Assembly
import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Operations

extension DoctorTests {
  private func lease(_ kind: JobKind, in database: FileDatabase, at now: Date) throws -> LeasedJob {
    let user = try #require(UserID("alice"))
    _ = try database.user(user, plan: .standard, quotaBytes: 1000, at: now)
    let claim = try UploadClaim(filename: "a.jpg", size: 1, contentType: "image/jpeg", policy: UploadPolicy())
    let key = RawKey(user: user, file: FileID(at: now), type: .jpeg)
    _ = try database.reserve(NewUpload(key: key, claim: claim, expiresAt: now + 900), at: now)
    return try #require(try database.leaseJob(kind, of: key.file, seconds: 60, at: now))
  }

  @Test func `jobs that are postponed again and again`() throws {
    let (database, start) = (try node.application().database, Date.now)
    let job = try lease(.process, in: database, at: start)
    _ = try database.release(job, retryAt: start + 90, countsAsFailure: false, error: "scanner: away")
    #expect(try node.complaints(at: start + 30).isEmpty)
    try expectOne(.warning, "jobs", "1 postponed", "the oldest stored", advice: "log", at: start + 80)
  }

  @Test func `failed jobs of any kind`() throws {
    let (database, start) = (try node.application().database, Date.now)
    let job = try lease(.render, in: database, at: start)
    try #require(try database.fail(job, error: "decoder: broken", at: start))
    try expectOne(.warning, "jobs", "1 job failed", advice: "stowage jobs retry --failed", at: start)
  }

  @Test func `a cache node that does not answer, or is not a private listener`() throws {
    let well = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    let other = try ScriptedServer(.bytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
    defer {
      well.stop()
      other.stop()
    }
    node.changes["STOWAGE_CACHE_NODES"] = "\(well.url), \(other.url)"
    try expectOne(.bad, "cache", other.url, "404", advice: "STOWAGE_CACHE_NODES")
    #expect(well.requests.first?.head.hasPrefix("GET /image/health/live ") == true)
    node.changes["STOWAGE_CACHE_NODES"] = "http://127.0.0.1:9"
    try expectOne(.bad, "cache", "http://127.0.0.1:9", advice: "10 minutes")
  }
}
