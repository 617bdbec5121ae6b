import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct TreeWalkTests {
  let tree: TreeFixture

  init() throws { tree = try TreeFixture() }

  @Test func `a file is told with size, time, mode and inode`() throws {
    try tree.write("ada/2019/a.jpg", "hello")
    let path = tree.folder.file("ada/2019/a.jpg")
    chmod(path, 0o4640)
    var times = [timespec(tv_sec: 5, tv_nsec: 6), timespec(tv_sec: 1_500_000_000, tv_nsec: 123_456_789)]
    utimensat(AT_FDCWD, path, &times, 0)
    let walked = tree.walk()
    let entry = try #require(walked.files.first)
    #expect(entry.path == Array("ada/2019/a.jpg".utf8) && entry.facts.size == 5 && entry.links == 1)
    #expect(entry.facts.mtime == 1_500_000_000_123_456_789 && entry.facts.mode == 0o4640)
    #expect(entry.facts.uid == getuid() && !entry.isSparse)
    #expect(walked.folders == [Array("ada".utf8), Array("ada/2019".utf8)] && walked.findings.isEmpty)
  }

  @Test func `names of every byte, and of 255 bytes, arrive byte for byte`() throws {
    var paths: Set<[UInt8]> = []
    for byte in UInt8(1)...255 where byte != UInt8(ascii: "/") && byte != UInt8(ascii: ".") { paths.insert([byte]) }
    let bytes = (UInt8(1)...255).filter { $0 != UInt8(ascii: "/") }
    paths.insert(Array((bytes + [1]).prefix(255)))
    let names = [
      "A é", "A e\u{301}", "dot.", "space ", " lead", "-rf", "line\nbreak", "back\u{8}space", "\u{202E}gpj", "a+b%20c",
      "...", "..a",
    ]
    for name in names { paths.insert(Array("deep/\(name)/\(name)".utf8)) }
    for path in paths { try tree.write(path) }
    let walked = tree.walk()
    #expect(walked.paths == paths && walked.files.count == paths.count && walked.findings.isEmpty)
  }

  @Test func `the names of the corpus arrive byte for byte`() throws {
    let names = try (HostileNames.corpus() ?? HostileNames.own).filter { name in
      (1...255).contains(name.utf8.count) && !name.utf8.contains(0) && !name.utf8.contains(UInt8(ascii: "/"))
        && name != "." && name != ".."
    }
    #expect(names.count > 40)
    for name in names { try tree.write(Array("ada/".utf8) + Array(name.utf8)) }
    #expect(tree.walk().paths == Set(names.map { Array("ada/".utf8) + Array($0.utf8) }))
  }

  @Test(arguments: [40, 300]) func `a deep tree is walked with few descriptors`(levels: Int) throws {
    let end = try tree.makeChain(levels)
    try tree.write("d/d/d/beside")
    let walk = TreeWalk(tree.root)
    var open = 0
    var paths: Set<[UInt8]> = []
    while let event = walk.next() {
      guard case .file(let entry) = event else { continue }
      paths.insert(entry.path)
      open = max(open, TreeWalk.descriptors(in: String(decoding: tree.root.path, as: UTF8.self)))
    }
    #expect(paths == [end, Array("d/d/d/beside".utf8)])
    #expect((1...TreeWalk.defaultOpenLevels + 4).contains(open), "\(open)")
  }

  @Test func `a path of more than 4,096 bytes is walked and opened`() throws {
    let end = try tree.makeChain(40, name: String(repeating: "n", count: 200))
    #expect(end.count > 8000)
    let walked = tree.walk()
    #expect(walked.paths == [end])
    #expect(try TreeReader(tree.root).open(end).facts == walked.files.first?.facts)
  }

  @Test(arguments: [1, 2, 3, 64]) func `every file is met once, however few levels stay open`(levels: Int) throws {
    var random = Seeded("tree walk")
    var paths: Set<[UInt8]> = []
    for number in 0..<200 {
      let depth = Int.random(in: 1...6, using: &random)
      let folders = (0..<depth).map { _ in "d\(Int.random(in: 0...2, using: &random))" }
      paths.insert(Array((folders + ["f\(number)"]).joined(separator: "/").utf8))
    }
    for path in paths { try tree.write(path) }
    let walked = tree.walk(openLevels: levels)
    #expect(walked.paths == paths && walked.files.count == paths.count && walked.findings.isEmpty)
    #expect(Set(walked.folders).count == walked.folders.count)
  }

  @Test func `links, pipes, sockets and devices are findings, and nothing behind a link is met`() throws {
    try tree.write("ada/file")
    symlink("/etc", tree.folder.file("ada/etc"))
    symlink("file", tree.folder.file("ada/alias"))
    mkfifo(tree.folder.file("ada/pipe"), 0o644)
    try tree.folder.run(
      "python3",
      ["-c", "import socket; socket.socket(socket.AF_UNIX).bind('ada/socket')"]
    )
    var expected: Set = ["symlink ada/etc", "symlink ada/alias", "pipe ada/pipe", "socket ada/socket"]
    if mknod(tree.folder.file("ada/null"), S_IFCHR | 0o644, 259) == 0 { expected.insert("device ada/null") }
    let walked = tree.walk()
    let found = walked.findings.map { finding in
      guard case .special(let kind) = finding.kind else { return "\(finding)" }
      return "\(kind) \(String(decoding: finding.path, as: UTF8.self))"
    }
    #expect(Set(found) == expected)
    #expect(walked.paths == [Array("ada/file".utf8)])
  }

  @Test func `hard links and holes are told`() throws {
    try tree.write("one", "hello")
    link(tree.folder.file("one"), tree.folder.file("two"))
    let file = open(tree.folder.file("holes"), O_WRONLY | O_CREAT, 0o644)
    ftruncate(file, 10 << 20)
    close(file)
    let files = tree.walk().files
    #expect(files.filter { $0.links == 2 }.count == 2)
    #expect(files.filter(\.isSparse).map(\.path) == [Array("holes".utf8)])
  }

  @Test func `a folder that vanishes or becomes a link meanwhile is a finding, and the walk goes on`() throws {
    for name in ["a", "b", "c"] { try tree.write("\(name)/file") }
    let walk = TreeWalk(tree.root, openLevels: 1)
    var findings: [TreeFinding.Kind] = []
    var files = 0
    var isDone = false
    while let event = walk.next() {
      if case .finding(let finding) = event { findings.append(finding.kind) }
      if case .file = event { files += 1 }
      guard case .folder = event, !isDone else { continue }
      isDone = true
      for name in ["a", "b", "c"] {
        let path = tree.folder.file(name)
        guard FileManager.default.fileExists(atPath: path + "/file") else { continue }
        try FileManager.default.removeItem(atPath: path)
        if name == "b" { symlink("/etc", path) }
      }
    }
    // The first folder is open already, so its file is gone as well.
    #expect(files == 0)
    #expect(findings.allSatisfy { $0 == .vanished || $0 == .special(.symlink) })
  }

  @Test func `a second migration of the tree is refused until the first has ended`() throws {
    let path = tree.root.path
    do {
      let first = try TreeRoot(tree.folder.path)
      try first.lock()
      #expect(throws: TreeError.inUse(path: printable(path))) { try tree.root.lock() }
    }
    try tree.root.lock()
  }

  @Test func `a root that is missing or a file is refused, and an empty one is walked`() throws {
    #expect(throws: TreeError.noFolder(path: "/nowhere/x")) { try TreeRoot("/nowhere/x") }
    #expect(throws: TreeError.notFolder(path: "/etc/passwd")) { try TreeRoot("/etc/passwd") }
    #expect(tree.walk().files.isEmpty)
  }
}

extension TreeWalk {
  /// Returns the number of descriptors of this process that lead into `folder`.
  fileprivate static func descriptors(in folder: String) -> Int {
    let links = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return links.count { link in
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(link)")
      return target?.hasPrefix(folder) == true
    }
  }
}
