internal import CGsf
internal import Core

/// A compound file (also called OLE or CFB): storages and streams, read by libgsf.
///
/// The bytes must outlive this object.
///
/// Source: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/
final class CompoundFile {
  struct Node {
    /// The path from the root, in lowercase, because names are compared without case.
    let path: [String]
    let isStorage: Bool
    /// The class identifier of a storage, in the byte order of the file.
    let classID: [UInt8]
    /// The index of the parent storage; the root is its own parent.
    let parent: Int
    fileprivate let handle: OpaquePointer

    var name: String { path.last ?? "" }
  }

  private static let maximumDepth = 32

  let bytes: UnsafeRawBufferPointer
  /// The root first, with an empty path, then everything below the root.
  private(set) var nodes: [Node] = []

  /// Opens the file; a file inside a document shares the document's budget.
  init(_ bytes: UnsafeRawBufferPointer, _ budget: Budget? = nil) throws(Refusal) {
    self.bytes = bytes
    let layout = try CompoundLayout(bytes)
    try budget?.spend(innerNodes: layout.nodeCount)
    guard let root = cgsf_open(bytes.baseAddress, bytes.count) else { throw Refusal(.unreadable, "libgsf") }
    try add(root, path: [], parent: 0)
  }

  deinit { for node in nodes { cgsf_release(node.handle) } }

  private func add(_ handle: OpaquePointer, path: [String], parent: Int) throws(Refusal) {
    let count = Int(cgsf_count(handle))
    var classID = [UInt8](repeating: 0, count: 16)
    if count >= 0 { cgsf_class(handle, &classID) }
    nodes.append(Node(path: path, isStorage: count >= 0, classID: classID, parent: parent, handle: handle))
    let index = nodes.count - 1
    guard nodes.count <= CompoundLayout.maximumNodes, path.count < Self.maximumDepth else {
      throw Refusal(.decompressionBomb, "too many storages and streams")
    }
    for number in 0..<max(0, count) {
      guard let child = cgsf_child(handle, Int32(number)) else { throw Refusal(.unreadable, "a damaged node") }
      let name = cgsf_name(child).map { String(cString: $0) } ?? ""
      try add(child, path: path + [name.lowercased()], parent: index)
    }
  }

  /// Returns the stream of this name in the root storage; names are compared without case.
  func stream(_ name: String) -> Node? {
    nodes.first { !$0.isStorage && $0.path.count == 1 && $0.name == name.lowercased() }
  }

  /// Returns all bytes of a stream, or its first `limit` bytes.
  func read(_ stream: Node, atMost limit: Int = .max) throws(Refusal) -> [UInt8] {
    let length = Int(cgsf_length(stream.handle))
    guard length >= 0, length <= bytes.count else { throw Refusal(.unreadable, "a stream longer than the file") }
    var content = [UInt8](repeating: 0, count: min(length, limit))
    guard content.isEmpty || cgsf_read(stream.handle, 0, &content, content.count) else {
      throw Refusal(.unreadable, "a damaged stream")
    }
    return content
  }

  /// True if the file is a document encrypted by Office or protected by its rights management.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-offcrypto/
  var isEncryptedPackage: Bool {
    ["encryptedpackage", "encryptioninfo", "\u{9}drmcontent"].contains { stream($0) != nil }
  }
}
