import Core
import Foundation
import Glibc
import Logging
import TestSupport
import Testing

@testable import Assembly

@Suite struct LogWriterTests {
  private let folder: ScratchFolder
  private let path: String
  private let file: FileHandle
  private let writer: LogWriter

  init() throws {
    folder = try ScratchFolder()
    path = folder.path + "/log"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    writer = LogWriter(descriptor: descriptor)
  }

  private func lines() throws -> [String] {
    try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func write(_ line: String, isUrgent: Bool = false) {
    writer.write(Array("\(line)\n".utf8), isUrgent: isUrgent)
  }

  @Test func `lines of many threads are whole and in the order of each thread`() throws {
    _ = try concurrently(8) { thread in
      for number in 0..<2_000 { write("\(thread) \(number) " + String(repeating: "x", count: number % 50)) }
    }
    writer.flush()
    var next = [Int](repeating: 0, count: 8)
    let lines = try lines()
    for line in lines {
      let words = line.split(separator: " ").compactMap { Int($0) }
      try #require(words.count == 2 && words[1] == next[words[0]], "\(line)")
      next[words[0]] += 1
    }
    #expect(lines.count == 16_000)
  }

  @Test func `a line is written without a flush`() async throws {
    write("first")
    let deadline = ContinuousClock.now + .seconds(10)
    while try lines().isEmpty, .now < deadline { try await Task.sleep(for: .milliseconds(2)) }
    #expect(try lines() == ["first"])
  }

  @Test func `an urgent line is written at once, after the lines before it`() throws {
    write("urgent", isUrgent: true)
    #expect(try lines() == ["urgent"])
    for number in 0..<100 { write("\(number)") }
    write("urgent", isUrgent: true)
    #expect(try lines() == ["urgent"] + (0..<100).map { "\($0)" } + ["urgent"])
  }

  @Test func `lines after a first urgent line are written too`() async throws {
    write("urgent", isUrgent: true)
    write("usual")
    let deadline = ContinuousClock.now + .seconds(10)
    while try lines().count < 2, .now < deadline { try await Task.sleep(for: .milliseconds(2)) }
    #expect(try lines() == ["urgent", "usual"])
  }

  @Test func `an event is one line of JSON in ASCII, with sorted members and a time to the millisecond`() throws {
    var handler = JSONLogHandler(logLevel: .info, process: "presign", writer: writer)
    handler.metadata["z"] = "kept"
    let log = Logger(label: "test") { _ in handler }
    let before = Date.now
    log.warning(
      "a \"line\"\n",
      metadata: [
        "status": .stringConvertible(201), "ms": .stringConvertible(0.3), "user": "ü\u{1F600}\u{7F}\\",
        "bytes": .stringConvertible(Int64(7)), "id": .stringConvertible(FileID(earliestAt: before)),
      ]
    )
    let line = try #require(try lines().first)
    #expect(line.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
    let tail =
      #","level":"warning","process":"presign","message":"a \"line\"\u000a","bytes":7,"id":"\#(FileID(earliestAt: before))","#
      + #""ms":0.3,"status":201,"user":"\u00fc\ud83d\ude00\u007f\\","z":"kept"}"#
    #expect(line.hasSuffix(tail), "\(line)")
    let time = String(line.dropFirst(#"{"time":""#.count).prefix(24))
    let read = try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    #expect(abs(read.timeIntervalSince(before)) < 60)
  }
}
