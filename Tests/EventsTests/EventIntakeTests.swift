import Core
import Database
import Events
import Foundation
import TestSupport
import Testing

@Suite struct EventIntakeTests {
  private let folder: ScratchFolder
  private let database: FileDatabase
  private let intake: EventIntake
  private let user: UserID

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    intake = EventIntake(bucket: "raw", database: database)
    user = try #require(UserID("ann"))
    _ = try database.user(user, plan: .standard, quotaBytes: 1_000_000, at: .now)
  }

  private func pending() throws -> RawKey {
    let claim = try UploadClaim(filename: "a.jpg", size: 9, contentType: "image/jpeg", policy: UploadPolicy())
    let key = RawKey(user: user, file: FileID(at: .now), type: .jpeg)
    #expect(try database.reserve(NewUpload(key: key, claim: claim, expiresAt: .now + 900), at: .now) == .reserved)
    return key
  }

  private func event(_ key: some CustomStringConvertible, bucket: String = "raw") -> StorageEvent {
    StorageEvent(bucket: bucket, key: key.description)
  }

  private func queued() throws -> Int { try database.jobStatistics(at: .now).queued }

  @Test func `each known upload gets one job, and the same event again changes nothing`() throws {
    let keys = try (0..<3).map { _ in try pending() }
    let events = keys.map { event($0) }
    let receipt = try intake.take(events, at: .now)
    #expect(receipt.accepted == 3 && receipt.ignored.isEmpty)
    _ = try intake.take(events + events, at: .now)
    #expect(try queued() == 3)
  }

  @Test func `an event changes no file, and its contents are not trusted`() throws {
    let key = try pending()
    _ = try intake.take([event(key)], at: .now)
    #expect(try database.file(key.file)?.state == .pending)
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `an event about another object makes no job, and the receipt says why`() throws {
    let key = try pending()
    let stranger = RawKey(user: try #require(UserID("bob")), file: key.file, type: .jpeg)
    let unknown = RawKey(user: user, file: FileID(at: .now), type: .jpeg)
    let otherType = RawKey(user: user, file: key.file, type: .png)
    let cases: [(StorageEvent, String)] = [
      (event(key, bucket: "processed"), "unknown_bucket"), (event(key, bucket: ""), "unknown_bucket"),
      (event(key, bucket: "RAW"), "unknown_bucket"), (event(stranger), "unknown_file"),
      (event(unknown), "unknown_file"),
      (event(otherType), "unknown_file"), (event(""), "foreign_key"), (event("/\(key)"), "foreign_key"),
      (event("\(key)/"), "foreign_key"), (event("\(key)\0"), "foreign_key"), (event("../\(key)"), "foreign_key"),
      (event(key.description.uppercased()), "foreign_key"), (event(key.kept), "foreign_key"),
      (event("doctor/1"), "foreign_key"), (event(String(repeating: "a/", count: 10_000)), "foreign_key"),
    ]
    let receipt = try intake.take(cases.map(\.0), at: .now)
    #expect(receipt.accepted == 0)
    #expect(receipt.ignored.map(\.reason) == cases.map(\.1))
    #expect(zip(receipt.ignored, cases).allSatisfy { $0.key == $1.0.key && $0.bucket == $1.0.bucket })
    #expect(try queued() == 0)
  }

  @Test func `an event finds a migrated file by its key, and leaves its first check to the migration`() throws {
    let keys = ["ann/a", "ann/a/b", "ann/\(FileID(at: .now))/original.jpg", "ann/\u{E9}"]
    let files = keys.map { key in
      NewMigratedFile(
        id: FileID(at: .now),
        user: user,
        filename: "a",
        contentType: "text/plain",
        size: 1,
        rawKey: key,
        createdAt: .now,
        migration: "run-1"
      )
    }
    #expect(try database.beginMigratedFiles(files, at: .now) == [.done, .done, .done, .done])
    let receipt = try intake.take(keys.map { event($0) } + [event("ann/ab"), event("ann/e\u{301}")], at: .now)
    let waiting = Array(repeating: "migrated_file", count: 4)
    #expect(receipt.accepted == 0 && receipt.ignored.map(\.reason) == waiting + ["foreign_key", "foreign_key"])
    #expect(try database.abandonMigratedFiles(files.map(\.id), at: .now) == [.done, .done, .done, .done])
    #expect(try intake.take(keys.map { event($0) }, at: .now).accepted == 4)
    #expect(try queued() == 4)
  }

  @Test func `an event about a deletion makes a job for a ready file alone, and for the key of its checked bytes`()
    throws
  {
    func ready(version: String?) throws -> RawKey {
      let key = try pending()
      _ = try database.enqueue(for: [key.file], at: .now)
      let job = try #require(try database.leaseJob(.process, of: key.file, seconds: 60, at: .now))
      _ = try database.receive(key.file, at: .now)
      let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
      let publication = Publication(versionID: version, size: 9, sha256: digest, variants: [])
      try #require(try database.publish(publication, under: job, at: .now))
      try #require(try database.finish(job, at: .now))
      return key
    }
    func event(_ key: String, _ change: StorageEvent.Change) -> StorageEvent {
      StorageEvent(bucket: "raw", key: key, change)
    }
    let (pinned, plain, unready) = (try ready(version: "v"), try ready(version: nil), try pending())
    let ignored = try intake.take(
      [
        event(pinned.description, .deleted), event(plain.description, .deleted), event(unready.description, .covered),
        event(unready.description, .deleted), event("foreign", .covered),
      ],
      at: .now
    )
    #expect(ignored.accepted == 0)
    #expect(ignored.ignored.map(\.reason) == Array(repeating: "settled_file", count: 4) + ["foreign_key"])
    #expect(try queued() == 0)
    let taken = try intake.take([event(pinned.description, .covered), event(plain.kept, .deleted)], at: .now)
    #expect(try taken.accepted == 2 && queued() == 2)
  }

  @Test func `a bad event does not affect good ones in the same message`() throws {
    let keys = try (0..<2).map { _ in try pending() }
    let receipt = try intake.take([event(keys[0]), event("nonsense"), event(keys[1])], at: .now)
    #expect(receipt.accepted == 2 && receipt.ignored.count == 1)
    #expect(try queued() == 2)
  }

  @Test func `an event about an ended file makes a job too, which deletes the object`() throws {
    let key = try pending()
    #expect(try database.abort(key.file, of: user))
    #expect(try intake.take([event(key)], at: .now).accepted == 1)
    #expect(try queued() == 1)
  }

  @Test func `an event during the processing of its file makes the job run again`() throws {
    let key = try pending()
    _ = try intake.take([event(key)], at: .now)
    let job = try #require(try database.leaseJob(seconds: 60, at: .now))
    _ = try intake.take([event(key)], at: .now)
    #expect(try database.finish(job, at: .now))
    #expect(try database.leaseJob(seconds: 60, at: .now)?.file == key.file)
  }

  @Test func `an empty message has an empty receipt`() throws {
    #expect(try intake.take([], at: .now) == intake.take([], at: .now))
    #expect(try queued() == 0)
  }

  @Test func `the job is stored before the receipt is returned`() throws {
    let key = try pending()
    _ = try intake.take([event(key)], at: .now)
    let another = try FileDatabase(path: folder.file("stowage.sqlite"))
    #expect(try another.leaseJob(seconds: 60, at: .now)?.file == key.file)
  }
}
