import Core
import Database
import Foundation
import Testing

@Suite struct DeletionTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 10_000) }

  private func ready() throws -> FileID {
    let file = try database.makePending(user)
    _ = try database.enqueue(for: [file], at: now)
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    try #require(try database.receive(file, at: now))
    try #require(try database.publish(publication(of: file, user), under: job, at: now))
    try #require(try database.finish(job, at: now))
    return file
  }

  private func kinds(_ file: FileID) throws -> Set<JobKind> { try Set(database.jobs(of: file).map(\.kind)) }

  @Test func `deleting many files answers for each in order, unknown and foreign alike, and none twice`() throws {
    let stranger = try fixture.makeUser("eve")
    let foreign = try database.makePending(stranger)
    let (pending, served, aborted) = (try database.makePending(user), try ready(), try database.makePending(user))
    try #require(try database.abort(aborted, of: user))
    let asked = [foreign, served, FileID(at: now), pending, served, aborted]
    #expect(
      try database.delete(asked, of: user, permanently: false, at: now)
        == [.notFound, .deleted, .notFound, .deleted, .deleted, .over]
    )
    #expect(try database.record(foreign).state == .pending && database.jobs(of: foreign).isEmpty)
    #expect(try kinds(served) == [.process, .render, .purge] && kinds(pending) == [.process])
    #expect(try database.quota(user) == [100, 0])
    #expect(
      try database.delete(asked, of: user, permanently: true, at: now)
        == [.notFound, .purging, .notFound, .purging, .purging, .over]
    )
    #expect(try database.quota(user) == [100, 0])
    for file in [served, pending] { #expect(try database.finishPurge(file)) }
    #expect(try database.quota(user) == [0, 0] && database.recountQuotas().isEmpty)
    #expect(try database.delete([served], of: user, permanently: true, at: now) == [.purging])
  }

  @Test func `between the check of a condition and the deletion no other process changes the file`() throws {
    let file = try ready()
    let (other, now) = (try fixture.another(busySeconds: 0.1), now)
    let rename = try FileChange(filename: "b.jpg", visibility: nil)
    let deletion = try database.delete(
      file,
      of: user,
      permanently: false,
      if: { record in
        // The other connection waits until the deletion is committed: this thread holds the write lock.
        do throws(StorageError) {
          _ = try other.change(record, to: rename, at: now)
          return false
        } catch {
          if case .unavailable = error { return true } else { return false }
        }
      },
      at: now
    )
    #expect(deletion == .deleted)
    #expect(try database.record(file).state == .deleted && database.record(file).filename == "photo.jpg")
  }

  @Test func `a failed condition prevents deletion and restoration, and is not checked for a foreign file`() throws {
    let file = try ready()
    let stranger = try fixture.makeUser("eve")
    for permanently in [false, true] {
      let own = try database.delete(file, of: user, permanently: permanently, if: { _ in false }, at: now)
      let foreign = try database.delete(file, of: stranger, permanently: permanently, if: { _ in false }, at: now)
      #expect(own == nil && foreign == .notFound)
    }
    #expect(try database.record(file).state == .ready && kinds(file) == [])
    let isReady = { @Sendable (record: FileRecord) in record.state == .ready && record.variants.count > 1 }
    #expect(try database.delete(file, of: user, permanently: true, if: isReady, at: now) == .purging)
    let variants = try database.record(file).variants
    let deleted = try ready()
    #expect(try database.delete(deleted, of: user, at: now))
    let isRestored = try database.restore(
      deleted,
      of: user,
      variants: variants,
      deletedAfter: now - 1,
      if: { $0.state != .deleted },
      at: now
    )
    #expect(try !isRestored && database.record(deleted).state == .deleted)
  }

  @Test func `a restored file is processed again, and a file whose purge has begun is never restored`() throws {
    let file = try ready()
    let variants = try database.record(file).variants
    #expect(try database.delete(file, of: user, at: now))
    for kind in [JobKind.process, .render] {
      let job = try #require(try database.leaseJob(kind, of: file, seconds: 60, at: now))
      try #require(try database.finish(job, at: now))
    }
    #expect(try database.restore(file, of: user, variants: variants, deletedAfter: now - 1, at: now))
    #expect(try kinds(file) == [.process, .render, .purge] && database.record(file).variants == variants)
    #expect(try database.delete([file], of: user, permanently: true, at: now) == [.purging])
    #expect(try database.restore(file, of: user, variants: variants, deletedAfter: now - 1, at: now) == false)
  }

  @Test func `after a cancelled lease the job is due once more when the lease would have ended`() throws {
    let file = try database.makePending(user)
    _ = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    #expect(try database.delete(file, of: user, at: now + 10))
    #expect(try database.job(.process, of: file)?.dueAt == now + 10)
    #expect(try database.job(.render, of: file)?.dueAt == now + 60)
  }

  @Test func `the oldest deletions come first, page by page`() throws {
    let files = try (0..<5).map { _ in try ready() }
    for (index, file) in files.enumerated() { #expect(try database.delete(file, of: user, at: now - Double(index))) }
    var found: [FileID] = []
    while true {
      let page = try database.outlivedFiles(deletedBy: now - 1, after: found.last, limit: 2)
      found += page.map(\.id)
      if page.count < 2 { break }
    }
    #expect(found == files.dropFirst().reversed())
  }

  @Test func `nothing is reserved for a user being erased, and no user is deleted before their files`() throws {
    let file = try database.makePending(user)
    #expect(try database.erase(user) == false)
    #expect(try database.beginErasure(of: user, at: now))
    #expect(try database.reserve(newUpload(user), at: now) == .noRoom(available: 0))
    #expect(try database.erase(user) == false && database.erase([file]).isEmpty)
    #expect(try database.delete([file], of: user, permanently: true, at: now) == [.purging])
    #expect(try database.finishPurge(file))
    #expect(try database.erase([file]).isEmpty, "a job is left")
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    #expect(try database.finish(job, at: now))
    #expect(try database.erase([file]) == [file] && database.erase(user))
    #expect(try database.remains(of: user).isNothing && database.file(file) == nil)
    #expect(try database.beginErasure(of: user, at: now) == false)
    #expect(try database.user(user, plan: .standard, quotaBytes: 1000, at: now).erasingSince == nil)
    #expect(try database.reserve(newUpload(user), at: now) == .reserved)
  }
}
