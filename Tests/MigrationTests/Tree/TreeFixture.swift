import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

/// A folder for trees of any names, deleted with the value.
final class TreeFixture {
  /// The failure of a system call.
  struct Failure: Error { let code: Int32 }

  let folder: ScratchFolder
  let root: TreeRoot

  init() throws {
    folder = try ScratchFolder()
    root = try TreeRoot(folder.path)
  }

  deinit {
    // Foundation cannot remove names that are not UTF-8, or paths that are too long.
    _ = try? run("rm", ["-rf", "--", folder.path], in: "/")
  }

  /// Opens the folder at `path`, making those that are missing; the caller closes the descriptor.
  private func enter(_ parts: some Collection<ArraySlice<UInt8>>) throws -> Int32 {
    var descriptor = open(folder.path, O_RDONLY | O_DIRECTORY)
    for part in parts {
      let name = part.map { CChar(bitPattern: $0) } + [0]
      if mkdirat(descriptor, name, 0o755) != 0, errno != EEXIST { throw Failure(code: errno) }
      let next = openat(descriptor, name, O_RDONLY | O_DIRECTORY)
      close(descriptor)
      guard next >= 0 else { throw Failure(code: errno) }
      descriptor = next
    }
    return descriptor
  }

  /// Calls `body` with the descriptor of the folder that `path` names an entry of, and the entry's name.
  func at<Value>(_ path: [UInt8], _ body: (Int32, [CChar]) throws -> Value) throws -> Value {
    let parts = path.split(separator: UInt8(ascii: "/"))
    let descriptor = try enter(parts.dropLast())
    defer { close(descriptor) }
    return try body(descriptor, (parts.last ?? []).map { CChar(bitPattern: $0) } + [0])
  }

  func write(_ path: [UInt8], _ content: String = "x") throws {
    try at(path) { folder, name in
      let file = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
      guard file >= 0 else { throw Failure(code: errno) }
      defer { close(file) }
      let bytes = Array(content.utf8)
      guard Foundation.write(file, bytes, bytes.count) == bytes.count else { throw Failure(code: errno) }
    }
  }

  func write(_ path: String, _ content: String = "x") throws { try write(Array(path.utf8), content) }

  func makeFolder(_ path: String) throws { close(try enter(Array(path.utf8).split(separator: UInt8(ascii: "/")))) }

  /// Makes a chain of folders `name`, each in the one before, with a file at its end, and returns the file's path.
  func makeChain(_ levels: Int, name: String = "d") throws -> [UInt8] {
    let path = Array(repeating: Array(name.utf8), count: levels).joined(separator: [UInt8(ascii: "/")])
    try write(path + Array("/end".utf8))
    return path + Array("/end".utf8)
  }

  /// Walks the tree to its end.
  func walk(openLevels: Int = TreeWalk.defaultOpenLevels) -> Walked {
    let walk = TreeWalk(root, openLevels: openLevels)
    var walked = Walked()
    while let event = walk.next() {
      switch event {
      case .file(let entry): walked.files.append(entry)
      case .folder(let entry): walked.folders.append(entry.path)
      case .finding(let finding): walked.findings.append(finding)
      }
    }
    return walked
  }

  struct Walked {
    var files: [TreeEntry] = []
    var folders: [[UInt8]] = []
    var findings: [TreeFinding] = []

    var paths: Set<[UInt8]> { Set(files.map(\.path)) }
  }
}
