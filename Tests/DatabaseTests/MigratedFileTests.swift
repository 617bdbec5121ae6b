import Core
import Database
import Foundation
import Testing

@Suite struct MigratedFileTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1000) }

  private func new(
    _ path: String,
    size: Int64 = 100,
    id: FileID? = nil,
    user: UserID? = nil,
    type: String = "image/jpeg"
  ) -> NewMigratedFile {
    let user = user ?? self.user
    return NewMigratedFile(
      id: id ?? FileID(at: now),
      user: user,
      filename: "a.jpg",
      contentType: type,
      size: size,
      rawKey: "\(user.written)/\(path)",
      createdAt: now - 1000,
      migration: "run-1"
    )
  }

  private func object(
    _ file: FileID,
    _ digit: Character = "a",
    _ version: String? = "v1",
    size: Int64 = 100
  ) throws -> MigratedObject {
    MigratedObject(file: file, sha256: try digest(digit), size: size, versionID: version)
  }

  /// Stores a migrated file that is received, and returns its identifier.
  private func received(_ path: String, size: Int64 = 100, _ processing: MigratedProcessing = .now) throws -> FileID {
    let file = new(path, size: size)
    try #require(try database.beginMigratedFiles([file], at: now) == [.done])
    let object = try object(file.id, size: size)
    try #require(try database.receiveMigratedFiles([object], processing: processing, at: now) == [.done])
    return file.id
  }

  private func quarantined(_ path: String) throws -> FileID {
    let file = try received(path)
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    try #require(try database.quarantine(.malware, size: 90, sha256: nil, under: job, at: now))
    try #require(try database.finish(job, at: now))
    return file
  }

  // MARK: Begin

  @Test func `a batch reserves beyond the quota, and uploads get nothing more`() throws {
    let files = (0..<30).map { new("b/\($0).jpg") }
    #expect(try database.beginMigratedFiles(files, at: now) == Array(repeating: .done, count: 30))
    #expect(try database.quota(user) == [0, 3000])
    #expect(try database.user(user)?.availableBytes == 0)
    #expect(try database.reserve(newUpload(user, size: 1), at: now) == .noRoom(available: 0))
    #expect(try database.recountQuotas().isEmpty)
    let record = try database.record(files[0].id)
    #expect(record.state == .pending && record.isMigrated && record.rawKey == "ann/b/0.jpg")
    #expect(record.createdAt == now - 1000 && record.migration == "run-1")
  }

  @Test func `the same batch again changes nothing`() throws {
    let files = [new("a"), new("empty", size: 0)]
    for _ in 0..<2 { #expect(try database.beginMigratedFiles(files, at: now) == [.done, .done]) }
    #expect(try database.quota(user) == [0, 100])
    let objects = try files.map { try object($0.id) }
    for _ in 0..<2 {
      #expect(try database.receiveMigratedFiles(objects, processing: .now, at: now) == [.done, .done])
    }
    #expect(try database.beginMigratedFiles(files, at: now) == [.passed(.received), .passed(.received)])
    #expect(try database.jobCount() == 2)
    for other in try [object(files[0].id, "b"), object(files[0].id, "a", "v2"), object(files[0].id, "a", nil)] {
      #expect(try database.receiveMigratedFiles([other], processing: .now, at: now) == [.contradicted])
    }
  }

  @Test func `a conflict is reported for its file, and the others are stored`() throws {
    let upload = try newUpload(user)
    try #require(try database.reserve(upload, at: now) == .reserved)
    let first = new("x")
    let stranger = try #require(UserID("bob"))
    var elsewhere = new("y")
    elsewhere = NewMigratedFile(
      id: elsewhere.id,
      user: user,
      filename: "y",
      contentType: "text/plain",
      size: 1,
      rawKey: "bob/y",
      createdAt: now,
      migration: "run-1"
    )
    let outcomes = try database.beginMigratedFiles(
      [
        first, new("x"), new("z", id: first.id), new("u", user: stranger), elsewhere,
        new("\(upload.key.file)/original.jpg"), new("\(upload.key.file)/kept.jpg"), new("last"),
      ],
      at: now
    )
    #expect(
      outcomes == [
        .done, .taken(by: first.id), .taken(by: first.id), .unknownUser, .foreignKey, .taken(by: upload.key.file),
        .taken(by: upload.key.file), .done,
      ]
    )
    #expect(try database.quota(user) == [0, 300])
    #expect(try database.beginMigratedFiles([new("u", user: stranger)], makesUsers: true, at: now) == [.done])
    _ = try database.beginErasure(of: stranger, at: now)
    #expect(try database.beginMigratedFiles([new("v", user: stranger)], at: now) == [.erasing])
  }

  @Test func `keys that differ by Unicode normalization or case are different files`() throws {
    let names = ["\u{E9}", "e\u{301}", "A", "a", "\u{301}x", "a/b", "a ", "a\n"]
    let files = names.map { new($0) }
    #expect(try database.beginMigratedFiles(files, at: now) == Array(repeating: .done, count: names.count))
    for file in files {
      #expect(try database.file(rawKey: file.rawKey)?.id == file.id)
    }
    let holders = try database.holders(ofRawKeys: files.map(\.rawKey))
    #expect(holders.map { $0?.file } == files.map(\.id) && holders.allSatisfy { $0?.isMigrated == true })
    #expect(try database.file(rawKey: "ann/") == nil && database.file(rawKey: "ann/B") == nil)
  }

  @Test func `a pending file does not expire, is not swept, and does not count as an open upload`() throws {
    let file = new("a")
    try #require(try database.beginMigratedFiles([file], at: now) == [.done])
    let later = now + 1_000_000
    #expect(try database.expire(file.id, expiredBy: later) == false)
    #expect(try database.abort(file.id, of: user) == false && database.receive(file.id, at: later) == false)
    #expect(try database.overdueFiles(expiredBy: later).isEmpty && database.unattendedFiles(createdBy: later).isEmpty)
    #expect(try database.watchedFiles(at: later).isEmpty)
    #expect(try database.reserve(newUpload(user), maximumOpen: 1, at: now) == .reserved)
    #expect(try database.reserve(newUpload(user), maximumOpen: 1, at: now) == .tooMany(limit: 1))
    #expect(try database.record(file.id).state == .pending)
  }

  @Test func `an abandoned file releases its reservation, and a received one is not abandoned`() throws {
    let file = new("a")
    try #require(try database.beginMigratedFiles([file], at: now) == [.done])
    let other = try received("b")
    let upload = try database.makePending(user)
    for _ in 0..<2 {
      let outcomes = try database.abandonMigratedFiles([file.id, other, upload], at: now)
      #expect(outcomes == [.done, .passed(.received), .unknownFile])
    }
    #expect(try database.quota(user) == [0, 200] && database.recountQuotas().isEmpty)
    #expect(try database.receiveMigratedFiles([object(file.id)], processing: .now, at: now) == [.passed(.aborted)])
  }

  // MARK: Jobs

  @Test func `a migrated file is processed after every upload of every user, and never before its time`() throws {
    let bob = try fixture.makeUser("bob")
    let migrated = try received("a")
    let later = try received("later", .later(now + 5000))
    let never = try received("never", .never)
    let document = try database.makePending(user, at: now + 90)
    _ = try database.receive(document, at: now + 90)
    _ = try database.enqueue(for: [document], at: now + 90)
    let other = try database.makePending(bob, at: now + 95)
    _ = try database.enqueue(for: [other], at: now + 95)
    let ready = try database.makePending(bob, at: now)
    try database.makeReady(ready, of: bob)
    _ = try database.enqueue(.render, for: [ready], at: now + 95)
    let order = try (0..<5).map { _ in try database.leaseJob(seconds: 100_000, at: now + 100) }
    #expect(Set(order.prefix(2).map { $0?.file }) == [document, other])
    #expect(order[2]?.kind == .render && order[3]?.file == migrated && order[3]?.isMigrated == true && order[4] == nil)
    #expect(order.prefix(3).allSatisfy { $0?.isMigrated == false })
    #expect(try database.leaseJob(seconds: 100_000, at: now + 5001)?.file == later)
    #expect(try database.job(.process, of: never) == nil)
    #expect(try database.unattendedFiles(createdBy: now + 10_000).allSatisfy { $0.id != never })
    _ = try database.enqueue(for: [never], at: now)
    #expect(try database.leaseJob(seconds: 600, at: now + 1)?.file == never)
  }

  @Test func `an upload shows as long as it is young, or waits for its check; a migrated file never does`() throws {
    _ = try received("a")
    #expect(try !database.hasUploads(since: now - 3600))
    let upload = try database.makePending(user, at: now)
    #expect(try database.hasUploads(since: now - 1) && !database.hasUploads(since: now + 1))
    _ = try database.receive(upload, at: now)
    _ = try database.enqueue(for: [upload], at: now)
    #expect(try database.hasUploads(since: now + 1))
  }

  @Test func `migrated files in progress do not delay an upload of the same user, and can be skipped`() throws {
    let bob = try fixture.makeUser("bob")
    for index in 0..<3 { _ = try received("\(index)") }
    for _ in 0..<2 { #expect(try database.leaseJob(sparing: user, seconds: 600, at: now)?.isMigrated == true) }
    let mine = try database.makePending(user, at: now)
    let his = try database.makePending(bob, at: now + 1)
    _ = try database.enqueue(for: [mine], at: now)
    _ = try database.enqueue(for: [his], at: now + 1)
    let first = try database.leaseJob(seconds: 600, at: now + 2)
    #expect(first?.file == his || first?.file == mine)
    // Both users have no upload in progress, so the one that waits longer comes first.
    #expect(try database.leaseJob(seconds: 600, at: now + 2)?.isMigrated == false)
    #expect(try database.leaseJob(sparingMigrated: true, seconds: 600, at: now + 2) == nil)
    #expect(try database.leaseJob(seconds: 600, at: now + 2)?.isMigrated == true)
  }

  // MARK: Verdict

  @Test func `a refused file is quarantined and charged with its true size, and never rejected`() throws {
    let file = try received("a")
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    #expect(try database.reject(.malware, under: job, at: now) == false)
    #expect(try database.quarantine(.notScannable, size: 90, sha256: nil, under: job, at: now + 1))
    #expect(try database.quarantine(.malware, size: 90, sha256: nil, under: job, at: now + 1) == false)
    let record = try database.record(file)
    #expect(record.state == .quarantined && record.reason == .notScannable && record.quarantinedAt == now + 1)
    #expect(try record.size == 90 && record.sha256 == digest() && record.versionID == "v1" && record.heldBytes == 90)
    #expect(try database.quota(user) == [90, 0] && database.recountQuotas().isEmpty)
    let upload = try database.makePending(user)
    _ = try database.receive(upload, at: now)
    let other = try #require(try database.leaseJob(.process, of: upload, seconds: 60, at: now))
    #expect(try database.quarantine(.malware, size: 1, sha256: nil, under: other, at: now) == false)
    #expect(try database.files(of: user, FileFilter()).files.map(\.id) == [upload])
    #expect(try database.files(of: user, FileFilter(states: "quarantined")).files.map(\.id) == [file])
  }

  @Test func `a quarantined file that was deleted is quarantined again after a restore`() throws {
    let file = try quarantined("a")
    #expect(try database.delete(file, of: user, at: now))
    #expect(try database.record(file).isRestorable && database.quota(user) == [90, 0])
    #expect(try database.beginPurge(file, deletedBy: now - 1, at: now) == false)
    #expect(try database.recountQuotas().isEmpty)
    #expect(try database.restore(file, of: user, variants: [], deletedAfter: now - 1, at: now))
    let record = try database.record(file)
    #expect(record.state == .quarantined && record.reason == .malware && record.deletedAt == nil)
    #expect(try database.delete(file, of: user, at: now) && database.beginPurge(file, deletedBy: now, at: now))
    #expect(try database.recountQuotas().isEmpty)
    #expect(try database.finishPurge(file) && database.quota(user) == [0, 0] && database.recountQuotas().isEmpty)
  }

  @Test func `a released file is a ready plain file, and stays one after a restore`() throws {
    let file = try quarantined("a")
    #expect(try database.releaseFromQuarantine(file, at: now + 2))
    #expect(try database.releaseFromQuarantine(file, at: now + 3) == false)
    let record = try database.record(file)
    #expect(record.state == .ready && record.readyAt == now + 2 && record.reason == nil && record.isPlain)
    #expect(record.type?.kind == .plain && record.judgedKey == "ann/a" && record.size == 90)
    #expect(try database.image(.thumb, of: file, user: user)?.sourceType == nil)
    #expect(try database.delete(file, of: user, at: now))
    #expect(try database.restore(file, of: user, variants: [], deletedAfter: now - 1, at: now))
    #expect(try database.record(file).state == .ready && database.recountQuotas().isEmpty)
  }

  @Test func `the type and the keys of a migrated file do not follow from its raw key`() throws {
    let id = FileID(at: now)
    let page = PlainType(contentType: "text/html").map(UploadType.plain)
    let cases: [(NewMigratedFile, UploadType?)] = [
      (new("\(FileID(at: now))/original.bin"), .checked(.jpeg)), (new("a.exe", type: "text/html"), page),
      (new("b", type: "application/octet-stream"), nil), (new("c", id: id), .checked(.jpeg)),
    ]
    #expect(try database.beginMigratedFiles(cases.map(\.0), at: now) == [.done, .done, .done, .done])
    for (file, type) in cases {
      let record = try database.record(file.id)
      #expect(record.type == type && record.judgedKey == file.rawKey)
      #expect(record.keptKey == "ann/\(file.id)/kept.bin")
    }
  }
}
