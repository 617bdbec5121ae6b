import Core

/// A file as parts that can be left out, doubled, swapped or changed.
///
/// Its lengths and checksums are right when it is written again.
struct Anatomy {
  /// A chunk, segment, block, box, archive entry or object.
  struct Part {
    /// The name or type of the part.
    var tag: [UInt8]
    /// The content that the part's length counts.
    var data: [UInt8]
    /// The bytes between the part and the next one.
    var tail: [UInt8] = []
  }

  enum Format {
    case png, jpeg, riff, gif, boxes, archive, objects, sectors
  }

  let format: Format
  var head: [UInt8] = []
  var parts: [Part] = []
  var foot: [UInt8] = []

  /// Nil if the file is not laid out as its type says.
  init?(_ bytes: [UInt8], _ type: FileType) {
    switch type.structure {
    case .pdf: format = .objects
    case .officeOpenXML, .openDocument: format = .archive
    case .compound: format = .sectors
    default:
      let formats: [String: Format] = ["png": .png, "jpeg": .jpeg, "webp": .riff, "gif": .gif]
      format = formats[type.rawValue] ?? .boxes
    }
    var cursor = Cursor(bytes)
    guard read(&cursor), !parts.isEmpty else { return nil }
  }

  /// The bytes of the file.
  var bytes: [UInt8] {
    switch format {
    case .archive: archive
    case .objects: objects
    case .riff: head + numberLittle(chunks.count + 4, 4) + Array("WEBP".utf8) + chunks
    case .png, .jpeg, .gif, .boxes, .sectors: head + chunks + foot
    }
  }

  private var chunks: [UInt8] { parts.flatMap { written($0) + $0.tail } }

  private func written(_ part: Part) -> [UInt8] {
    let count = part.data.count
    return switch format {
    case .png: numberBig(count, 4) + part.tag + part.data + numberBig(Int(checksum(part.tag + part.data)), 4)
    case .jpeg: part.tag + numberBig(count + 2, 2) + part.data
    case .riff: part.tag + numberLittle(count, 4) + part.data + (count.isMultiple(of: 2) ? [] : [0])
    case .boxes: numberBig(count + 8, 4) + part.tag + part.data
    default: part.tag + part.data
    }
  }

  private mutating func read(_ cursor: inout Cursor) -> Bool {
    switch format {
    case .png: readChunks(&cursor)
    case .jpeg: readSegments(&cursor)
    case .riff: readRIFF(&cursor)
    case .gif: readBlocks(&cursor)
    case .boxes: readBoxes(&cursor)
    case .archive: readArchive(&cursor)
    case .objects: readObjects(&cursor)
    case .sectors: readSectors(&cursor)
    }
  }

  private mutating func readChunks(_ cursor: inout Cursor) -> Bool {
    head = cursor.take(8)
    while cursor.left >= 12 {
      let count = cursor.big(4)
      guard count <= cursor.left - 8 else { return false }
      parts.append(Part(tag: cursor.take(4), data: cursor.take(count)))
      _ = cursor.take(4)
    }
    foot = cursor.take(cursor.left)
    return true
  }

  private mutating func readSegments(_ cursor: inout Cursor) -> Bool {
    head = cursor.take(2)
    while cursor.left >= 2 {
      let tag = cursor.take(2)
      if tag == [0xFF, 0xD9] {
        foot = tag + cursor.take(cursor.left)
        return true
      }
      let count = cursor.big(2)
      guard tag[0] == 0xFF, count >= 2, count - 2 <= cursor.left else { return false }
      var part = Part(tag: tag, data: cursor.take(count - 2))
      while cursor.left > 0,
        cursor.peek(0) != 0xFF || [0x00, 0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7].contains(cursor.peek(1))
      {
        part.tail += cursor.take(1)
      }
      parts.append(part)
    }
    return true
  }

  private mutating func readRIFF(_ cursor: inout Cursor) -> Bool {
    head = cursor.take(4)
    _ = cursor.take(8)
    while cursor.left >= 8 {
      let tag = cursor.take(4)
      let count = cursor.little(4)
      guard count <= cursor.left else { return false }
      parts.append(Part(tag: tag, data: cursor.take(count)))
      if !count.isMultiple(of: 2) { _ = cursor.take(1) }
    }
    return true
  }

  private mutating func readBlocks(_ cursor: inout Cursor) -> Bool {
    head = cursor.take(13)
    guard head.count == 13 else { return false }
    if head[10] & 0x80 != 0 { parts.append(Part(tag: [], data: cursor.take(3 << (Int(head[10] & 7) + 1)))) }
    while cursor.left > 0 {
      var part = Part(tag: cursor.take(1), data: [])
      if part.tag == [0x3B] {
        foot = part.tag + cursor.take(cursor.left)
        return true
      }
      part.tag += cursor.take(part.tag == [0x2C] ? 9 : 1)
      if let flags = part.tag.last, part.tag.count == 10 {
        part.tag += cursor.take(flags & 0x80 == 0 ? 1 : 3 << (Int(flags & 7) + 1) + 1)
      }
      while cursor.left > 0 {
        let size = cursor.peek(0)
        part.data += cursor.take(1 + Int(size))
        if size == 0 { break }
      }
      parts.append(part)
    }
    return true
  }

  private mutating func readBoxes(_ cursor: inout Cursor) -> Bool {
    while cursor.left >= 8 {
      let count = cursor.big(4)
      guard count >= 8, count - 4 <= cursor.left else { return false }
      parts.append(Part(tag: cursor.take(4), data: cursor.take(count - 8)))
    }
    return true
  }

  private mutating func readSectors(_ cursor: inout Cursor) -> Bool {
    while cursor.left > 0 { parts.append(Part(tag: [], data: cursor.take(512))) }
    return true
  }
}

/// A reader from front to back; beyond the end are no bytes, and zeros.
struct Cursor {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var left: Int { bytes.count - place }

  func peek(_ offset: Int) -> UInt8 { offset < left ? bytes[place + offset] : 0 }

  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, place + max(0, count))
    defer { place = end }
    return Array(bytes[place..<end])
  }

  mutating func big(_ count: Int) -> Int { take(count).reduce(0) { $0 << 8 | Int($1) } }
  mutating func little(_ count: Int) -> Int { take(count).reversed().reduce(0) { $0 << 8 | Int($1) } }
}

func numberLittle(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
func numberBig(_ value: Int, _ count: Int) -> [UInt8] { numberLittle(value, count).reversed() }

/// Returns the CRC of a PNG chunk.
///
/// Source: https://www.w3.org/TR/png-3/#D-CRCAppendix
func checksum(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(UInt32.max) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
  }
}
