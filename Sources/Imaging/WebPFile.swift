internal import Core

/// A WebP as its chunks.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9649#section-2
struct WebPFile: ImageFile {
  private struct Chunk {
    let name: String
    let data: ArraySlice<UInt8>

    var encoded: [UInt8] {
      Array(name.utf8) + littleEndian(data.count, 4) + data + (data.count.isMultiple(of: 2) ? [] : [0])
    }
  }

  private enum Flag {
    static let animation: UInt8 = 0x02
    static let alpha: UInt8 = 0x10
    static let profile: UInt8 = 0x20
  }

  private(set) var outline = Outline()
  private var canvas: ArraySlice<UInt8>?
  private var kept: [Chunk] = []

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    var scanner = ByteScanner(bytes)
    guard try scanner.take(4).equals("RIFF") else { throw .unreadable }
    let size = try scanner.littleEndian(4)
    var inner = ByteScanner(try scanner.take(size))
    guard try inner.take(4).equals("WEBP") else { throw .unreadable }
    var frames = 0
    var still = 0
    while let chunk = try Self.nextChunk(&inner) {
      switch chunk.name {
      case "VP8X":
        guard chunk.data.count == 10, canvas == nil, kept.isEmpty else { throw .unreadable }
        canvas = chunk.data
        outline.width = Self.little(chunk.data.dropFirst(4).prefix(3)) + 1
        outline.height = Self.little(chunk.data.dropFirst(7).prefix(3)) + 1
        try outline.check(limits)
      case "VP8 ", "VP8L":
        still += 1
        if canvas == nil { try takeSize(chunk) }
        try outline.check(limits)
        kept.append(chunk)
      case "ALPH": kept.append(chunk)
      case "ANIM":
        guard chunk.data.count == 6 else { throw .unreadable }
        kept.append(chunk)
      case "ANMF":
        frames += 1
        kept.append(try Self.strippedFrame(chunk))
      case "EXIF":
        let prefixed = chunk.data.starts(with: Array("Exif\0\0".utf8))
        outline.orientation = exifOrientation(tiff: prefixed ? chunk.data.dropFirst(6) : chunk.data)
      default: continue
      }
    }
    guard still == 1 && frames == 0 || still == 0 && frames > 0 && canvas != nil else { throw .unreadable }
    outline.frames = max(1, frames)
    try outline.check(limits)
    if frames > 0 { outline.orientation = 1 }
  }

  /// Whether the pixels are held without loss.
  var isLossless: Bool { kept.contains { $0.name == "VP8L" } }

  var canShrink: Bool { outline.frames == 1 && !kept.contains { $0.name == "ALPH" } }

  private static func nextChunk(_ scanner: inout ByteScanner) throws(Refusal) -> Chunk? {
    guard scanner.remaining > 0 else { return nil }
    let name = String(decoding: try scanner.take(4), as: UTF8.self)
    let size = try scanner.littleEndian(4)
    let data = try scanner.take(size)
    if !size.isMultiple(of: 2), scanner.remaining > 0 { _ = try scanner.byte() }
    return Chunk(name: name, data: data)
  }

  /// The size of a file without a canvas of its own.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6386#section-9.1, https://www.rfc-editor.org/rfc/rfc9649#section-3.4
  private mutating func takeSize(_ chunk: Chunk) throws(Refusal) {
    var scanner = ByteScanner(chunk.data)
    if chunk.name == "VP8L" {
      guard try scanner.byte() == 0x2F else { throw .unreadable }
      let bits = try scanner.littleEndian(4)
      outline.width = bits & 0x3FFF + 1
      outline.height = bits >> 14 & 0x3FFF + 1
    } else {
      guard try scanner.take(6).dropFirst(3).elementsEqual([0x9D, 0x01, 0x2A]) else { throw .unreadable }
      outline.width = try scanner.littleEndian(2) & 0x3FFF
      outline.height = try scanner.littleEndian(2) & 0x3FFF
    }
  }

  private static func strippedFrame(_ frame: Chunk) throws(Refusal) -> Chunk {
    var scanner = ByteScanner(frame.data)
    var out = Array(try scanner.take(16))
    while let chunk = try nextChunk(&scanner) {
      if ["ALPH", "VP8 ", "VP8L"].contains(chunk.name) { out += chunk.encoded }
    }
    return Chunk(name: frame.name, data: out[...])
  }

  private static func little(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }

  func stripped(profile: [UInt8]?) -> [UInt8] {
    var body = Array("WEBP".utf8)
    let flags = (canvas?.first ?? 0) & (Flag.animation | Flag.alpha) | (profile == nil ? 0 : Flag.profile)
    // A canvas that has nothing to say about a lossy picture is left out.
    if let canvas, flags != 0 || isLossless {
      body += Chunk(name: "VP8X", data: [flags, 0, 0, 0] + canvas.dropFirst(4)).encoded
      if let profile { body += Chunk(name: "ICCP", data: profile[...]).encoded }
    }
    for chunk in kept { body += chunk.encoded }
    return Array("RIFF".utf8) + littleEndian(body.count, 4) + body
  }

  func accounted(profile: [UInt8]?) throws(Refusal) -> [UInt8] { stripped(profile: profile) }
}
