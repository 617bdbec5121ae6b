internal import Core

/// A JPEG as its segments.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annex B)
struct JPEGFile: ImageFile {
  /// A progressive file may cost a pass over all its pixels for each scan; honest encoders stay below 20.
  static let maximumScans = 100

  let canShrink = true
  private(set) var outline = Outline()
  private var kept: [ArraySlice<UInt8>] = []
  private var hasJFIF = false
  private var adobeTransform: UInt8?
  private var scans = 0

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    var scanner = ByteScanner(bytes)
    guard try scanner.take(2).elementsEqual([0xFF, 0xD8]) else { throw .unreadable }
    var sawExif = false
    while true {
      let start = scanner.position
      guard try scanner.byte() == 0xFF else { throw .unreadable }
      var marker = try scanner.byte()
      while marker == 0xFF { marker = try scanner.byte() }
      switch marker {
      case 0xD9:
        guard scans > 0 else { throw .unreadable }
        return
      case 0x01, 0xD0...0xD7: continue
      case 0xC0...0xFE where marker != 0xC8 && marker != 0xD8: break
      default: throw .unreadable
      }
      let length = try scanner.bigEndian(2)
      let payload = try scanner.take(length - 2)
      let segment = bytes[start..<scanner.position].drop { $0 == 0xFF }
      switch marker {
      case 0xC4, 0xCC, 0xDB, 0xDC, 0xDD: keep(segment)
      case 0xDA:
        keep(segment)
        try takeScan(&scanner)
      case 0xC0...0xCF:
        try takeFrame(payload)
        try outline.check(limits)
        keep(segment)
      case 0xE0: if payload.starts(with: Array("JFIF\0".utf8)) { hasJFIF = true }
      case 0xE1:
        guard !sawExif, payload.starts(with: Array("Exif\0\0".utf8)) else { break }
        sawExif = true
        outline.orientation = exifOrientation(tiff: payload.dropFirst(6))
      case 0xEE:
        if payload.count >= 12, payload.prefix(5).equals("Adobe") { adobeTransform = payload.dropFirst(11).first }
      case 0xE2...0xEF, 0xFE: break
      default: throw .unreadable
      }
    }
  }

  private mutating func keep(_ segment: ArraySlice<UInt8>) {
    kept.append([0xFF])
    kept.append(segment)
  }

  private mutating func takeFrame(_ payload: ArraySlice<UInt8>) throws(Refusal) {
    guard outline.width == 0 else { throw .unreadable }
    var scanner = ByteScanner(payload)
    _ = try scanner.byte()
    outline.height = try scanner.bigEndian(2)
    outline.width = try scanner.bigEndian(2)
  }

  private mutating func takeScan(_ scanner: inout ByteScanner) throws(Refusal) {
    scans += 1
    guard scans <= Self.maximumScans else { throw Refusal(.unreadable, "too many scans") }
    let start = scanner.position
    while true {
      scanner.skip(to: 0xFF)
      let end = scanner.position
      let pair = try scanner.take(2)
      switch pair[pair.startIndex + 1] {
      case 0x00, 0xD0...0xD7: continue
      default:
        kept.append(scanner.bytes[start..<end])
        scanner.rewind(to: end)
        return
      }
    }
  }

  func stripped(profile: [UInt8]?) -> [UInt8] {
    var out: [UInt8] = [0xFF, 0xD8]
    if hasJFIF {
      // Version 1.1, no unit, square pixels, no thumbnail.
      out += [0xFF, 0xE0, 0, 16] + Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0]
    }
    if let adobeTransform {
      out += [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, adobeTransform]
    }
    out += profile.map(Self.profileSegments) ?? []
    out.reserveCapacity(out.count + kept.reduce(2) { $0 + $1.count })
    for piece in kept { out += piece }
    return out + [0xFF, 0xD9]
  }

  /// An ICC profile in as many APP2 segments as it takes; nothing where it would take over 255.
  ///
  /// Source: https://www.color.org/specification/ICC.1-2022-05.pdf (annex B.4)
  private static func profileSegments(_ profile: [UInt8]) -> [UInt8] {
    let step = 65_519
    let count = (profile.count + step - 1) / step
    guard count <= 255 else { return [] }
    var out: [UInt8] = []
    for index in 0..<count {
      let part = profile[(index * step)..<min(profile.count, (index + 1) * step)]
      out += [0xFF, 0xE2] + bigEndian(part.count + 16, 2) + Array("ICC_PROFILE\0".utf8)
      out += [UInt8(index + 1), UInt8(count)] + part
    }
    return out
  }

  func accounted(profile: [UInt8]?) throws(Refusal) -> [UInt8] { stripped(profile: profile) }
}
