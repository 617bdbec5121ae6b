internal import Core

/// The sector chains of a compound file, checked for the cost of reading the file.
///
/// The bytes must outlive this value.
///
/// libgsf follows the chain of every stream when it opens the file. Many streams that share one long chain would
/// therefore cost their number times its length.
/// Source: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/ (2.2 to 2.6)
struct CompoundLayout {
  static let maximumNodes = 10_000
  /// The maximum number of steps along all chains, as a multiple of the number of small sectors (64 bytes) in the file.
  ///
  /// A correct file has each sector in one chain. The margin allows for careless writers.
  private static let maximumPasses = 4

  /// The number of entries in the directory.
  private(set) var nodeCount = 0
  private let bytes: UnsafeRawBufferPointer
  private let sectorBytes: Int
  /// The sectors of the file allocation table (FAT), and of the table for small sectors (mini FAT).
  private var tables: [Int] = []
  private var smallTables: [Int] = []
  private var stepsLeft: Int

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    self.bytes = bytes
    let version = try bytes.littleEndian(2, at: 0x1A)
    let shift = try bytes.littleEndian(2, at: 0x1E)
    guard try bytes.littleEndian(2, at: 0x1C) == 0xFFFE, version == 3 && shift == 9 || version == 4 && shift == 12
    else {
      throw Refusal(.unreadable, "an unknown version of compound file")
    }
    sectorBytes = 1 << shift
    // Small sectors have 64 bytes.
    stepsLeft = Self.maximumPasses * (bytes.count / 64) + Self.maximumNodes
    let count = try bytes.littleEndian(4, at: 0x2C)
    guard count > 0, count <= bytes.count / sectorBytes else { throw Refusal(.unreadable, "no table of sectors") }
    // The allocation table must cover all bytes of the file.
    guard bytes.count <= sectorBytes * (1 + count * sectorBytes / 4) else {
      throw Refusal(.typeMismatch, "bytes after the last sector")
    }
    try findTables()
    var directory: [Int] = []
    let longest = Self.maximumNodes / (sectorBytes / 128)
    try follow(try bytes.littleEndian(4, at: 0x30), in: tables) { (sector) throws(Refusal) in
      directory.append(sector)
      guard directory.count <= longest else {
        throw Refusal(.decompressionBomb, "a directory that is too long, or a circle")
      }
    }
    nodeCount = directory.count * sectorBytes / 128
    var small: [Int] = []
    try follow(try bytes.littleEndian(4, at: 0x3C), in: tables) { small.append($0) }
    smallTables = small
    try checkChains(of: directory)
  }

  /// Reads the sector numbers of the allocation table, first from the header and then from the header's extension
  /// sectors.
  private mutating func findTables() throws(Refusal) {
    for index in 0..<109 { tables.append(try bytes.littleEndian(4, at: 0x4C + 4 * index)) }
    let perSector = sectorBytes / 4
    var next = try bytes.littleEndian(4, at: 0x44)
    while next < 0xFFFF_FFFA, tables.count <= bytes.count / sectorBytes {
      let start = (next + 1) * sectorBytes
      for index in 0..<(perSector - 1) { tables.append(try bytes.littleEndian(4, at: start + 4 * index)) }
      next = try bytes.littleEndian(4, at: start + 4 * (perSector - 1))
    }
  }

  private mutating func checkChains(of directory: [Int]) throws(Refusal) {
    let cutoff = try bytes.littleEndian(4, at: 0x38)
    for sector in directory {
      let start = (sector + 1) * sectorBytes
      for entry in stride(from: start, to: start + sectorBytes, by: 128) {
        let kind = try bytes.littleEndian(1, at: entry + 66)
        guard kind == 2 || kind == 5 else { continue }
        let size = try bytes.littleEndian(4, at: entry + 120)
        let isSmall = kind == 2 && size < cutoff
        try follow(try bytes.littleEndian(4, at: entry + 116), in: isSmall ? smallTables : tables, isStrict: false)
      }
    }
  }

  /// Follows a chain of sectors; throws if the chain leaves the file and `isStrict` is true.
  private mutating func follow(
    _ first: Int,
    in tables: [Int],
    isStrict: Bool = true,
    _ take: (_ sector: Int) throws(Refusal) -> Void = { _ in }
  ) throws(Refusal) {
    let perSector = sectorBytes / 4
    var sector = first
    while sector < 0xFFFF_FFFA {
      stepsLeft -= 1
      guard stepsLeft >= 0 else { throw Refusal(.decompressionBomb, "chains with shared sectors") }
      let table = sector / perSector
      let position = table < tables.count ? (tables[table] + 1) * sectorBytes + 4 * (sector % perSector) : bytes.count
      guard let next = try? bytes.littleEndian(4, at: position) else {
        guard isStrict else { return }
        throw Refusal(.unreadable, "a sector outside the file")
      }
      try take(sector)
      sector = next
    }
  }
}
