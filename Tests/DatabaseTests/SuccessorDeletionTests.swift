import Core
import Foundation
import TestSupport
import Testing

@testable import Database

@Suite struct SuccessorDeletionTests: SuccessorSuite {
  let fixture: DatabaseFixture
  let minutes = Counter()

  init() throws { fixture = try DatabaseFixture(quota: 1000) }

  // MARK: Deletion and restore

  @Test func `a restored content stays, whatever comes after it`() throws {
    let old = try ready()
    let new = try ready(after: old)
    #expect(try restore(old) && state(old) == .ready && state(new) == .ready && served == new)
    let newest = try ready(after: new)
    #expect(try state(old) == .ready && state(new) == .deleted && served == newest)
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `a content of a path that its owner deleted does not begin`() throws {
    let old = try ready()
    #expect(try database.delete(old, of: user, at: now))
    #expect(try database.beginMigratedFiles([content(after: old)], at: now) == [.deletedBefore(old)])
    #expect(try served == old && database.quota(user) == [100, 0])
    let unchecked = try self.unchecked(key: "ann/b")
    #expect(try database.delete(unchecked, of: user, at: now))
    #expect(try database.beginMigratedFiles([content(after: unchecked)], at: now) == [.deletedBefore(unchecked)])
    #expect(try restore(old))
    let new = try ready(after: old)
    #expect(try served == new && state(old) == .deleted)
  }

  @Test func `a successor of a file that was deleted by age becomes ready, and no undo restores the old one`()
    throws
  {
    let due = now + 366 * 86_400
    func age(_ file: FileID) throws -> Int {
      try database.deleteAged([file], of: user, by: RetentionRule(), run: "r", at: due).files
    }
    let old = try ready()
    let unchecked = try received(after: old)
    #expect(try age(old) == 1 && state(old) == .deleted)
    try publish(unchecked)
    #expect(try served == unchecked && state(unchecked) == .ready)
    #expect(try database.record(old).replacedBy == unchecked && database.record(old).removal == nil)
    #expect(try age(unchecked) == 1)
    let new = try ready(after: unchecked)
    #expect(try served == new && state(unchecked) == .deleted && state(old) == .deleted)
    #expect(try database.files(removedBy: .cleanup(run: "r"), after: nil, limit: 9).isEmpty)
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `a successor of a file that its owner deletes meanwhile is deleted as well, and can be restored`() throws {
    let old = try ready()
    let new = try received(after: old)
    #expect(try database.delete(old, of: user, at: now))
    #expect(try served == old, "the deletion hides the content that is not checked yet")
    try publish(new)
    let record = try database.record(new)
    #expect(record.state == .deleted && record.isRestorable && record.replacedBy == old)
    #expect(try state(old) == .deleted && database.file(formerPath: path)?.state == .deleted)
    #expect(try database.beginMigratedFiles([content(after: new)], at: now) == [.deletedBefore(old)])
    #expect(try restore(new) && served == new)
    let newest = try ready(after: new)
    #expect(try served == newest && state(new) == .ready && database.recountQuotas().isEmpty)
  }

  @Test func `deleting an unchecked successor leaves the old content, and a later successor replaces it`() throws {
    let old = try ready()
    let unchecked = try received(after: old)
    #expect(try database.delete(unchecked, of: user, at: now) && served == old)
    let newest = try ready(after: unchecked)
    #expect(try served == newest && state(old) == .deleted)
  }

  @Test func `deleting the newest content ends the path, though an older one was replaced`() throws {
    let old = try ready()
    let new = try ready(after: old)
    #expect(try database.delete(new, of: user, at: now))
    #expect(try database.beginMigratedFiles([content(after: new)], at: now) == [.deletedBefore(new)])
    #expect(try database.file(formerPath: path)?.id == new && state(old) == .deleted)
  }

  @Test func `deleting the newest content ends the path, though an older one was restored`() throws {
    let old = try ready()
    let new = try ready(after: old)
    #expect(try restore(old) && database.delete(new, of: user, at: now))
    #expect(try database.beginMigratedFiles([content(after: new)], at: now) == [.deletedBefore(new)])
    #expect(try served == old)
  }

  @Test func `a delta does not bring an erased user back`() throws {
    let old = try ready()
    #expect(try database.beginErasure(of: user, at: now))
    #expect(try database.delete([old], of: user, permanently: true, at: now) == [.purging])
    #expect(try database.beginMigratedFiles([content(after: old)], makesUsers: true, at: now) == [.deletedBefore(old)])
    for job in try database.jobs(of: old) {
      let lease = try #require(try database.leaseJob(job.kind, of: old, seconds: 60, at: now))
      if job.kind == .process { #expect(try database.finishPurge(old)) }
      #expect(try database.finish(lease, at: now))
    }
    #expect(try database.erase([old]) == [old] && database.erase(user))
    #expect(try database.beginMigratedFiles([content(after: old)], makesUsers: true, at: now) == [.deletedBefore(old)])
    #expect(try database.user(user) == nil)
  }

  // MARK: Paths

  @Test func `a path of any bytes and any length finds its file, and no other path does`() throws {
    let paths: [[UInt8]] = [
      [0xFF], Array("e\u{301}".utf8), Array("\u{E9}".utf8), Array(repeating: 0x61, count: 60_000), [0x61, 0, 0x62],
    ]
    for bytes in paths {
      let id = makeID()
      let file = NewMigratedFile(
        id: id,
        user: user,
        filename: "x",
        contentType: "text/plain",
        size: 1,
        rawKey: "ann/\(id)/original",
        createdAt: now,
        migration: "run",
        formerPath: FormerPath(user: user, path: bytes)
      )
      try #require(try database.beginMigratedFiles([file], at: now) == [.done])
      #expect(try database.file(formerPath: FormerPath(user: user, path: bytes))?.id == id)
    }
    let bob = try #require(UserID("bob"))
    #expect(try database.file(formerPath: FormerPath(user: bob, path: paths[0])) == nil)
    #expect(try database.file(formerPath: FormerPath(user: user, path: [0x61])) == nil)
  }

  @Test func `a quarantined content hides a newer one that is not checked yet`() throws {
    let old = try received()
    try refuse(old)
    let new = try received(after: old)
    #expect(try database.file(formerPath: path)?.state == .quarantined)
    try publish(new)
    #expect(try served == new)
  }

  // MARK: Files that vanished

  @Test func `the trash takes ready files alone, and a restore brings them back`() throws {
    let old = try ready()
    let waiting = try unchecked(key: "ann/waiting")
    for _ in 0..<2 {
      #expect(
        try database.trashMigratedFiles([old, waiting, FileID(at: now)], at: now) == [
          .done, .passed(.received), .unknownFile,
        ]
      )
    }
    let record = try database.record(old)
    #expect(record.state == .deleted && record.isRestorable && record.replacedBy == old)
    #expect(try database.recountQuotas().isEmpty && restore(old))
    #expect(try database.trashMigratedFiles([old], at: now) == [.passed(.ready)], "a restore is not undone")
    #expect(try database.delete(waiting, of: user, at: now))
    #expect(try database.trashMigratedFiles([waiting], at: now) == [.passed(.deleted)])
    let upload = try database.makePending(user)
    #expect(try database.trashMigratedFiles([upload], at: now) == [.unknownFile])
  }

  @Test func `the trash takes the served content before a quarantined one`() throws {
    let old = try ready()
    let refused = try received(after: old)
    try refuse(refused)
    #expect(try database.trashMigratedFiles([refused], at: now) == [.passed(.quarantined)])
    #expect(try state(old) == .deleted && state(refused) == .quarantined)
    let back = try ready(after: refused)
    #expect(try served == back, "a file that is back on the disk is served again")
  }

  @Test func `received files without a job are found`() throws {
    let file = try begin()
    let object = MigratedObject(file: file, sha256: try digest(), size: 100, versionID: nil)
    try #require(try database.receiveMigratedFiles([object], processing: .never, at: now) == [.done])
    let queued = try unchecked(key: "ann/queued")
    let upload = try database.makePending(user)
    _ = try database.receive(upload, at: now)
    #expect(try database.uncheckedMigratedFiles() == [file] && database.uncheckedMigratedFiles(after: file).isEmpty)
    _ = try database.enqueue(for: [file], at: now)
    #expect(try database.uncheckedMigratedFiles().isEmpty && database.job(.process, of: queued) != nil)
  }
}
