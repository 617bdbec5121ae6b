import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Uploads

@Suite struct MultipartUploadsTests {
  private static let now = Conversation.now

  @Test func `a ticket tells how to divide the file, and hides the store's upload ID`() throws {
    let site = try Conversation()
    let ticket = try site.uploads.begin(site.claim(), for: site.user, at: Self.now)
    #expect(ticket.plan.partSize == 5 << 20 && ticket.plan.count == 3 && ticket.expiresAt == Self.now + 86_400)
    let record = try site.record(try #require(FileID(ticket.fileId)))
    #expect(record.state == .pending && record.expiresAt == ticket.expiresAt && record.heldBytes == 11 << 20)
    let begun = try site.openUploads()
    #expect(begun.map(\.key) == [record.rawKey] && begun.map(\.upload.description) == [record.multipart?.uploadID])
    #expect(!"\(ticket)".contains(begun[0].upload.description))
  }

  @Test func `the object has the type and the metadata of a single PUT`() throws {
    let site = try Conversation()
    let file = try site.beginWhole()
    _ = try site.complete(file)
    let object = try site.store.memory.head(site.record(file).rawKey, in: Conversation.bucket)
    #expect(object.contentType == "image/jpeg" && object.size == 11 << 20)
    #expect(
      object.metadata == [
        "original-filename": "%C3%9Cberblick.jpg", "uploaded-at": "2027-01-15T08:00:00Z", "uploader-id": "ann",
      ]
    )
  }

