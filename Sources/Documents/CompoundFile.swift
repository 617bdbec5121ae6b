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
    fileprivate let handle: OpaquePointer

    var name: String { path.last ?? "" }
  }

  private static let maximumNodes = 10_000
  private static let maximumDepth = 32

  let bytes: UnsafeRawBufferPointer
  /// The root first, without a path, then everything below it.
  private(set) var nodes: [Node] = []

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    self.bytes = bytes
    try Self.checkHeader(bytes)
    guard let root = cgsf_open(bytes.baseAddress, bytes.count) else { throw Refusal(.unreadable, "libgsf") }
    try add(root, path: [])
  }

  deinit { for node in nodes { cgsf_release(node.handle) } }

  /// The file's table of sectors must speak for all of its bytes.
  private static func checkHeader(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    let version = try bytes.littleEndian(2, at: 0x1A)
    let shift = try bytes.littleEndian(2, at: 0x1E)
    guard try bytes.littleEndian(2, at: 0x1C) == 0xFFFE, version == 3 && shift == 9 || version == 4 && shift == 12
    else {
      throw Refusal(.unreadable, "no compound file of a version there is")
    }
    let sector = 1 << shift
    let tables = try bytes.littleEndian(4, at: 0x2C)
    guard tables > 0, tables <= bytes.count / sector else { throw Refusal(.unreadable, "no table of sectors") }
    guard bytes.count <= sector * (1 + tables * sector / 4) else {
      throw Refusal(.typeMismatch, "bytes after the last sector")
    }
    try checkDirectory(bytes, sector: sector)
  }

  /// The directory must be short, as libgsf follows it by recursion (2.3, 2.5, 2.6).
  private static func checkDirectory(_ bytes: UnsafeRawBufferPointer, sector size: Int) throws(Refusal) {
    let endOfChain = 0xFFFF_FFFE
    let perSector = size / 4
    var tables: [Int] = []
    for index in 0..<109 { tables.append(try bytes.littleEndian(4, at: 0x4C + 4 * index)) }
    var next = try bytes.littleEndian(4, at: 0x44)
    while next < 0xFFFF_FFFA, tables.count <= bytes.count / size {
      let start = (next + 1) * size
      for index in 0..<(perSector - 1) { tables.append(try bytes.littleEndian(4, at: start + 4 * index)) }
      next = try bytes.littleEndian(4, at: start + 4 * (perSector - 1))
    }
    var sector = try bytes.littleEndian(4, at: 0x30)
    var count = 0
    while sector != endOfChain {
      count += size / 128
      guard count <= maximumNodes else {
        throw Refusal(.decompressionBomb, "a directory that is too long, or a circle")
      }
      guard sector / perSector < tables.count else { throw Refusal(.unreadable, "a sector that is nowhere") }
      sector = try bytes.littleEndian(4, at: (tables[sector / perSector] + 1) * size + 4 * (sector % perSector))
    }
  }

  private func add(_ handle: OpaquePointer, path: [String]) throws(Refusal) {
    let count = Int(cgsf_count(handle))
    var classID = [UInt8](repeating: 0, count: 16)
    if count >= 0 { cgsf_class(handle, &classID) }
    nodes.append(Node(path: path, isStorage: count >= 0, classID: classID, handle: handle))
    guard nodes.count <= Self.maximumNodes, path.count < Self.maximumDepth else {
      throw Refusal(.decompressionBomb, "too many storages and streams")
    }
    for index in 0..<max(0, count) {
      guard let child = cgsf_child(handle, Int32(index)) else { throw Refusal(.unreadable, "a damaged node") }
      let name = cgsf_name(child).map { String(cString: $0) } ?? ""
      try add(child, path: path + [name.lowercased()])
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
