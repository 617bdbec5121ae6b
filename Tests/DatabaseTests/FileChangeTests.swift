import Core
import Database
import Foundation
import Testing

@Suite struct FileChangeTests: DatabaseSuite {
  let fixture: DatabaseFixture
  private let file: FileID

  init() throws {
    fixture = try DatabaseFixture(quota: 1000)
    file = try fixture.database.makePending(fixture.user)
  }

  private func change(filename: String? = nil, visibility: String? = nil, of record: FileRecord? = nil) throws -> Bool {
    let change = try FileChange(filename: filename, visibility: visibility)
    return try database.change(record ?? database.record(file), to: change, at: now + 1)
  }

  @Test func `a new visibility of a ready file invalidates its cached images in the same transaction`() throws {
    try database.makeReady(file, of: user, at: now)
    #expect(try change(visibility: "private"))
    #expect(try database.record(file).visibility == .private)
    let job = try #require(try database.job(.purge, of: file))
    #expect(job.state == .queued && job.dueAt == now + 1)
  }

  @Test func `a new name, or the same visibility, invalidates nothing`() throws {
    try database.makeReady(file, of: user, at: now)
    #expect(try change(filename: "other.jpg", visibility: "public"))
    #expect(try database.record(file).filename == "other.jpg" && database.job(.purge, of: file) == nil)
  }

  @Test func `a change of a file that is not ready yet invalidates nothing`() throws {
    #expect(try change(visibility: "private"))
    #expect(try database.record(file).visibility == .private && database.job(.purge, of: file) == nil)
  }

  @Test func `a change based on an outdated state, name or visibility changes nothing`() throws {
    let before = try database.record(file)
    #expect(try change(filename: "first.jpg"))
    #expect(try !change(filename: "second.jpg", of: before))
    #expect(try !change(visibility: "private", of: before))
    let renamed = try database.record(file)
    try database.makeReady(file, of: user, at: now)
    #expect(try !change(filename: "third.jpg", of: renamed))
    #expect(try database.record(file).filename == "first.jpg" && database.record(file).visibility == .public)
  }
}
