internal import Signing

/// The Merkle tree over the files of a tree, whose root is the digest of all paths, sizes and contents.
///
/// A leaf is SHA-256 of a zero byte, the path's length (8 bytes, big endian), the path, the size (8 bytes, big endian)
/// and the file's SHA-256. A node is SHA-256 of a one byte, the left and the right hash. The left side of a node has as
/// many leaves as the largest power of two below the number of leaves, and the root of an empty tree is SHA-256 of no
/// bytes, as in RFC 6962. Leaves come in the order of the paths, compared byte by byte. The memory is a hash for each level.
///
/// Source: https://www.rfc-editor.org/rfc/rfc6962#section-2.1
struct MerkleTree {
  /// The name of the definition in reports.
  static let name = "stowage-tree-1"

  private let hasher = SHA256()
  /// The roots of complete trees, whose sizes are the powers of two that `count` has.
  private var roots: [[UInt8]] = []
  /// The number of leaves.
  private(set) var count = 0

  /// Adds a file, whose path follows all paths before.
  mutating func add(path: [UInt8], size: Int64, digest: [UInt8]) {
    hasher.update([0] + Self.bytes(UInt64(path.count)) + path + Self.bytes(UInt64(bitPattern: size)) + digest)
    var hash = hasher.finalize()
    count += 1
    var left = count
    while left.isMultiple(of: 2), let root = roots.popLast() {
      hash = node(root, hash)
      left /= 2
    }
    roots.append(hash)
  }

  /// The root.
  var root: [UInt8] {
    guard var hash = roots.last else { return SHA256.digest(of: []) }
    for left in roots.dropLast().reversed() { hash = node(left, hash) }
    return hash
  }

  private func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    hasher.update([1] + left + right)
    return hasher.finalize()
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
  }
}
