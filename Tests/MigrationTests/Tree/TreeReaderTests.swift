import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct TreeReaderTests {
  let tree: TreeFixture

  init() throws { tree = try TreeFixture() }

  private func content(_ path: String) throws -> String {
    let file = try TreeReader(tree.root).open(Array(path.utf8))
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  @Test func `files are read by their paths, and one reader goes from folder to folder`() throws {
    try tree.write("ada/one", "1")
    try tree.write("ada/deep/two", "22")
    #expect(try content("ada/one") == "1")
    #expect(try content("ada/deep/two") == "22")
    let reader = TreeReader(tree.root)
    for path in ["ada/one", "ada/deep/two", "ada/one"] { #expect(try reader.open(Array(path.utf8)).facts.size > 0) }
  }

  @Test func `no link on the way or at the end is followed`() throws {
    try tree.write("ada/file", "mine")
    symlink("ada", tree.folder.file("bob"))
    symlink("file", tree.folder.file("ada/alias"))
    #expect(throws: TreeError.vanished) { try content("bob/file") }
    #expect(throws: TreeError.notRegular(.symlink)) { try content("ada/alias") }
  }

  @Test(arguments: ["", ".", "..", "../x", "ada/../ada/file", "ada//file", "/etc/passwd", "ada/", "ada/./file"])
  func `a path with empty components or dots is refused`(path: String) throws {
    try tree.write("ada/file")
    #expect(throws: TreeError.self) { try content(path) }
  }

  @Test func `a pipe or socket is not opened, and blocks nothing`() throws {
    mkfifo(tree.folder.file("pipe"), 0o644)
    try tree.folder.run("python3", ["-c", "import socket; socket.socket(socket.AF_UNIX).bind('socket')"])
    #expect(throws: TreeError.notRegular(.pipe)) { try content("pipe") }
    #expect(throws: TreeError.notRegular(.socket)) { try content("socket") }
    #expect(throws: TreeError.notRegular(.folder)) {
      try tree.makeFolder("folder")
      _ = try content("folder")
    }
    #expect(throws: TreeError.vanished) { try content("nothing") }
  }

  @Test(arguments: ["link", "pipe", "file"]) func `a name that changes just before it is opened gives no bytes`(
    other: String
  ) throws {
    try tree.write("ada/file", "mine")
    try tree.write("ada/other", "secret")
    let path = tree.folder.file("ada/file")
    let reader = TreeReader(tree.root)
    reader.willOpen = { [tree] in
      switch other {
      case "link":
        unlink(path)
        symlink("other", path)
      case "pipe":
        unlink(path)
        mkfifo(path, 0o644)
      default: rename(tree.folder.file("ada/other"), path)
      }
    }
    #expect(throws: TreeError.vanished) { try reader.open(Array("ada/file".utf8)) }
    reader.willOpen = {}
    if other == "file" { #expect(try content("ada/file") == "secret") }
  }

  @Test func `the access time of a file stays`() throws {
    try tree.write("file", "x")
    var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 2000, tv_nsec: 0)]
    utimensat(AT_FDCWD, tree.folder.file("file"), &times, 0)
    #expect(try content("file") == "x")
    var status = stat()
    lstat(tree.folder.file("file"), &status)
    #expect(status.st_atim.tv_sec == 1000)
  }
}
