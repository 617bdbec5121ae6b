import Core
import Database
import Foundation
import Testing

@Suite struct MultipartTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1_000_000) }

  private func reserve() throws -> FileID {
    let upload = try newUpload(user)
    let inParts = NewUpload(key: upload.key, claim: upload.claim, expiresAt: upload.expiresAt, partSize: 40)
    try #require(database.reserve(inParts, at: now) == .reserved)
    return upload.key.file
  }

  @Test func `a multipart upload has its row from the reservation on, and its ID and expiry once it is open`() throws {
    let file = try reserve()
    let reserved = try #require(try database.record(file).multipart)
    #expect(reserved.uploadID == nil && reserved.partSize == 40)
    #expect(try database.open(file, as: "id-1", until: now + 86_400))
    let record = try database.record(file)
    #expect(record.multipart?.uploadID == "id-1" && record.expiresAt == now + 86_400 && record.heldBytes == 100)
    #expect(try database.isOpen("id-1", to: record.rawKey))
    #expect(try !database.isOpen("id-2", to: record.rawKey) && !database.isOpen("id-1", to: "elsewhere"))
    #expect(try database.record(database.makePending(user)).multipart == nil)
  }

  @Test func `an upload aborted meanwhile does not open`() throws {
    let file = try reserve()
    #expect(try database.abort(file, of: user, removingAt: now))
    #expect(try !database.open(file, as: "id-1", until: now + 86_400))
    #expect(try database.record(file).multipart?.uploadID == nil)
  }

  @Test func `an ended multipart upload expires at once, an ended single PUT with its URL`() throws {
    let (aborted, completed) = (try reserve(), try reserve())
    for file in [aborted, completed] { #expect(try database.open(file, as: "\(file)", until: now + 86_400)) }
    #expect(try database.abort(aborted, of: user, removingAt: now + 5) && database.complete(completed, at: now + 7))
    #expect(try database.record(aborted).expiresAt == now + 5 && database.record(completed).expiresAt == now + 7)
    let single = try database.makePending(user)
    #expect(try database.abort(single, of: user, removingAt: now + 5))
    #expect(try database.record(single).expiresAt == now + 900)
    let late = try reserve()
    #expect(try database.abort(late, of: user, removingAt: now + 1000))
    #expect(try database.record(late).expiresAt == now + 900)
  }

  @Test func `of a simultaneous completion and abort one succeeds, with one job and the right reservation`() throws {
    for _ in 0..<20 {
      let file = try reserve()
      let (completed, aborted) = (Counter(), Counter())
      try onThreads(4) { [self] index in
        if index.isMultiple(of: 2) {
          if try database.complete(file, at: now) { completed.increment() }
        } else if try database.abort(file, of: user, removingAt: now) {
          aborted.increment()
        }
      }
      #expect(completed.value + aborted.value == 1)
      #expect(try database.record(file).state == (completed.value == 1 ? .received : .aborted))
      #expect(try database.record(file).heldBytes == (completed.value == 1 ? 100 : 0))
      #expect(try database.jobs(of: file).count == 1)
    }
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `another user aborts nothing`() throws {
    let file = try reserve()
    #expect(try !database.abort(file, of: fixture.makeUser("bob"), removingAt: now))
    #expect(try database.record(file).state == .pending && database.jobs(of: file).isEmpty)
  }

  @Test func `ended uploads that still have a row are found, and the row of a pending one stays`() throws {
    let files = try (0..<4).map { _ in try reserve() }
    try database.forgetMultipart(of: files[0])
    #expect(try database.record(files[0]).multipart != nil)
    #expect(try database.filesWithMultipartLeft().isEmpty)
    #expect(try database.abort(files[1], of: user) && database.abort(files[2], of: user))
    #expect(try database.abort(files[3], of: user, removingAt: now))
    let left = Set(files[1...2])
    #expect(try Set(database.filesWithMultipartLeft().map(\.id)) == left)
    let first = try #require(try database.filesWithMultipartLeft(limit: 1).first?.id)
    #expect(try Set(database.filesWithMultipartLeft(after: first).map(\.id)) == left.subtracting([first]))
    for file in left { try database.forgetMultipart(of: file) }
    #expect(try database.filesWithMultipartLeft().isEmpty && database.record(files[1]).multipart == nil)
  }

  @Test func `of 200 simultaneous uploads with a limit of 10 open, exactly 10 are reserved, in any process`() throws {
    let reserved = Counter()
    try onThreads(4) { [self] _ in
      let database = try fixture.another()
      try onThreads(10) { [self] _ in
        for _ in 0..<5 where try database.reserve(newUpload(user), maximumOpen: 10, at: now) == .reserved {
          reserved.increment()
        }
      }
    }
    #expect(reserved.value == 10)
    #expect(try database.quota(user) == [0, 1000] && database.recountQuotas().isEmpty)
  }

  @Test func `only pending uploads count, and only the user's own`() throws {
    let bob = try fixture.makeUser("bob")
    let file = try reserve()
    #expect(try database.reserve(newUpload(user), maximumOpen: 1, at: now) == .tooMany(limit: 1))
    #expect(try database.reserve(newUpload(bob), maximumOpen: 1, at: now) == .reserved)
    #expect(try database.quota(user) == [0, 100])
    #expect(try database.complete(file, at: now))
    #expect(try database.reserve(newUpload(user), maximumOpen: 1, at: now) == .reserved)
    #expect(
      try database.reserve(newUpload(user, size: 2_000_000), maximumOpen: 1, at: now) == .noRoom(available: 999_800)
    )
  }
}
