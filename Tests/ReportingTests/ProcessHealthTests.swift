import Core
import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct ProcessHealthTests {
  @Test func `every process of the node has one answer, also those that do not run`() throws {
    let folder = try ScratchFolder()
    let files = try OneAnswer(
      at: folder.file("files.sock"),
      status: 200,
      body: #"{"parts":{"token keys":"ok","database":"ok"},"version":"1.2.3"}"#
    )
    defer { files.stop() }
    let image = try OneAnswer(
      at: folder.file("image.sock"),
      status: 503,
      body: #"{"parts":{"store":"bucket\u0007 away\nsecond line"}}"#
    )
    defer { image.stop() }
    let garbage = try OneAnswer(at: folder.file("presign.sock"), status: 200, body: "<script>")
    defer { garbage.stop() }
    let answers = ProcessHealth(directory: folder.path, answering: .dashboard).ask()
    #expect(answers.map(\.process) == ProcessName.handlers.map(\.rawValue) + ["worker"])
    func answer(_ name: String) throws -> ProcessHealth.Answer { try #require(answers.first { $0.process == name }) }
    #expect(try answer("files").isReady && answer("files").version == "1.2.3")
    #expect(try answer("files").parts.map(\.name) == ["database", "token keys"])
    #expect(try !answer("image").isReady)
    #expect(try answer("image").parts.allSatisfy { !$0.state.contains("\n") && !$0.state.contains("\u{7}") })
    #expect(try !answer("presign").isReady && answer("presign").failure?.contains("says nothing") == true)
    #expect(try !answer("authorize").isReady && answer("authorize").failure != nil)
    #expect(try answer("dashboard").isReady)
  }

  @Test func `each of several workers is asked, and a file that looks like a socket fails alone`() throws {
    let folder = try ScratchFolder()
    let one = try OneAnswer(at: folder.file("worker.11.sock"), status: 200, body: #"{"parts":{}}"#)
    defer { one.stop() }
    try Data().write(to: URL(filePath: folder.file("worker.12.sock")))
    try Data().write(to: URL(filePath: folder.file("worker.x.sock")))
    let answers = ProcessHealth(directory: folder.path, answering: .dashboard).ask()
    let workers = answers.filter { $0.process.hasPrefix("worker") }
    #expect(workers.map(\.process) == ["worker.11", "worker.12"] && workers.map(\.isReady) == [true, false])
  }

  @Test func `processes that hang cost the time of one`() throws {
    let folder = try ScratchFolder()
    let hanging = try ["files", "image", "presign"].map {
      try OneAnswer(at: folder.file("\($0).sock"), status: 200, body: "{}", pause: 4_000_000)
    }
    defer { hanging.forEach { $0.stop() } }
    let start = ContinuousClock.now
    let answers = ProcessHealth(directory: folder.path, answering: .dashboard).ask()
    #expect(ContinuousClock.now - start < .seconds(6))
    #expect(answers.filter { $0.failure == "no answer in time" }.count == 3)
  }
}
