import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Uploads

/// The route on which a client reports a finished single PUT, so that no event or sweep is needed.
@Suite struct SinglePutTests {
  private static let now = Conversation.now

  private static func pending(_ file: FileID) -> UploadOutcome {
    UploadOutcome(fileId: file.description, state: .pending, reason: nil)
  }

  private func begin(_ site: Conversation) throws -> FileID {
    try #require(FileID(site.presigner.presign(site.claim(size: 5), for: site.user, at: Self.now).fileId))
  }

  @Test func `a report queues one job, however often it is repeated, and is not trusted`() throws {
    let site = try Conversation()
    let file = try begin(site)
    for _ in 0..<20 { #expect(try site.presigner.complete(file, for: site.user, at: Self.now) == Self.pending(file)) }
    #expect(try site.database.jobs(of: file).count == 1 && site.record(file).state == .pending)
    #expect(try site.database.leaseJob(seconds: 60, at: Self.now)?.file == file)
    #expect(site.store.calls.isEmpty)
    try site.expectReserved(5)
  }

  @Test func `a client that reports without end causes one check a second`() throws {
    let site = try Conversation()
    let file = try begin(site)
    var looks = 0
    for step in 0..<500 {
      let at = Self.now + Double(step) * 0.01
      _ = try site.presigner.complete(file, for: site.user, at: at)
      // A worker that checks at once, finds no object, and finishes the job.
      if let job = try site.database.leaseJob(seconds: 60, at: at) {
        looks += 1
        #expect(try site.database.finish(job, at: at))
      }
    }
    #expect((4...6).contains(looks), "\(looks)")
  }

  @Test func `foreign and unknown files are 404, an ended upload has a reason, parts another route`() throws {
    let site = try Conversation()
    let file = try begin(site)
    let stranger = try #require(UserID("eve"))
    for (id, user) in [(file, stranger), (FileID(at: Self.now), site.user)] {
      #expect(throws: StorageError.notFound) { try site.presigner.complete(id, for: user, at: Self.now) }
    }
    #expect(try site.database.jobs(of: file).isEmpty)
    #expect(try site.presigner.complete(file, for: site.user, at: Self.now + 900 + 3600) == Self.pending(file))
    #expect(throws: StorageError.uploadClosed(detail: "Its time is over.")) {
      try site.presigner.complete(file, for: site.user, at: Self.now + 900 + 3601)
    }
    try site.presigner.abort(file, for: site.user, at: Self.now)
    #expect(throws: StorageError.uploadClosed(detail: "The file is aborted.")) {
      try site.presigner.complete(file, for: site.user, at: Self.now)
    }
    let parts = try site.begin()
    #expect(try site.presigner.complete(parts, for: site.user, at: Self.now) == nil)
  }
}
