internal import Core

/// The positions of all entries of a ZIP file.
///
/// The entries fill the file from the first byte to the directory, one after the other without gaps or overlaps, and
/// the directory fills the rest. The file therefore cannot hide another file before, between or after its entries.
/// Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3, 4.4, 4.5.3)
struct ZipLayout {
  struct Entry {
    let name: [UInt8]
    let flags: Int
    let method: Int
    let crc: Int
    let compressedSize: Int
    let size: Int
    let offset: Int

    var isEncrypted: Bool { flags & 0x2041 != 0 }
    var hasDescriptor: Bool { flags & 0x0008 != 0 }
  }

  /// The maximum number of entries; documents of a thousand pages have several thousand.
  static let maximumEntries = 10_000

  /// The entries in the order of the directory.
  let entries: [Entry]

  init(_ bytes: UnsafeRawBufferPointer, isPlain: Bool = false) throws(Refusal) {
    let directory = try ZipDirectory(bytes, isPlain: isPlain)
    var position = directory.start
    var entries: [Entry] = []
    for _ in 0..<directory.count {
      entries.append(try Self.entry(bytes, &position, end: directory.end))
    }
    guard position == directory.end else {
      throw Refusal(.malformedArchive, "the directory does not end where it should")
    }
    var end = 0
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      end = try Self.endOfData(entry, bytes, from: end, end: directory.start)
    }
    guard end == directory.start else { throw Refusal(.typeMismatch, "bytes before the directory") }
    self.entries = entries
  }

  private static func entry(
    _ bytes: UnsafeRawBufferPointer,
    _ position: inout Int,
    end: Int
  ) throws(Refusal) -> Entry {
    let start = position
    guard try bytes.littleEndian(4, at: start) == 0x0201_4B50 else { throw Refusal(.unreadable, "no directory entry") }
    let nameLength = try bytes.littleEndian(2, at: start + 28)
    let extraLength = try bytes.littleEndian(2, at: start + 30)
    position = start + 46 + nameLength + extraLength + (try bytes.littleEndian(2, at: start + 32))
    guard position <= end else { throw Refusal(.unreadable, "a directory entry beyond the directory") }
    var fields = [
      try bytes.littleEndian(4, at: start + 24), try bytes.littleEndian(4, at: start + 20),
      try bytes.littleEndian(4, at: start + 42),
    ]
    try widen(&fields, bytes, extra: start + 46 + nameLength, length: extraLength)
    guard try bytes.littleEndian(2, at: start + 34) == 0 else { throw Refusal(.malformedArchive, "another disk") }
    return Entry(
      name: Array(bytes[(start + 46)..<(start + 46 + nameLength)]),
      flags: try bytes.littleEndian(2, at: start + 8),
      method: try bytes.littleEndian(2, at: start + 10),
      crc: try bytes.littleEndian(4, at: start + 16),
      compressedSize: fields[1],
      size: fields[0],
      offset: fields[2]
    )
  }

  /// Replaces fields by the values in the ZIP64 extra field, which are in the order size, compressed size, offset.
  private static func widen(
    _ fields: inout [Int],
    _ bytes: UnsafeRawBufferPointer,
    extra: Int,
    length: Int
  ) throws(Refusal) {
    guard fields.contains(0xFFFF_FFFF) else { return }
    var position = extra
    while position + 4 <= extra + length {
      let size = try bytes.littleEndian(2, at: position + 2)
      guard try bytes.littleEndian(2, at: position) == 0x0001 else {
        position += 4 + size
        continue
      }
      var value = position + 4
      for index in fields.indices where fields[index] == 0xFFFF_FFFF {
        guard value + 8 <= min(position + 4 + size, extra + length) else { break }
        fields[index] = try bytes.littleEndian(8, at: value)
        value += 8
      }
      break
    }
    guard !fields.contains(0xFFFF_FFFF) else { throw Refusal(.unreadable, "no ZIP64 field") }
  }

  /// Returns the end of the entry that must begin at `start`; throws if its local header contradicts the directory.
  private static func endOfData(
    _ entry: Entry,
    _ bytes: UnsafeRawBufferPointer,
    from start: Int,
    end: Int
  ) throws(Refusal) -> Int {
    guard entry.offset == start else { throw Refusal(.typeMismatch, "bytes around an entry, or shared by two") }
    guard try bytes.littleEndian(4, at: start) == 0x0403_4B50 else { throw Refusal(.unreadable, "no local header") }
    let flags = try bytes.littleEndian(2, at: start + 6)
    let nameLength = try bytes.littleEndian(2, at: start + 26)
    let extraLength = try bytes.littleEndian(2, at: start + 28)
    let name = start + 30
    guard flags & 0x2041 == entry.flags & 0x2041, try bytes.littleEndian(2, at: start + 8) == entry.method,
      name + nameLength <= end, bytes[name..<(name + nameLength)].elementsEqual(entry.name)
    else { throw Refusal(.malformedArchive, "the headers of an entry differ") }
    var sizes = [try bytes.littleEndian(4, at: start + 22), try bytes.littleEndian(4, at: start + 18)]
    try widen(&sizes, bytes, extra: name + nameLength, length: extraLength)
    let crc = try bytes.littleEndian(4, at: start + 14)
    let isDeferred = flags & 0x0008 != 0
    let agrees = zip(sizes + [crc], [entry.size, entry.compressedSize, entry.crc]).allSatisfy { stated, found in
      stated == found || isDeferred && stated == 0
    }
    guard agrees else {
      throw Refusal(.malformedArchive, "the headers of an entry differ in its size or checksum")
    }
    let data = name + nameLength + extraLength
    guard entry.compressedSize <= end - data else { throw Refusal(.unreadable, "an entry beyond its end") }
    let over = data + entry.compressedSize
    return try isDeferred ? over + descriptorLength(entry, bytes, at: over, end: end) : over
  }

  /// Returns the length of the data descriptor, which follows an entry whose sizes were unknown when it was written.
  ///
  /// The descriptor's signature and its ZIP64 form are optional.
  private static func descriptorLength(
    _ entry: Entry,
    _ bytes: UnsafeRawBufferPointer,
    at start: Int,
    end: Int
  ) throws(Refusal) -> Int {
    for (signature, width) in [(4, 4), (4, 8), (0, 4), (0, 8)] where start + signature + 4 + 2 * width <= end {
      let values = start + signature + 4
      let leading = try bytes.littleEndian(4, at: start)
      if signature == 0 || leading == 0x0807_4B50, try bytes.littleEndian(4, at: values - 4) == entry.crc,
        try bytes.littleEndian(width, at: values) == entry.compressedSize,
        try bytes.littleEndian(width, at: values + width) == entry.size
      {
        return signature + 4 + 2 * width
      }
    }
    return 0
  }
}

extension UnsafeRawBufferPointer {
  /// Returns the number in `count` bytes (at most 8) from `offset`; throws if the bytes or the number are out of range.
  func littleEndian(_ count: Int, at offset: Int) throws(Refusal) -> Int {
    guard offset >= 0, offset <= self.count - count else { throw .unreadable }
    var value: UInt64 = 0
    for index in (0..<count).reversed() { value = value << 8 | UInt64(self[offset + index]) }
    guard let number = Int(exactly: value) else { throw .unreadable }
    return number
  }
}
