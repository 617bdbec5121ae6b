import Foundation
import Signing
import TestSupport
import Testing

@testable import Migration

@Suite struct MerkleTreeTests {
  /// A file of a tree, as JSON for Python.
  private struct Leaf: Encodable {
    let path: String
    let size: Int64
    let digest: String
  }

  /// The definition again, by recursion as in RFC 6962 and by another author's library.
  private static let script = """
    import hashlib, json, sys
    def leaf(path, size, digest):
        return hashlib.sha256(b"\\0" + len(path).to_bytes(8, "big") + path + size.to_bytes(8, "big") + digest).digest()
    def root(leaves):
        if not leaves: return hashlib.sha256(b"").digest()
        if len(leaves) == 1: return leaves[0]
        half = 1
        while 2 * half < len(leaves): half *= 2
        return hashlib.sha256(b"\\1" + root(leaves[:half]) + root(leaves[half:])).digest()
    files = [(bytes.fromhex(f["path"]), f["size"], bytes.fromhex(f["digest"])) for f in json.load(open(sys.argv[1]))]
    print(root([leaf(*f) for f in sorted(files)]).hex(), end="")
    """

  @Test(arguments: [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 100])
  func `the root is that of the written definition`(count: Int) throws {
    var generator = Seeded("merkle", seed: UInt64(count))
    let files = (0..<count).map { _ in
      (0..<Int.random(in: 1...60, using: &generator)).map { _ in UInt8.random(in: 1...255, using: &generator) }
    }
    .sorted { $0.lexicographicallyPrecedes($1) }
    var tree = MerkleTree()
    var leaves: [Leaf] = []
    for path in files {
      let size = Int64.random(in: 0...(5 << 40), using: &generator)
      tree.add(path: path, size: size, digest: SHA256.digest(of: path))
      leaves.append(Leaf(path: lowercaseHexadecimal(path), size: size, digest: SHA256.hexadecimal(of: path)))
    }
    let folder = try ScratchFolder()
    try JSONEncoder().encode(leaves).write(to: URL(filePath: folder.file("leaves.json")))
    let expected = try run("python3", ["-c", Self.script, folder.file("leaves.json")])
    #expect(lowercaseHexadecimal(tree.root) == String(decoding: expected, as: UTF8.self))
  }

  @Test func `path, size and content change the root, and no path can pretend to be another one's size`() {
    func root(_ path: String, _ size: Int64, _ content: UInt8) -> [UInt8] {
      var tree = MerkleTree()
      tree.add(path: Array(path.utf8), size: size, digest: Array(repeating: content, count: 32))
      return tree.root
    }
    let roots = [root("a", 1, 1), root("b", 1, 1), root("a", 2, 1), root("a", 1, 2), root("a\0", 1, 1)]
    #expect(Set(roots).count == roots.count)
  }
}
