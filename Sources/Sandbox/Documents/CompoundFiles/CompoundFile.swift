internal import CGsf
internal import Core

/// A compound file, also called OLE or CFB: storages and streams, read by libgsf; the bytes must outlive it.
///
/// Source: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/
final class CompoundFile {
  struct Node {
    /// From the root, in lowercase, as names are compared.
    let path: [String]
    let isStorage: Bool
    /// A storage's class, as it stands in the file.
    let classID: [UInt8]
    /// The index of the storage that it is in; the root is in itself.
    let parent: Int
    fileprivate let handle: OpaquePointer

    var name: String { path.last ?? "" }
  }

  private static let maximumDepth = 32

  let bytes: UnsafeRawBufferPointer
  /// The root first, without a path, then everything below it.
  private(set) var nodes: [Node] = []

  /// One inside a document spends of that one's budget.
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

  /// A stream of the root storage; its name without regard to case.
  func stream(_ name: String) -> Node? {
    nodes.first { !$0.isStorage && $0.path.count == 1 && $0.name == name.lowercased() }
  }

  /// All of a stream, or its first `limit` bytes.
  func read(_ stream: Node, atMost limit: Int = .max) throws(Refusal) -> [UInt8] {
    let length = Int(cgsf_length(stream.handle))
    guard length >= 0, length <= bytes.count else { throw Refusal(.unreadable, "a stream longer than the file") }
    var content = [UInt8](repeating: 0, count: min(length, limit))
    guard content.isEmpty || cgsf_read(stream.handle, 0, &content, content.count) else {
      throw Refusal(.unreadable, "a damaged stream")
    }
    return content
  }

  /// Whether it is Office's encryption around a package, or its rights management around a document.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-offcrypto/
  var isEncryptedPackage: Bool {
    ["encryptedpackage", "encryptioninfo", "\u{9}drmcontent"].contains { stream($0) != nil }
  }
}
