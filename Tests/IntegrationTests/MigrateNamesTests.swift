import Core
import Foundation
import S3
import Storage
import TestSupport
import Testing

/// Names that no program expects, through a migration and back, on the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct MigrateNamesTests {
  private let tree: ScratchFolder
  private let back: ScratchFolder
  private let user = "names-\(UUID().uuidString.lowercased())"

  init() throws {
    tree = try ScratchFolder()
    back = try ScratchFolder()
  }

  /// A file with its bytes, its time to the nanosecond and its mode.
  private struct Facts: Hashable {
    let content: String
    let facts: String
  }

  @Test func `awkward names arrive, can be listed, and come back byte for byte`() throws {
    let paths = try AwkwardNames.all(longest: 1024 - "\(user)/".utf8.count)
    for (index, path) in paths.enumerated() { try write(path, number: index) }
    let done = try stowage("run", tree.path, "--create-users", "--process", "never", "--beside-uploads", "full")
    #expect(done.contains("sent \(Wording.grouped(paths.count)) files"), "\(done)")

    let keys = try keysByPath()
    #expect(keys.count == paths.count)
    let listed = try listedKeys()
    for path in paths {
      let key = try #require(keys[Array("\(user)/".utf8) + path], "\(String(decoding: path, as: UTF8.self))")
      #expect(listed.contains(key), "the list cannot tell \(String(decoding: key, as: UTF8.self).debugDescription)")
    }
    #expect(listed.count == paths.count)

    let before = try files(tree.path)
    #expect(before.count == paths.count)
    let restored = try stowage("rollback", tree.path, "--to", back.path, "--only-migrated")
    #expect(restored.contains("restored \(Wording.grouped(paths.count)) files"), "\(restored.suffix(500))")
    try compare(before, files(back.path))

    // Metadata has no room for the longest path. Other tests migrate files at the same time.
    let other = try ScratchFolder()
    _ = try stowage("rollback", "/gone", "--without-ledger", "--only-migrated", "--to", other.path, ignoresStatus: true)
    let found = try files(other.path)
    try compare(before.filter { $0.key.count < 2000 }, found)
  }

  private func compare(_ before: [[UInt8]: Facts], _ after: [[UInt8]: Facts]) throws {
    #expect(after.count == before.count)
    for (path, facts) in before where after[path] != facts {
      let name = String(decoding: path, as: UTF8.self).debugDescription
      Issue.record("\(name): \(facts), then \(String(describing: after[path]))")
    }
  }

  /// Makes a file whose bytes, time and mode belong to its number.
  private func write(_ path: [UInt8], number: Int) throws {
    var folder = open(tree.path, O_RDONLY | O_DIRECTORY)
    var parts = (Array("\(user)/".utf8) + path).split(separator: UInt8(ascii: "/")).map { part in
      part.map { CChar(bitPattern: $0) } + [0]
    }
    let name = parts.removeLast()
    for part in parts {
      mkdirat(folder, part, 0o755)
      let next = openat(folder, part, O_RDONLY | O_DIRECTORY)
      close(folder)
      try #require(next >= 0, "\(errno) \(String(decoding: path, as: UTF8.self).debugDescription)")
      folder = next
    }
    defer { close(folder) }
    let file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    try #require(file >= 0, "\(errno) \(String(decoding: path, as: UTF8.self).debugDescription)")
    defer { close(file) }
    let bytes = Array("content \(number)".utf8)
    try #require(Foundation.write(file, bytes, bytes.count) == bytes.count)
    fchmod(file, [0o600, 0o640, 0o444, 0o755][number % 4])
    let time = timespec(tv_sec: 1_000_000_000 + number * 86_400, tv_nsec: 123_456_789 + number)
    var times = [time, time]
    futimens(file, &times)
  }

  private func stowage(_ arguments: String..., ignoresStatus: Bool = false) throws -> String {
    do {
      return String(decoding: try run("stowage", ["migrate"] + arguments), as: UTF8.self)
    } catch  where ignoresStatus {
      return "\(error)"
    }
  }

  /// The keys by path, both as bytes.
  private func keysByPath() throws -> [[UInt8]: [UInt8]] {
    let decoder = JSONDecoder()
    struct Row: Decodable { let encodedPath, key: String }
    return try stowage("map", tree.path, "--json").split(separator: "\n").reduce(into: [:]) { keys, line in
      let row = try decoder.decode(Row.self, from: Data(line.utf8))
      keys[try #require(row.encodedPath.percentDecodedBytes)] = Array(row.key.utf8)
    }
  }

  /// The keys of the user that the store lists, as bytes.
  private func listedKeys() throws -> Set<[UInt8]> {
    let store = try BucketView(#require(Stack.current)).store
    var keys: Set<[UInt8]> = []
    var token: String?
    repeat {
      let page = try store.list("uploads-raw", prefix: "\(user)/", after: token, limit: 1000)
      for item in page.items { keys.insert(Array(item.key.utf8)) }
      token = page.next
    } while token != nil
    return keys
  }

  /// Every file of the user below a folder, by its path as bytes.
  private func files(_ root: String) throws -> [[UInt8]: Facts] {
    let folder = "\(root)/\(user)"
    var files: [[UInt8]: Facts] = [:]
    let output = try run("find", [folder, "-type", "f", "-printf", "%P\\0%T@ %m %s\\0"])
    let fields = [UInt8](output).split(separator: 0, omittingEmptySubsequences: false).dropLast()
    let contents = try run("find", [folder, "-type", "f", "-exec", "cat", "{}", ";", "-printf", "\\0"])
    let texts = [UInt8](contents).split(separator: 0, omittingEmptySubsequences: false).dropLast()
    let list = Array(fields)
    try #require(list.count == 2 * texts.count)
    for (index, text) in texts.enumerated() {
      files[Array("\(user)/".utf8) + list[2 * index]] = Facts(
        content: String(decoding: text, as: UTF8.self),
        facts: String(decoding: list[2 * index + 1], as: UTF8.self)
      )
    }
    return files
  }
}
