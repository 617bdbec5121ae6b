import Foundation
import Metrics
import Synchronization
import TestSupport
import Testing

@Suite struct LogFollowerTests {
  private let folder: ScratchFolder
  private var log: String { folder.file("access.log") }

  init() throws { folder = try ScratchFolder() }

  private func append(_ text: String, to path: String? = nil) throws {
    let path = path ?? log
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(filePath: path)) }
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  private func lines(_ follower: LogFollower) -> [String] {
    let lines = Mutex<[String]>([])
    _ = follower.readLines { bytes in lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
    return lines.withLock { $0 }
  }

  @Test func `only new and whole lines are passed on, each once`() throws {
    try append("old\nbegun")
    let follower = LogFollower(path: log)
    #expect(lines(follower) == [])
    try append(" before\none\ntw")
    #expect(lines(follower) == ["one"])
    try append("o\n\nthree\n")
    #expect(lines(follower) == ["two", "", "three"])
    #expect(lines(follower) == [])
  }

  @Test func `a rotated file is read to its end, also what its writer adds after the rotation`() throws {
    try append("")
    let follower = LogFollower(path: log)
    try append("one\n")
    try FileManager.default.moveItem(atPath: log, toPath: log + ".1")
    try append("two\n", to: log + ".1")
    #expect(lines(follower) == ["one", "two"])
    try append("four\n")
    try append("three\n", to: log + ".1")
    #expect(lines(follower).sorted() == ["four", "three"])
    try append("five\n", to: log + ".1")
    try append("six\n")
    #expect(lines(follower) == ["five", "six"])
  }

  @Test func `a file that is cut is read from its start, and one that appears later as well`() throws {
    let follower = LogFollower(path: log)
    #expect(!follower.readLines { _ in })
    try append("one\n")
    #expect(lines(follower) == ["one"])
    try Data("2\n".utf8).write(to: URL(filePath: log), options: [])
    #expect(lines(follower) == ["2"])
  }

  @Test(.timeLimit(.minutes(1)))
  func `a device, a pipe or a folder in place of the log is not read, and the log goes on`()
    throws
  {
    try append("")
    let follower = LogFollower(path: log)
    let files = FileManager.default
    for make in [
      { try files.createSymbolicLink(atPath: log, withDestinationPath: "/dev/zero") },
      { try #require(mkfifo(log, 0o600) == 0) },
      { try files.createDirectory(atPath: log, withIntermediateDirectories: false) },
    ] {
      try files.moveItem(atPath: log, toPath: log + ".kept")
      try make()
      #expect(!follower.readLines { _ in })
      try files.removeItem(atPath: log)
      try files.moveItem(atPath: log + ".kept", toPath: log)
      try append("on\n")
      #expect(lines(follower) == ["on"])
    }
    try files.moveItem(atPath: log, toPath: log + ".kept")
    try files.createSymbolicLink(atPath: log, withDestinationPath: log + ".kept")
    try append("linked\n", to: log + ".kept")
    #expect(lines(follower) == ["linked"])
  }

  @Test func `a line without an end takes no memory, and the next line counts`() throws {
    try append("")
    let follower = LogFollower(path: log)
    try append(String(repeating: "x", count: 1 << 20))
    #expect(lines(follower) == [])
    try append("y\nnext\n")
    #expect(lines(follower) == ["next"])
  }
}
