import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

/// `stowage users erase`, run as an administrator would, on a busy system.
@Suite(.enabled(if: isRunning, howToRun)) struct EraseCommandTests {
  private struct Remains: Decodable, Equatable {
    var rawVersions = 0
    var processedVersions = 0
    var multipartUploads = 0
    var files = 0
    var hasRow = false
  }
  private struct Report: Decodable {
    var before: Remains
    var after: Remains?
    var uploadURLsEndAt: String?
  }
  private struct Outcome {
    let status: Int32
    let said: String
    let complaint: String
    var report: Report { get throws { try JSONDecoder().decode(Report.self, from: Data(said.utf8)) } }
  }

  private let stack: Stack
  private let rows: DatabaseRows
  private let bucket: BucketView
  private let user = "erased-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    rows = try DatabaseRows(stack)
    bucket = try BucketView(stack)
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  /// Runs the command to its end; `act` runs at the same time.
  private func erase(_ options: String..., act: (Process) throws -> Void = { _ in }) throws -> Outcome {
    let folder = try ScratchFolder()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["stowage", "users", "erase", user] + options
    let files = try ["out", "err"].map { try folder.write([], to: $0) }
    let handles = try files.map { try #require(FileHandle(forWritingAtPath: $0)) }
    process.standardInput = FileHandle.nullDevice
    (process.standardOutput, process.standardError) = (handles[0], handles[1])
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    try act(process)
    process.waitUntilExit()
    let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
    #expect(process.terminationReason == .exit, "\(texts)")
    return Outcome(status: process.terminationStatus, said: texts[0], complaint: texts[1])
  }

  private func upload(_ bytes: [UInt8], _ name: String, type: String) throws -> Stack.File {
    let ticket = try stack.ticket(name, type: type, size: bytes.count, token: token)
    #expect(try stack.put(bytes, ticket).head.status == 200)
    let end = Date.now + 60
    while true {
      let file = try stack.file(ticket.fileId, token: token)
      if !["pending", "received"].contains(file.state) { return file }
      guard Date.now < end else { throw Unexpected("still \(file.state)") }
      usleep(100_000)
    }
  }

  private func api(_ method: String, _ path: String, _ json: String? = nil) throws -> Int {
    let headers = [(name: "Authorization", value: "Bearer \(token)"), ("Content-Type", "application/json")]
    return try stack.send(method, path, headers: headers, body: json.map { Array($0.utf8) }).head.status
  }

  /// Creates files in many states, a multipart upload and a link; returns the URLs of the images.
  private func fill() throws -> [String] {
    let image = try upload(Photo.jpeg(width: 200, height: 150), "a.jpg", type: "image/jpeg")
    let deleted = try upload(Photo.jpeg(width: 120, height: 90), "b.jpg", type: "image/jpeg")
    let document = try upload(Document.pdf(), "c.pdf", type: "application/pdf")
    let refused = try upload(Array("no image".utf8), "d.png", type: "image/png")
    #expect([image, deleted, document, refused].map(\.state) == ["ready", "ready", "ready", "rejected"])
    for url in image.variants.map(\.url) { #expect(try stack.send("GET", url).head.status == 200) }
    #expect(try api("DELETE", "/v1/files/\(deleted.id)") == 204)
    #expect(try api("POST", "/v1/files/\(document.id)/links", #"{"expiresInSeconds":3600}"#) == 201)
    _ = try stack.ticket(size: 1000, token: token)
    let large = Document.pdf(comment: String(repeating: "0123456789abcdef", count: 11 << 16))
    _ = try stack.putParts(large, "e.pdf", type: "application/pdf", numbers: [1], token: token)
    return image.variants.map(\.url)
  }

  /// Returns the number of versions and delete markers in both buckets, and of multipart uploads.
  private func bytesLeft() throws -> [Int] {
    let prefix = "\(user)/"
    let places = [("uploads-raw", ""), ("uploads-processed", "images/"), ("uploads-processed", "~guarded/")]
    return try places.map {
      try bucket.store.listVersions($0, prefix: $1 + prefix, after: nil, limit: 100).items.count
    } + [try bucket.store.listMultipartUploads("uploads-raw", prefix: prefix, after: nil, limit: 100).items.count]
  }

  @Test func `a user is erased completely: confirmed, interrupted, resumed, and verified in the end`() throws {
    let images = try fill()
    let dry = try erase("--dry-run", "--json")
    let found = try dry.report
    #expect(dry.status == 0 && found.after == nil && found.before.files == 6 && found.before.hasRow)
    #expect(found.before.rawVersions > 2 && found.before.processedVersions > 2 && found.before.multipartUploads == 1)
    let unasked = try erase()
    #expect(unasked.status == 1 && unasked.complaint.contains("--yes") && unasked.said.contains("6 files"))
    #expect(try rows.files(of: user, in: ["ready", "rejected", "deleted", "pending"]) == 6)
    for url in images { #expect(try stack.send("GET", url).head.status == 200) }

    // The command waits for the last purge round, some seconds after the images were invalidated. It is stopped during that
    // time.
    let stopped = try erase("--yes", "--json") { process in
      let end = Date.now + 60
      while try rows.files(of: user, in: ["purging", "purged"]) == 0, Date.now < end { usleep(100_000) }
      process.interrupt()
    }
    #expect(stopped.status == 130 && stopped.complaint.contains("run it again"), "\(stopped.complaint)")
    for url in images { #expect(try stack.send("GET", url).head.status == 404) }
    #expect(try stack.ticketStatus(token: token) != 201)

    let early = try erase("--yes", "--json")
    #expect(early.status == 75 && early.complaint.contains("run it once more"), "\(early.complaint)")
    #expect(try early.report.uploadURLsEndAt != nil && early.report.after?.files == 6)
    #expect(try bytesLeft().allSatisfy { $0 == 0 })

    try rows.expireAll(of: user, ago: 8000)
    for _ in 0..<2 {
      let last = try erase("--yes", "--json")
      #expect(try last.status == 0 && last.report.after ?? last.report.before == Remains(), "\(last.said)")
    }
    #expect(try bytesLeft().allSatisfy { $0 == 0 })
    #expect(try rows.rowCounts(of: user) == [0, 0, 0, 0, 0, 0])
  }
}

extension Stack {
  /// Returns the status of a claim of a small photo.
  fileprivate func ticketStatus(token: String) throws -> Int {
    try claim(#"{"filename":"a.jpg","size":1000,"contentType":"image/jpeg"}"#, token: token).head.status
  }
}
