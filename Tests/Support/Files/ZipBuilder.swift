/// Writes a ZIP archive byte by byte, so that each field may have a wrong value.
///
/// Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3)
public struct ZipBuilder: Sendable {
  /// One entry with the values of its local and central headers; nil stands for the correct value.
  public struct Entry: Sendable {
    /// The entry's name in the central directory.
    public var name: [UInt8]
    /// The entry's data as stored in the archive.
    public var data: [UInt8]
    /// The entry's name in the local header.
    public var localName: [UInt8]?
    /// The compression method: 0 for stored, 8 for deflated.
    public var method = 0
    /// The general purpose bits in both headers.
    public var flags = 0
    /// The unpacked size in both headers.
    public var size: Int?
    /// The packed size in the central directory.
    public var compressedSize: Int?
    /// The checksum in both headers; by default that of the stored data.
    public var crc: UInt32
    /// The offset of the local header in the central directory.
    public var offset: Int?
    /// Bytes between the entry's data and the next header.
    public var gap: [UInt8] = []
    /// The extra field of the local header.
    public var localExtra: [UInt8] = []

    /// A stored entry.
    public init(_ name: String, _ content: [UInt8]) {
      self.name = Array(name.utf8)
      data = content
      crc = checksum(content)
    }

    /// A stored entry of text.
    public init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }
  }

  /// The entries, in the order of the file and of the central directory.
  public var entries: [Entry]
  /// Bytes before the first entry; offsets count from their end.
  public var prefix: [UInt8] = []
  /// Bytes between the last entry and the central directory.
  public var gap: [UInt8] = []
  /// The comment in the end record.
  public var comment: [UInt8] = []
  /// Bytes after the end record.
  public var suffix: [UInt8] = []
  /// The number of entries in the end record.
  public var count: Int?

  /// An archive of these entries.
  public init(_ entries: [Entry]) { self.entries = entries }

  /// The bytes of the file.
  public var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let start = file.count
      file += Self.fields(entry, entry.data.count, name: entry.localName ?? entry.name, signature: 0x0403_4B50)
      file += littleEndian(entry.localExtra.count, 2) + (entry.localName ?? entry.name) + entry.localExtra
      file += entry.data + entry.gap
      directory += Self.fields(
        entry,
        entry.compressedSize ?? entry.data.count,
        name: entry.name,
        signature: 0x0201_4B50
      )
      directory += littleEndian(0, 12) + littleEndian(entry.offset ?? start, 4) + entry.name
    }
    file += gap
    let start = file.count
    file += directory
    file += littleEndian(0x0605_4B50, 4) + littleEndian(0, 4)
    file += littleEndian(count ?? entries.count, 2) + littleEndian(count ?? entries.count, 2)
    file += littleEndian(directory.count, 4) + littleEndian(start, 4) + littleEndian(comment.count, 2)
    return prefix + file + comment + suffix
  }

  private static func fields(_ entry: Entry, _ packed: Int, name: [UInt8], signature: Int) -> [UInt8] {
    let isDirectory = signature == 0x0201_4B50
    return littleEndian(signature, 4) + (isDirectory ? littleEndian(20, 2) : []) + littleEndian(20, 2)
      + littleEndian(entry.flags, 2) + littleEndian(entry.method, 2) + littleEndian(0x5A21_0000, 4)
      + littleEndian(Int(entry.crc), 4) + littleEndian(packed, 4)
      + littleEndian(entry.size ?? entry.data.count, 4) + littleEndian(name.count, 2)
  }
}

private func checksum(_ bytes: [UInt8]) -> UInt32 {
  var crc = UInt32.max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  return ~crc
}

extension Document {
  /// Returns a number in `count` bytes, the lowest first.
  public static func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// A shorter name for `Document.littleEndian`, because most fields of formats are little-endian.
func littleEndian(_ value: Int, _ count: Int) -> [UInt8] { Document.littleEndian(value, count) }
