import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: isRunning, howToRun)) struct MultipartTests {
  private let stack: Stack
  private let bucket: BucketView
  private let rows: DatabaseRows
  private let user = "parts-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    bucket = try BucketView(stack)
    rows = try DatabaseRows(stack)
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  /// Returns a document of three parts, different each time.
  private func document() -> [UInt8] {
    Document.pdf(comment: UUID().uuidString + String(repeating: "0123456789abcdef", count: 11 << 16))
  }

  private func begin(_ bytes: [UInt8], numbers: [Int]? = nil) throws -> Stack.MultipartTicket {
    try stack.putParts(bytes, "a.pdf", type: "application/pdf", numbers: numbers, token: token)
  }

  private func ask(_ method: String, _ file: String, _ what: String = "", json: String? = nil) throws -> HTTPResponse {
    try stack.ask(method, file, what, json: json, token: token)
  }

  private func complete(_ file: String) throws -> String {
    let completion: Stack.Completion = try Stack.decode(try ask("POST", file, "/complete"), status: 200)
    #expect(completion.fileId == file)
    return completion.state
  }

  private func expect(
    _ answer: HTTPResponse,
    _ status: Int,
    _ code: String,
    numbers: [Int]? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    struct Numbers: Decodable { var numbers: [Int]? }
    let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
    #expect(answer.head.status == status, "\(text)", sourceLocation: sourceLocation)
    #expect(try Stack.problem(answer).code == code, sourceLocation: sourceLocation)
    let found = try JSONDecoder().decode(Numbers.self, from: Data(answer.body)).numbers
    #expect(found == numbers, sourceLocation: sourceLocation)
  }

  private func settled(_ file: String) throws -> Stack.File {
    let end = Date.now + 60
    while true {
      let record = try stack.file(file, token: token)
      if record.state != "pending", record.state != "received" { return record }
      guard Date.now < end else { throw Unexpected("still \(record.state)") }
      usleep(50_000)
    }
  }

  private func uploads() throws -> [UploadSummary] {
    try bucket.store.listMultipartUploads("uploads-raw", prefix: "\(user)/", after: nil, limit: 100).items
  }

  private func versions() throws -> [VersionSummary] {
    try bucket.store.listVersions("uploads-raw", prefix: "\(user)/", after: nil, limit: 100).items
  }

  /// Expects, after a sweep, no multipart upload, this many objects, and nothing reserved.
  private func expectSettled(objects: Int) throws {
    _ = try run("stowage", ["sweep"])
    let end = Date.now + 60
    while try rows.multiparts(user) != 0 || versions().count != objects, Date.now < end { usleep(100_000) }
    #expect(try rows.multiparts(user) == 0 && uploads().isEmpty)
    #expect(try versions().count == objects)
    #expect(try rows.reserved(user) == [0, 0])
  }

  @Test func `parts put in any order make the file, byte for byte, and a second completion changes nothing`() throws {
    let bytes = document()
    let ticket = try begin(bytes, numbers: [3, 1, 2])
    #expect(ticket.multipart.partSize == 5 << 20 && ticket.multipart.partCount == 3)
    #expect(abs(ticket.expiresAt.timeIntervalSinceNow - 86_400) < 60)
    for _ in 0..<2 { #expect(["received", "ready"].contains(try complete(ticket.fileId))) }
    let file = try settled(ticket.fileId)
    #expect(file.state == "ready" && file.size == Int64(bytes.count))
    #expect(try file.sha256 == Digest.sha256(bytes))
    #expect(try complete(ticket.fileId) == "ready")
    try expect(try ask("DELETE", ticket.fileId), 409, "upload_closed")
    try expect(try ask("GET", ticket.fileId, "/parts"), 409, "upload_closed")
    try expectSettled(objects: 1)
  }

  @Test func `a part of another length is refused by the store, a missing one by presign`() throws {
    let bytes = document()
    let ticket = try begin(bytes, numbers: [1])
    let file = ticket.fileId
    let two = try stack.partURLs([2], of: file, token: token)[0]
    // On a store that obeys unsigned headers, signed headers keep a part from becoming a copy.
    #expect(try two.size == 5 << 20 && (two.headers == [:]) == (stack.setting("STOWAGE_STORE") != "ceph"))
    for count in [5 << 20 + 1, 5 << 20 - 1] {
      let other = [UInt8](repeating: 0, count: count)
      #expect(try stack.put(two, of: bytes, partSize: 5 << 20, other: other).head.status == 403)
    }
    try expect(try ask("POST", file, "/complete"), 409, "parts_missing", numbers: [2, 3])
    let there: Stack.Parts = try Stack.decode(try ask("GET", file, "/parts"), status: 200)
    #expect(there.parts.map(\.number) == [1] && there.parts.map(\.size) == [5 << 20])
    #expect(try rows.reserved(user) == [bytes.count, bytes.count])
    for part in try stack.partURLs([2, 3], of: file, token: token) {
      #expect(try stack.put(part, of: bytes, partSize: 5 << 20).head.status == 200)
    }
    _ = try complete(file)
    #expect(try settled(file).sha256 == Digest.sha256(bytes))
    try expectSettled(objects: 1)
  }

  @Test func `extra or oversize parts without a presigned URL prevent the completion`() throws {
    let bytes = document()
    let file = try begin(bytes, numbers: [1, 3]).fileId
    let upload = try #require(try uploads().first)
    func put(_ number: Int, _ count: Int) throws {
      let piece = ObjectBody.bytes([UInt8](repeating: 1, count: count))
      _ = try bucket.store.uploadPart(piece, number: number, to: upload.key, in: "uploads-raw", upload: upload.upload)
    }
    try put(2, 6 << 20)
    try expect(try ask("POST", file, "/complete"), 409, "parts_missing", numbers: [2])
    try put(4, 10)
    try expect(try ask("POST", file, "/complete"), 409, "parts_missing", numbers: [2, 4])
    #expect(try versions().isEmpty && rows.reserved(user) == [bytes.count, bytes.count])
    #expect(try ask("DELETE", file).head.status == 204)
    try expectSettled(objects: 0)
  }

  @Test func `a part may be put again, and the last one counts`() throws {
    let bytes = document()
    let file = try begin(bytes, numbers: [1, 3]).fileId
    let two = try stack.partURLs([2], of: file, token: token)[0]
    let other = [UInt8](repeating: 0, count: two.size)
    #expect(try stack.put(two, of: bytes, partSize: 5 << 20, other: other).head.status == 200)
    // Stores report the times of parts in whole seconds.
    usleep(1_100_000)
    for _ in 0..<2 { #expect(try stack.put(two, of: bytes, partSize: 5 << 20).head.status == 200) }
    let there: Stack.Parts = try Stack.decode(try ask("GET", file, "/parts"), status: 200)
    #expect(there.parts.map(\.number) == [1, 2, 3])
    _ = try complete(file)
    #expect(try settled(file).sha256 == Digest.sha256(bytes))
    try expectSettled(objects: 1)
  }

  @Test func `eight simultaneous completions make one file, and each gets the success response`() throws {
    let bytes = document()
    let file = try begin(bytes).fileId
    let states = try concurrently(8) { [self] _ in try complete(file) }
    #expect(states.allSatisfy { ["received", "ready"].contains($0) })
    #expect(try settled(file).sha256 == Digest.sha256(bytes))
    try expectSettled(objects: 1)
  }

  @Test func `of a simultaneous completion and abort, either the file exists or nothing does`() throws {
    let bytes = document()
    var made = 0
    for round in 0..<6 {
      let file = try begin(bytes).fileId
      let statuses = try concurrently(2) { [self] index in
        if index == 1 { usleep(UInt32(round) * 10_000) }
        return try index == 0 ? ask("POST", file, "/complete").head.status : ask("DELETE", file).head.status
      }
      let isMade = statuses == [200, 409]
      #expect(isMade || statuses == [409, 204])
      if isMade { made += 1 }
      #expect(try settled(file).state == (isMade ? "ready" : "aborted"))
    }
    try expectSettled(objects: made)
  }
}