  @Test func `without quota, or with too many open uploads, nothing is begun`() throws {
    let poor = try Conversation(quotaBytes: 10 << 20)
    #expect(throws: StorageError.quotaExceeded(available: 10 << 20)) { try poor.begin() }
    let busy = try Conversation(policy: UploadPolicy(maximumOpen: 2))
    _ = try busy.begin()
    _ = try busy.presigner.presign(busy.claim(size: 5), for: busy.user, at: Self.now)
    #expect(throws: StorageError.tooManyUploads(limit: 2)) { try busy.begin() }
    #expect(throws: StorageError.tooManyUploads(limit: 2)) {
      try busy.presigner.presign(busy.claim(size: 5), for: busy.user, at: Self.now)
    }
    #expect(try poor.openUploads().isEmpty && busy.openUploads().count == 1)
    try busy.expectReserved(11 << 20 + 5)
  }

  @Test(arguments: [
    FaultyStore.Fault.before(.unavailable(detail: "away")), .after(.timeout(detail: "lost")),
  ])
  func `if the store does not answer nothing is reserved, and a worker aborts what it began`(
    fault: FaultyStore.Fault
  ) throws {
    let site = try Conversation()
    site.store.obey { call, _ in call.operation == .createUpload ? fault : nil }
    let error = #expect(throws: StorageError.self) { try site.begin() }
    guard case .unavailable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    try site.expectReserved(0)
    let job = try #require(try site.database.leaseJob(seconds: 1, at: Self.now))
    let record = try site.record(job.file)
    #expect(record.state == .aborted && record.multipart?.uploadID == nil && record.multipart != nil)
  }

  @Test func `an upload aborted while it began is not handed out`() throws {
    let site = try Conversation()
    site.store.obey { call, _ in
      if call.operation == .createUpload, let file = RawKey(call.key)?.file {
        let isAborted = try site.database.abort(file, of: site.user, removingAt: Self.now)
        #expect(isAborted)
      }
      return nil
    }
    #expect(throws: StorageError.uploadClosed(detail: "It was aborted before it began.")) { try site.begin() }
    try site.expectReserved(0)
  }

  @Test func `every part's length is signed, and no URL outlives the upload`() throws {
    let site = try Conversation()
    let file = try site.begin()
    let parts = try site.uploads.sign([3, 1], of: file, for: site.user, at: Self.now)
    #expect(parts.map(\.number) == [3, 1] && parts.map(\.size) == [1 << 20, 5 << 20])
    let id = try #require(try site.record(file).multipart?.uploadID)
    for part in parts {
      let url = try #require(URLComponents(string: part.url))
      let query = Dictionary(uniqueKeysWithValues: (url.queryItems ?? []).map { ($0.name, $0.value) })
      #expect(query["X-Amz-SignedHeaders"] == "content-length;host" && query["X-Amz-Expires"] == "900")
      #expect(query["partNumber"] == String(part.number) && query["uploadId"] == id)
      #expect(try url.path == "/raw/" + site.record(file).rawKey && part.headers.isEmpty)
    }
    func life(at time: Date) throws -> String? {
      let url = try site.uploads.sign([1], of: file, for: site.user, at: time)[0].url
      return URLComponents(string: url)?.queryItems?.first { $0.name == "X-Amz-Expires" }?.value
    }
    #expect(try life(at: Self.now + 86_400 - 100) == "100" && life(at: Self.now + 86_399) == "1")
    #expect(throws: StorageError.uploadClosed(detail: "Its time is over.")) { try life(at: Self.now + 86_400) }
  }

  @Test(arguments: [[], [0], [4], [-1], [1, 1], [1, Int.max], Array(repeating: 1, count: 101), Array(1...101)])
  func `part numbers outside the upload are refused`(numbers: [Int]) throws {
    let site = try Conversation()
    let file = try site.begin()
    let error = #expect(throws: StorageError.self) {
      try site.uploads.sign(numbers, of: file, for: site.user, at: Self.now)
    }
    guard case .invalidRequest(let text) = error, text.hasPrefix("numbers: ") else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `the stored parts are listed with their lengths`() throws {
    let site = try Conversation()
    let file = try site.begin()
    #expect(try site.uploads.parts(of: file, for: site.user).isEmpty)
    try site.put(3, of: file)
    try site.put(1, of: file, count: 7)
    #expect(
      try site.uploads.parts(of: file, for: site.user) == [
        StoredPart(number: 1, size: 7), StoredPart(number: 3, size: 1 << 20),
      ]
    )
  }

  @Test func `if a part is listed twice the newest counts, and within a second the one of the right length`() {
    func part(_ number: Int, _ tag: String, _ size: Int64, at second: Double) -> PartSummary {
      PartSummary(
        part: CompletedPart(number: number, etag: ETag(tag)),
        size: size,
        lastModified: Self.now + second
      )
    }
    let plan = PartPlan(size: 25, partSize: 10)
    let listed = [
      part(2, "long", 11, at: 5), part(1, "old", 10, at: 1), part(2, "right", 10, at: 5), part(1, "short", 9, at: 2),
      part(3, "wrong", 7, at: 3), part(3, "older", 5, at: 2), part(9, "extra", 1, at: 0),
    ]
    for order in [listed, listed.reversed()] {
      let tags = MultipartUploads.latest(of: order, plan).map(\.part.etag.description)
      #expect(tags == ["short", "right", "wrong", "extra"])
    }
  }

  @Test func `another user's upload and an unknown one are the same 404, on every route`() throws {
    let site = try Conversation()
    let bob = try #require(UserID("bob"))
    let file = try site.beginWhole()
    let unknown = FileID(at: Self.now)
    for (id, user) in [(file, bob), (unknown, site.user)] {
      #expect(throws: StorageError.notFound) { try site.uploads.sign([1], of: id, for: user, at: Self.now) }
      #expect(throws: StorageError.notFound) { try site.uploads.parts(of: id, for: user) }
      #expect(throws: StorageError.notFound) { try site.uploads.complete(id, for: user, at: Self.now) }
      #expect(throws: StorageError.notFound) { try site.presigner.abort(id, for: user, at: Self.now) }
    }
    #expect(try site.record(file).state == .pending && site.openUploads().count == 1)
  }

  @Test func `a single PUT has no parts, and can be aborted too`() throws {
    let site = try Conversation()
    let ticket = try site.presigner.presign(site.claim(size: 5), for: site.user, at: Self.now)
    let file = try #require(FileID(ticket.fileId))
    let text = StorageError.invalidRequest("this upload is a single PUT: it has no parts")
    #expect(throws: text) { try site.uploads.sign([1], of: file, for: site.user, at: Self.now) }
    #expect(throws: text) { try site.uploads.parts(of: file, for: site.user) }
    #expect(throws: text) { try site.complete(file) }
    for _ in 0..<2 { try site.presigner.abort(file, for: site.user, at: Self.now) }
    #expect(try site.record(file).state == .aborted && site.database.jobs(of: file).count == 1)
    try site.expectReserved(0)
  }
}
