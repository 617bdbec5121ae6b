import Foundation
import HTTP
import TestSupport
import Testing

/// Several presign processes on the stack's own database, each with a separate socket.
private final class Crowd: @unchecked Sendable {
  let clients: [FastCGIClient]
  private let folders: [ScratchFolder]
  private let processes: [WatchedProcess]

  /// Starts one process for each of `settings`, which override the stack's.
  init(_ settings: [[String: String]]) throws {
    folders = try settings.map { _ in try ScratchFolder() }
    processes = try zip(settings, folders).map { settings, folder in
      let all = settings.merging(["STOWAGE_SOCKET_DIRECTORY": folder.path]) { $1 }
      let arguments = all.map { "\($0.key)=\($0.value)" }
      return try WatchedProcess(["/usr/bin/env"] + arguments + ["presign"], in: folder.path, log: "log")
    }
    clients = folders.map { FastCGIClient(socket: $0.file("presign.sock")) }
    let end = Date.now + 60
    while folders.contains(where: { !FileManager.default.fileExists(atPath: $0.file("presign.sock")) }) {
      guard Date.now < end else { throw Unexpected("no presign process listens") }
      usleep(20_000)
    }
  }

  func stop() { processes.forEach { $0.stop() } }

  /// Returns the response to a claim for a PDF of this size.
  func claim(_ number: Int, size: Int, token: String) throws -> Answer {
    let json = #"{"filename":"a.pdf","size":\#(size),"contentType":"application/pdf"}"#
    let answer = try clients[number % clients.count].ask("POST", "/v1/uploads", json: json, token: token)
    guard answer.head.status == 201 else {
      return Answer(status: answer.head.status, code: try Stack.problem(answer).code, file: nil)
    }
    struct Ticket: Decodable { var fileId: String }
    return Answer(status: 201, code: "", file: try JSONDecoder().decode(Ticket.self, from: Data(answer.body)).fileId)
  }

  func abort(_ file: String, by number: Int, token: String) throws -> Int {
    try clients[number % clients.count].ask("DELETE", "/v1/uploads/\(file)", token: token).head.status
  }

  struct Answer: Sendable {
    let status: Int
    let code: String
    let file: String?
  }
}

@Suite(.serialized, .enabled(if: isRunning, howToRun)) struct QuotaRaceTests {
  private static let size = 1 << 20

  private let stack: Stack
  private let rows: DatabaseRows
  private let user = "race-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    rows = try DatabaseRows(stack)
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  /// Two processes sign single PUTs; the third uploads every file in parts.
  private func crowd(_ settings: [String: String] = [:]) throws -> Crowd {
    try Crowd([settings, settings, settings.merging(["STOWAGE_UPLOAD_SINGLE_MAX_BYTES": "1"]) { $1 }])
  }

  private func setQuota(_ bytes: Int) throws {
    try run("stowage", ["users", "set", user, "--create", "--quota", "\(bytes)"])
  }

  private func expectExact() throws {
    #expect(String(decoding: try run("stowage", ["users", "recount", user]), as: UTF8.self).contains("is right"))
  }

  @Test func `of 200 simultaneous claims to three processes, with quota for 10, exactly 10 are granted`() throws {
    try setQuota(11 * Self.size - 1)
    let crowd = try crowd()
    defer { crowd.stop() }
    let answers = try concurrently(200) { [token] number in try crowd.claim(number, size: Self.size, token: token) }
    #expect(answers.filter { $0.status == 201 }.count == 10)
    #expect(answers.filter { $0.status == 403 && $0.code == "quota_exceeded" }.count == 190)
    #expect(try rows.reserved(user) == [10 * Self.size, 10 * Self.size])
    try expectExact()
    for (number, file) in answers.compactMap(\.file).enumerated() {
      #expect(try crowd.abort(file, by: number, token: token) == 204)
    }
    #expect(try rows.reserved(user) == [0, 0])
    try expectExact()
  }

  @Test
  func `of 60 simultaneous claims with a limit of 7, exactly 7 are granted, and one more for each that ends`()
    throws
  {
    try setQuota(1000 * Self.size)
    let crowd = try crowd(["STOWAGE_UPLOAD_MAX_OPEN": "7"])
    defer { crowd.stop() }
    func race(_ count: Int) throws -> [String] {
      let answers = try concurrently(count) { [token] number in try crowd.claim(number, size: Self.size, token: token) }
      let granted = answers.compactMap(\.file)
      #expect(answers.filter { $0.status == 429 && $0.code == "too_many_uploads" }.count == count - granted.count)
      #expect(try rows.open(user) == 7)
      #expect(try rows.reserved(user) == [7 * Self.size, 7 * Self.size], "what was refused is not reserved")
      return granted
    }
    var files = try race(60)
    #expect(files.count == 7)
    for _ in 0..<2 {
      for number in 0..<2 { #expect(try crowd.abort(files.removeFirst(), by: number, token: token) == 204) }
      let more = try race(20)
      #expect(more.count == 2)
      files += more
    }
    try expectExact()
    for file in files { #expect(try crowd.abort(file, by: 0, token: token) == 204) }
  }

  @Test
  func `while uploads begin, abort and expire, the quota is never exceeded and the columns stay exact`()
    throws
  {
    try setQuota(10 * Self.size)
    let crowd = try crowd(["STOWAGE_UPLOAD_MAX_OPEN": "0"])
    defer { crowd.stop() }
    let outcomes = try concurrently(14) { [rows, token, user] number -> [Int] in
      guard number >= 2 else {
        // A sweep checks every object of the bucket: it takes as long as several recounts.
        for _ in 0..<(number == 0 ? 8 : 2) {
          if number == 0 {
            _ = try run("stowage", ["users", "recount", user])
          } else {
            _ = try run("stowage", ["sweep"])
          }
          let (bytes, quota) = try rows.taken(user)
          #expect(bytes <= quota)
        }
        return []
      }
      return try (0..<12).map { round in
        let answer = try crowd.claim(number + round, size: Self.size, token: token)
        guard let file = answer.file else { return answer.status }
        switch (number + round) % 3 {
        case 0: break
        case 1: try rows.expire(file, ago: 3700)
        default: #expect(try crowd.abort(file, by: number, token: token) == 204)
        }
        return answer.status
      }
    }.joined()
    #expect(outcomes.allSatisfy { [201, 403].contains($0) })
    #expect(outcomes.filter { $0 == 201 }.count >= 10, "\(outcomes.count)")
    let reserved = try rows.reserved(user)
    #expect(reserved[0] == reserved[1] && reserved[0] <= 10 * Self.size)
    try expectExact()
  }
}
