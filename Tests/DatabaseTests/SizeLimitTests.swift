import Core
import Database
import Foundation
import Testing

/// Uploads without a claimed length.
@Suite struct SizeLimitTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture() }

  private func upload(_ user: UserID, most: Int64 = 400, least: Int64 = 1, partSize: Int64? = nil) throws -> NewUpload {
    let plain = try newUpload(user, size: most)
    return NewUpload(
      key: plain.key,
      claim: plain.claim,
      expiresAt: plain.expiresAt,
      partSize: partSize,
      leastBytes: least
    )
  }

  private func reserve(_ user: UserID) throws -> FileID {
    let upload = try upload(user)
    try #require(database.reserve(upload, at: now) == .limited(to: 400))
    return upload.key.file
  }

  @Test func `the size limit is reserved, or the remaining quota if that is less`() throws {
    let user = try fixture.makeUser(quota: 1000)
    for most in [400, 400, 200] as [Int64] {
      let upload = try upload(user)
      #expect(try database.reserve(upload, at: now) == .limited(to: most))
      let record = try database.record(upload.key.file)
      #expect(record.isSizeLimit && record.claimedSize == most && record.heldBytes == most)
    }
    #expect(try database.reserve(upload(user), at: now) == .noRoom(available: 0))
    #expect(try database.quota(user) == [0, 1000] && database.recountQuotas().isEmpty)
  }

  @Test func `an upload that is known to exceed the quota reserves nothing`() throws {
    let user = try fixture.makeUser(quota: 300)
    #expect(try database.reserve(upload(user, most: 301, least: 301), at: now) == .noRoom(available: 300))
    #expect(try database.reserve(upload(user, most: 400, least: 301), at: now) == .noRoom(available: 300))
    #expect(try database.reserve(upload(user, most: 400, least: 300), at: now) == .limited(to: 300))
    #expect(try database.quota(user) == [0, 300])
  }

  @Test func `200 simultaneous reservations use the quota to the byte`() throws {
    let user = try fixture.makeUser(quota: 1050)
    let refused = Counter()
    try onThreads(4) { [self] _ in
      let other = try fixture.another()
      try onThreads(10) { [self] _ in
        for _ in 0..<5 {
          if case .noRoom = try other.reserve(upload(user, most: 100), at: now) { refused.increment() }
        }
      }
    }
    #expect(refused.value == 200 - 11)
    #expect(try database.quota(user) == [0, 1050] && database.recountQuotas().isEmpty)
  }

  @Test func `too many open uploads release the reservation`() throws {
    let user = try fixture.makeUser(quota: 1000)
    _ = try reserve(user)
    #expect(try database.reserve(upload(user), maximumOpen: 1, at: now) == .tooMany(limit: 1))
    #expect(try database.quota(user) == [0, 400])
  }

  @Test func `after the measurement only the real length stays reserved, and it is measured once`() throws {
    let user = try fixture.makeUser(quota: 1000)
    let file = try reserve(user)
    for size in [401, 0, -1, Int64.max] as [Int64] { #expect(try !database.measure(file, size: size), "\(size)") }
    #expect(try database.quota(user) == [0, 400])
    #expect(try database.measure(file, size: 7))
    let record = try database.record(file)
    #expect(!record.isSizeLimit && record.claimedSize == 7 && record.heldBytes == 7)
    #expect(try !database.measure(file, size: 7) && !database.measure(file, size: 3))
    #expect(try database.quota(user) == [0, 7] && database.recountQuotas().isEmpty)
    #expect(try database.abort(file, of: user))
    #expect(try database.quota(user) == [0, 0])
  }

  @Test func `a received file can be measured, a closed one or one of known length cannot`() throws {
    let user = try fixture.makeUser(quota: 5000)
    let received = try reserve(user)
    #expect(try database.receive(received, at: now) && database.measure(received, size: 400))
    let aborted = try reserve(user)
    #expect(try database.abort(aborted, of: user) && !database.measure(aborted, size: 1))
    let known = try database.makePending(user)
    #expect(try !database.measure(known, size: 1) && !database.record(known).isSizeLimit)
    #expect(try database.quota(user) == [0, 500] && database.recountQuotas().isEmpty)
  }

  @Test func `of eight simultaneous measurements one succeeds`() throws {
    let user = try fixture.makeUser(quota: 1000)
    let file = try reserve(user)
    let measured = Counter()
    try onThreads(8) { [self] index in
      if try database.measure(file, size: Int64(index + 1)) { measured.increment() }
    }
    #expect(measured.value == 1)
    #expect(try database.quota(user)[1] == database.record(file).claimedSize && database.recountQuotas().isEmpty)
  }

  @Test func `only open multipart uploads that are pending and not measured are listed`() throws {
    let user = try fixture.makeUser(quota: 5000)
    func begun(_ least: Int64?) throws -> FileID {
      let plain = try newUpload(user)
      let upload = NewUpload(
        key: plain.key,
        claim: plain.claim,
        expiresAt: plain.expiresAt,
        partSize: 40,
        leastBytes: least
      )
      _ = try database.reserve(upload, at: now)
      #expect(try database.open(upload.key.file, as: "\(upload.key.file)", until: now + 60))
      return upload.key.file
    }
    let (open, measured, aborted) = (try begun(1), try begun(1), try begun(1))
    _ = (try begun(nil), try reserve(user))
    #expect(try database.measure(measured, size: 1) && database.abort(aborted, of: user))
    #expect(try database.unmeasuredFiles().map(\.id) == [open])
    #expect(try database.unmeasuredFiles(after: open).isEmpty)
  }
}
