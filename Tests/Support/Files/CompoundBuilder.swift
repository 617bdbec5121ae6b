/// Writes a compound file of version 3; every stream has at least the length that needs a sector chain (4,096 bytes).
///
/// Source: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/
public struct CompoundBuilder: Sendable {
  /// A stream or a storage.
  public struct Node: Sendable {
    let name: String
    let content: [UInt8]
    let children: [Node]?
    let classID: [UInt8]

    /// Returns a stream, padded with zeros to 4,096 bytes.
    public static func stream(_ name: String, _ content: [UInt8] = []) -> Node {
      let padding = [UInt8](repeating: 0, count: max(0, 4096 - content.count))
      return Node(name: name, content: content + padding, children: nil, classID: [])
    }

    /// Returns a storage with this class identifier.
    public static func storage(_ name: String, classID: [UInt8] = [], _ children: [Node]) -> Node {
      Node(name: name, content: [], children: children, classID: classID)
    }
  }

  private static let endOfChain = 0xFFFF_FFFE
  private static let free = 0xFFFF_FFFF
  private static let sector = 512

  private let nodes: [Node]

  /// A file with these nodes in its root.
  public init(_ nodes: [Node]) { self.nodes = nodes }

  /// The bytes of the file.
  public var bytes: [UInt8] {
    var entries: [[UInt8]] = []
    var streams: [[UInt8]] = []
    let count = Self.count(nodes) + 1
    let directorySectors = (count + 3) / 4
    let streamSectors = Self.sectors(nodes)
    var tables = 1
    while tables * 128 < tables + directorySectors + streamSectors { tables += 1 }
    var next = tables + directorySectors
    entries.append([])
    let first = Self.add(nodes, &entries, &streams, &next)
    entries[0] = Self.entry(
      "Root Entry",
      kind: 5,
      sibling: Self.free,
      child: first,
      start: Self.endOfChain,
      size: 0,
      []
    )
    while !entries.count.isMultiple(of: 4) { entries.append([UInt8](repeating: 0, count: 128)) }
    var table = [Int](repeating: 0xFFFF_FFFD, count: tables)
    Self.chain(&table, directorySectors)
    for stream in streams { Self.chain(&table, stream.count / Self.sector) }
    table += [Int](repeating: Self.free, count: tables * 128 - table.count)
    return Self.header(tables: tables) + table.flatMap { littleEndian($0, 4) } + entries.joined() + streams.joined()
  }

  private static func header(tables: Int) -> [UInt8] {
    var header: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 16)
    header += littleEndian(0x3E, 2) + littleEndian(3, 2) + littleEndian(0xFFFE, 2) + littleEndian(9, 2)
    header += littleEndian(6, 2) + littleEndian(0, 10) + littleEndian(tables, 4) + littleEndian(tables, 4)
    header += littleEndian(0, 4) + littleEndian(4096, 4) + littleEndian(endOfChain, 4) + littleEndian(0, 4)
    header += littleEndian(endOfChain, 4) + littleEndian(0, 4)
    return header + (0..<109).flatMap { littleEndian($0 < tables ? $0 : free, 4) }
  }

  private static func count(_ nodes: [Node]) -> Int { nodes.reduce(0) { $0 + 1 + count($1.children ?? []) } }

  private static func sectors(_ nodes: [Node]) -> Int {
    nodes.reduce(0) { $0 + ($1.content.count + sector - 1) / sector + sectors($1.children ?? []) }
  }

  /// Adds `nodes` and returns the index of the first one; each node is the right sibling of the one before.
  private static func add(
    _ nodes: [Node],
    _ entries: inout [[UInt8]],
    _ streams: inout [[UInt8]],
    _ next: inout Int
  ) -> Int {
    let first = entries.count
    entries += nodes.map { _ in [] }
    for (index, node) in nodes.enumerated() {
      let sibling = index + 1 < nodes.count ? first + index + 1 : free
      let child = node.children.map { add($0, &entries, &streams, &next) } ?? free
      let kind: UInt8 = node.children == nil ? 2 : 1
      let start = node.children == nil ? next : 0
      let size = node.content.count
      let classID = node.classID
      entries[first + index] = entry(
        node.name,
        kind: kind,
        sibling: sibling,
        child: child,
        start: start,
        size: size,
        classID
      )
      guard node.children == nil else { continue }
      streams.append(node.content + [UInt8](repeating: 0, count: (sector - size % sector) % sector))
      next += (size + sector - 1) / sector
    }
    return nodes.isEmpty ? free : first
  }

  private static func entry(
    _ name: String,
    kind: UInt8,
    sibling: Int,
    child: Int,
    start: Int,
    size: Int,
    _ classID: [UInt8]
  ) -> [UInt8] {
    let units = name.utf16.flatMap { littleEndian(Int($0), 2) }
    let identifier = classID.isEmpty ? [UInt8](repeating: 0, count: 16) : classID
    return units + [UInt8](repeating: 0, count: 64 - units.count) + littleEndian(units.count + 2, 2) + [kind, 1]
      + littleEndian(free, 4) + littleEndian(sibling, 4) + littleEndian(child, 4) + identifier
      + [UInt8](repeating: 0, count: 20) + littleEndian(start, 4) + littleEndian(size, 8)
  }

  private static func chain(_ table: inout [Int], _ count: Int) {
    for index in 0..<count { table.append(index + 1 < count ? table.count + 1 : endOfChain) }
  }
}
