import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Uploads

@Suite struct CompletionTests {
  private static let now = Conversation.now

  private func expectReceived(_ site: Conversation, _ file: FileID) throws {
    #expect(try site.record(file).state == .received && site.database.jobs(of: file).count == 1)
    #expect(try site.versions().map(\.size) == [11 << 20])
    try site.expectReserved(11 << 20)
  }

  @Test func `parts put in any order make one file in their order, and a repetition changes nothing`() throws {
    let site = try Conversation()
    let file = try site.begin()
    for number in [3, 1, 2] { try site.put(number, of: file) }
    for _ in 0..<3 {
      #expect(try site.complete(file) == UploadOutcome(fileId: file.description, state: .received, reason: nil))
    }
    try expectReceived(site, file)
    #expect(site.store.calls.filter { $0.operation == .completeUpload }.count == 1)
    let bytes = try site.store.memory.bytes(of: site.record(file).rawKey, in: Conversation.bucket, limit: 12 << 20)
    #expect(bytes.first == 1 && bytes[5 << 20] == 2 && bytes.last == 3)
  }

  @Test func `missing, long, short and extra parts are each listed, and no object is made`() throws {
    let site = try Conversation()
    let file = try site.begin()
    func expectRefused(_ numbers: [Int], sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(throws: StorageError.partsMissing(numbers: numbers), sourceLocation: sourceLocation) {
        try site.complete(file)
      }
    }
    expectRefused([1, 2, 3])
    try site.put(1, of: file)
    try site.put(3, of: file)
    expectRefused([2])
    try site.put(2, of: file, count: 5 << 20 + 1)
    expectRefused([2])
    try site.put(2, of: file, count: 1)
    expectRefused([2])
    try site.put(2, of: file)
    try site.put(4, of: file, count: 1)
    expectRefused([4])
    #expect(try site.record(file).state == .pending && site.versions().isEmpty)
    try site.expectReserved(11 << 20)
  }

  @Test func `eight simultaneous completions make one file, and each succeeds`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    let states = try concurrently(8) { _ in try site.complete(file).state }
    #expect(states == Array(repeating: .received, count: 8))
    try expectReceived(site, file)
  }

  @Test func `a completion whose response is lost is found by a repetition and by a listing of parts`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    site.store.obey { call, _ in call.operation == .completeUpload ? .after(.timeout(detail: "lost")) : nil }
    #expect(throws: StorageError.self) { try site.complete(file) }
    #expect(try site.record(file).state == .pending)
    site.store.obey(nil)
    #expect(try site.uploads.parts(of: file, for: site.user).map(\.size) == [5 << 20, 5 << 20, 1 << 20])
    #expect(try site.complete(file).state == .received)
    try expectReceived(site, file)
  }

  @Test func `if the store finds the key taken by its own first attempt, the file is complete`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    site.store.obey { call, _ in call.operation == .completeUpload ? .after(.preconditionFailed) : nil }
    #expect(try site.complete(file).state == .received)
    try expectReceived(site, file)
  }

  @Test func `if the parts vanish because another request just completed them, the file is complete`() throws {
    let site = try Conversation()
    let file = try site.begin()
    for number in 1...2 { try site.put(number, of: file) }
    let key = try site.record(file).rawKey
    site.store.obey { call, _ in
      if call.operation == .listParts {
        _ = try site.store.memory.put(.bytes([UInt8](repeating: 1, count: 11 << 20)), to: key, in: Conversation.bucket)
      }
      return nil
    }
    #expect(try site.complete(file).state == .received)
    try expectReceived(site, file)
  }

  @Test func `if the store reports a taken key without an object, the client must repeat`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    site.store.obey { call, _ in call.operation == .completeUpload ? .before(.preconditionFailed) : nil }
    let error = #expect(throws: StorageError.self) { try site.complete(file) }
    guard case .unavailable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    site.store.obey(nil)
    #expect(try site.complete(file).state == .received)
  }

  @Test func `a store that does not support the condition is asked without it`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    let isFirst = Atomic(true)
    site.store.obey { call, _ in
      guard call.operation == .completeUpload, isFirst.exchange(false, ordering: .relaxed) else { return nil }
      return .before(.invalidRequest(code: "NotImplemented", message: "if-none-match"))
    }
    #expect(try site.complete(file).state == .received)
    try expectReceived(site, file)
  }

  @Test func `a part overwritten between the listing and the completion is noticed`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    site.store.obey { call, _ in
      if call.operation == .completeUpload { try site.put(2, of: file, count: 6 << 20) }
      return nil
    }
    #expect(throws: StorageError.partsMissing(numbers: [2])) { try site.complete(file) }
    #expect(try site.versions().isEmpty && site.record(file).state == .pending)
  }

  @Test func `an abort that overtakes a completion wins, and the object is deleted`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    site.store.obey { call, _ in
      guard call.operation == .completeUpload else { return nil }
      try site.presigner.abort(file, for: site.user, at: Self.now)
      let job = try #require(try site.database.leaseJob(seconds: 60, at: Self.now))
      #expect(try site.database.finish(job, at: Self.now))
      return nil
    }
    #expect(throws: StorageError.uploadClosed(detail: "The file is aborted.")) { try site.complete(file) }
    #expect(try site.database.jobs(of: file).count == 1)
    try site.expectReserved(0)
  }

  @Test func `after an abort or an expiry a completion is refused`() throws {
    let site = try Conversation()
    let aborted = try site.beginWhole()
    for _ in 0..<2 { try site.presigner.abort(aborted, for: site.user, at: Self.now) }
    #expect(throws: StorageError.uploadClosed(detail: "The file is aborted.")) { try site.complete(aborted) }
    #expect(throws: StorageError.uploadClosed(detail: "The file is aborted.")) {
      try site.uploads.sign([1], of: aborted, for: site.user, at: Self.now)
    }
    let expired = try site.beginWhole()
    #expect(throws: StorageError.uploadClosed(detail: "Its time is over.")) {
      try site.complete(expired, at: Self.now + 86_400 + 3601)
    }
    #expect(try site.database.expire(expired, expiredBy: Self.now + 86_400))
    #expect(throws: StorageError.uploadClosed(detail: "The file is expired.")) { try site.complete(expired) }
    try site.presigner.abort(expired, for: site.user, at: Self.now)
    #expect(try site.versions().isEmpty)
    try site.expectReserved(0)
  }

  @Test func `an upload that the store lost is closed`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    let upload = try #require(try site.openUploads().first)
    try site.store.memory.abortMultipartUpload(upload.upload, to: upload.key, in: Conversation.bucket)
    let lost = StorageError.uploadClosed(detail: "The store has neither its parts nor the file any more.")
    #expect(throws: lost) { try site.complete(file) }
    #expect(throws: lost) { try site.uploads.parts(of: file, for: site.user) }
    try site.presigner.abort(file, for: site.user, at: Self.now)
    try site.expectReserved(0)
  }

  @Test func `a received file cannot be aborted, and a deleted one is not found`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    _ = try site.complete(file)
    #expect(throws: StorageError.uploadClosed(detail: "The file is received.")) {
      try site.presigner.abort(file, for: site.user, at: Self.now)
    }
    #expect(try site.database.delete(file, of: site.user, at: Self.now))
    #expect(throws: StorageError.notFound) { try site.complete(file) }
    #expect(throws: StorageError.notFound) { try site.presigner.abort(file, for: site.user, at: Self.now) }
  }
}
