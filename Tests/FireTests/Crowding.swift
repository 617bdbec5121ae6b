import Foundation
import HTTP
import TestSupport
import Testing

/// Many simultaneous requests for an image that does not exist yet.
struct Crowding {
  private let fixture: FireFixture
  private let count: Int
  private let user: FireFixture.User

  init(_ fixture: FireFixture, count: Int) throws {
    self.fixture = fixture
    self.count = count
    user = try fixture.user()
  }

  /// Through nginx, without a worker: an upload that is not checked yet, then renderings that were deleted.
  func throughNginx() throws {
    let photo = try Payload.large()
    var upload: FireFixture.Upload?
    try fixture.withoutWorker {
      let made = try fixture.upload(photo, as: user)
      upload = made
      let path = "/images/\(user.name)/\(made.id)/thumb.webp"
      try expectOneAnswer(path, status: 302, outcome: "ready", of: made) { try fixture.stack.send("GET", path) }
      let medium = try fixture.variant("medium", of: made)
      try fixture.removeRenderings(of: made)
      try expectOneAnswer(medium, status: 200, outcome: "rendered", of: made) { try fixture.stack.send("GET", medium) }
    }
    try fixture.audit([#require(upload)])
  }

  /// Directly at two `image` processes, while a worker competes for the same job.
  func straight() throws {
    let second = try SecondImage(fixture.stack)
    defer { second.stop() }
    let sockets = try [FastCGIClient("image", of: fixture.stack), FastCGIClient(socket: second.socket)]
    let photo = try Payload.large()
    let upload = try fixture.upload(photo, as: user)
    let path = "/images/\(user.name)/\(upload.id)/thumb.webp"
    let fresh = try concurrently(count) { number in try timed { try sockets[number % 2].get(path) } }
    expectOne(fresh, status: 302, in: try duration(of: upload, "ready"))
    let medium = try fixture.variant("medium", of: upload)
    try fixture.removeRenderings(of: upload)
    let again = try concurrently(count) { number in
      try timed { try sockets[number % 2].get(String(medium.dropFirst(fixture.stack.url.count))) }
    }
    expectOne(again, status: 200, in: try duration(of: upload, "rendered"))
    try fixture.audit([upload])
  }

  private func expectOneAnswer(
    _ what: String,
    status: Int,
    outcome: String,
    of upload: FireFixture.Upload,
    _ ask: @escaping @Sendable () throws -> HTTPResponse
  ) throws {
    let answers = try concurrently(count) { _ in try timed(ask) }
    expectOne(answers, status: status, in: try duration(of: upload, outcome))
  }

  /// Expects the same answer for all, and the slowest but one percent soon after the one rendering.
  ///
  /// The time limit allows for a busy machine; Benchmarks/on-demand measures exactly.
  private func expectOne(_ answers: [Timed], status: Int, in rendering: TimeInterval) {
    #expect(answers.count == count)
    #expect(Set(answers.map(\.answer.head.status)) == [status])
    #expect(Set(answers.map(\.answer.body)).count == 1 && Set(answers.map { $0.answer.head["Location"] }).count == 1)
    #expect(status != 200 || answers.allSatisfy { $0.answer.head["Content-Type"] == "image/webp" })
    let slowest = answers.map(\.seconds).sorted()[count * 99 / 100]
    print("\(count) at once: p99 \(slowest) s, one rendering \(rendering) s")
    #expect(slowest < rendering + 10)
  }

  /// Returns the duration of the file's one job with this outcome, from the logs of all processes; throws unless there
  /// is exactly one.
  private func duration(of upload: FireFixture.Upload, _ outcome: String) throws -> TimeInterval {
    let lines = try fixture.jobs(of: upload).filter { $0.outcome == outcome }
    #expect(lines.count == 1, "\(outcome): \(lines.count) times")
    return try #require(lines.first).ms / 1000
  }

  private struct Timed: Sendable {
    let answer: HTTPResponse
    let seconds: TimeInterval
  }

  @Sendable private func timed(_ ask: () throws -> HTTPResponse) throws -> Timed {
    let start = Date.now
    let answer = try ask()
    return Timed(answer: answer, seconds: -start.timeIntervalSinceNow)
  }
}

/// Another `image` process of the stack, with a separate socket and optionally other settings.
final class SecondImage {
  let socket: String
  private let folder: ScratchFolder
  private let process: StackProcess

  init(_ stack: Stack, settings: [String: String] = [:]) throws {
    folder = try ScratchFolder()
    socket = folder.file("image.sock")
    let own = ["STOWAGE_SOCKET_DIRECTORY": folder.path].merging(settings) { $1 }
    process = try StackProcess("image", of: stack, environment: own)
    try until("another image process", within: 60) { FileManager.default.fileExists(atPath: socket) }
  }

  func stop() { try? process.kill() }
}
