internal import Core

/// A PNG as its chunks, each of which must bear out its checksum.
///
/// Source: https://www.w3.org/TR/png-3/
struct PNGFile: ImageFile {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  let canShrink = false
  private(set) var outline = Outline()
  private var header: ArraySlice<UInt8> = []
  private var kept: [ArraySlice<UInt8>] = []

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    var scanner = ByteScanner(bytes)
    guard try scanner.take(8).elementsEqual(Self.signature) else { throw .unreadable }
    var announced = 0
    var frames = 0
    var hasPixels = false
    while true {
      let start = scanner.position
      let length = try scanner.bigEndian(4)
      let named = try scanner.take(length + 4)
      guard try scanner.bigEndian(4) == Int(crc32(named)) else { throw .unreadable }
      let chunk = bytes[start..<scanner.position]
      let name = String(decoding: named.prefix(4), as: UTF8.self)
      let data = named.dropFirst(4)
      guard header.isEmpty == (name == "IHDR") else { throw .unreadable }
      switch name {
      case "IHDR":
        guard length == 13 else { throw .unreadable }
        header = chunk
        outline.width = Imaging.number(data.prefix(4))
        outline.height = Imaging.number(data.dropFirst(4).prefix(4))
        try outline.check(limits)
      case "IEND":
        guard length == 0, hasPixels else { throw .unreadable }
        kept.append(chunk)
        outline.frames = max(1, announced, frames)
        try outline.check(limits)
        if outline.frames > 1 { outline.orientation = 1 }
        return
      case "eXIf": outline.orientation = exifOrientation(tiff: data)
      default:
        guard Self.isKept(name, length) else {
          // A critical chunk that is unknown, or of a length that its kind cannot have.
          if named.first.map({ $0 & 0x20 == 0 }) ?? true { throw .unreadable }
          continue
        }
        if name == "acTL" { announced = Imaging.number(data.prefix(4)) }
        if name == "fcTL" { frames += 1 }
        if name == "IDAT" { hasPixels = true }
        kept.append(chunk)
      }
    }
  }

  /// Whether a chunk is needed to show the pixels as they were meant, and has no room for anything else.
  private static func isKept(_ name: String, _ length: Int) -> Bool {
    switch name {
    case "IDAT": true
    case "fdAT": length >= 4
    case "PLTE": length <= 768 && length.isMultiple(of: 3)
    case "tRNS": length <= 256
    case "sBIT", "cICP": length <= 4
    case "gAMA": length == 4
    case "cHRM": length == 32
    case "sRGB": length == 1
    case "acTL": length == 8
    case "fcTL": length == 26
    default: false
    }
  }

  func stripped(profile: [UInt8]?) -> [UInt8] {
    var out = Self.signature + header
    if let profile {
      out += Self.chunk("iCCP", Array("icc\0\0".utf8) + storedZlibStream(profile))
    }
    out.reserveCapacity(out.count + kept.reduce(0) { $0 + $1.count })
    for piece in kept { out += piece }
    return out
  }

  static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + data
    return bigEndian(data.count, 4) + named + bigEndian(Int(crc32(named[...])), 4)
  }
}

func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
}

/// The checksum of a chunk.
///
/// Source: https://www.w3.org/TR/png-3/#D-CRCAppendix
private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  bytes.withUnsafeBufferPointer { bytes in
    crcTable.withUnsafeBufferPointer { table in
      var value: UInt32 = 0xFFFF_FFFF
      for byte in bytes { value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ (value >> 8) }
      return value ^ 0xFFFF_FFFF
    }
  }
}

/// `bytes` in a zlib stream that does not compress.
///
/// Source: https://www.rfc-editor.org/rfc/rfc1950, https://www.rfc-editor.org/rfc/rfc1951#page-11
private func storedZlibStream(_ bytes: [UInt8]) -> [UInt8] {
  var out: [UInt8] = [0x78, 0x01]
  var rest = bytes[...]
  repeat {
    let block = rest.prefix(65_535)
    rest = rest.dropFirst(block.count)
    out += [rest.isEmpty ? 1 : 0] + littleEndian(block.count, 2) + littleEndian(~block.count, 2) + block
  } while !rest.isEmpty
  var low = 1
  var high = 0
  for byte in bytes {
    low = (low + Int(byte)) % 65_521
    high = (high + low) % 65_521
  }
  return out + bigEndian(high << 16 | low, 4)
}
