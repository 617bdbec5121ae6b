internal import Core

/// A WebP file as its chunks.
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

  private struct Frame {
    /// The position, size, duration and flags of an animation's frame; empty for a still image.
    let head: [UInt8]
    var picture: WebPPicture
  }

  private enum Flag {
    static let animation: UInt8 = 0x02
    static let alpha: UInt8 = 0x10
    static let profile: UInt8 = 0x20
  }

  /// The maximum number of pixels of all frames together, which limits the cost of checking each frame.
  private static let maximumPixels = 400 << 20

  private(set) var outline = Outline()
  private var canvas: ArraySlice<UInt8>?
  /// The background colour and loop count of an animation.
  private var animation: ArraySlice<UInt8>?
  private var frames: [Frame] = []

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    var scanner = ByteScanner(bytes)
    guard try scanner.take(4).equals("RIFF") else { throw .unreadable }
    let size = try scanner.littleEndian(4)
    var inner = ByteScanner(try scanner.take(size))
    guard try inner.take(4).equals("WEBP") else { throw .unreadable }
    var alpha: ArraySlice<UInt8>?
    var still: WebPPicture?
    while let chunk = try Self.nextChunk(&inner) {
      switch chunk.name {
      case "VP8X":
        guard chunk.data.count == 10, canvas == nil, still == nil, frames.isEmpty else { throw .unreadable }
        canvas = chunk.data
        outline.width = Self.little(chunk.data.dropFirst(4).prefix(3)) + 1
        outline.height = Self.little(chunk.data.dropFirst(7).prefix(3)) + 1
        try outline.check(limits)
      case "VP8 ", "VP8L":
        guard still == nil else { throw .unreadable }
        let picture = try WebPPicture(chunk.data, isLossless: chunk.name == "VP8L", alpha: canvas == nil ? nil : alpha)
        if canvas == nil { (outline.width, outline.height) = (picture.width, picture.height) }
        try outline.check(limits)
        guard (picture.width, picture.height) == (outline.width, outline.height) else { throw .unreadable }
        still = picture
      case "ALPH": if alpha == nil { alpha = chunk.data }
      case "ANIM":
        guard chunk.data.count == 6 else { throw .unreadable }
        if animation == nil { animation = chunk.data }
      case "ANMF":
        frames.append(try frame(chunk))
        outline.frames = frames.count
        try outline.check(limits)
      case "EXIF":
        let prefixed = chunk.data.starts(with: Array("Exif\0\0".utf8))
        outline.orientation = exifOrientation(tiff: prefixed ? chunk.data.dropFirst(6) : chunk.data)
      default: continue
      }
    }
    if let still {
      guard frames.isEmpty else { throw .unreadable }
      animation = nil
      frames = [Frame(head: [], picture: still)]
    } else {
      guard !frames.isEmpty, canvas != nil, animation != nil else { throw .unreadable }
      outline.orientation = 1
    }
  }

  private var isAnimated: Bool { animation != nil }
  private var hasAlpha: Bool { frames.contains { $0.picture.alpha != nil } }

  /// True if every frame is encoded without loss.
  var isLossless: Bool { frames.allSatisfy { $0.picture.isLossless } }

  var canShrink: Bool { !isAnimated && !hasAlpha }

  private static func nextChunk(_ scanner: inout ByteScanner) throws(Refusal) -> Chunk? {
    guard scanner.remaining > 0 else { return nil }
    let name = String(decoding: try scanner.take(4), as: UTF8.self)
    let size = try scanner.littleEndian(4)
    let data = try scanner.take(size)
    if !size.isMultiple(of: 2), scanner.remaining > 0 { _ = try scanner.byte() }
    return Chunk(name: name, data: data)
  }

  private func frame(_ chunk: Chunk) throws(Refusal) -> Frame {
    var scanner = ByteScanner(chunk.data)
    var head = Array(try scanner.take(16))
    head[15] &= 3
    let numbers = stride(from: 0, to: 12, by: 3).map { Self.little(head[$0..<$0 + 3]) }
    var alpha: ArraySlice<UInt8>?
    while let part = try Self.nextChunk(&scanner) {
      if part.name == "ALPH", alpha == nil { alpha = part.data }
      guard part.name == "VP8 " || part.name == "VP8L" else { continue }
      let picture = try WebPPicture(part.data, isLossless: part.name == "VP8L", alpha: alpha)
      guard picture.width == numbers[2] + 1, picture.height == numbers[3] + 1,
        2 * numbers[0] + picture.width <= outline.width, 2 * numbers[1] + picture.height <= outline.height
      else { throw .unreadable }
      return Frame(head: head, picture: picture)
    }
    throw .unreadable
  }

  private static func little(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }

  func stripped(profile: [UInt8]?) throws(Refusal) -> [UInt8] { written(profile, frames) }

  func accounted(profile: [UInt8]?, anew: Bool) throws(Refusal) -> [UInt8]? {
    if anew { return nil }
    guard frames.reduce(0, { $0 + $1.picture.width * $1.picture.height }) <= Self.maximumPixels else {
      throw Refusal(.dimensionsExceeded, "frames too large altogether")
    }
    var kept = frames
    for index in kept.indices { kept[index].picture = try kept[index].picture.accounted() }
    return written(profile, kept)
  }

  private func written(_ profile: [UInt8]?, _ frames: [Frame]) -> [UInt8] {
    var body = Array("WEBP".utf8)
    let flags =
      (canvas?.first ?? 0) & Flag.alpha | (hasAlpha ? Flag.alpha : 0) | (isAnimated ? Flag.animation : 0)
      | (profile == nil ? 0 : Flag.profile)
    // The extended header is omitted for a lossy image without flags.
    if let canvas, flags != 0 || isLossless {
      body += Chunk(name: "VP8X", data: [flags, 0, 0, 0] + canvas.dropFirst(4)).encoded
      if let profile { body += Chunk(name: "ICCP", data: profile[...]).encoded }
    }
    if let animation { body += Chunk(name: "ANIM", data: animation).encoded }
    for frame in frames {
      let picture = frame.picture
      let parts =
        (picture.alpha.map { Chunk(name: "ALPH", data: $0).encoded } ?? [])
        + Chunk(name: picture.isLossless ? "VP8L" : "VP8 ", data: picture.data).encoded
      body += frame.head.isEmpty ? parts : Chunk(name: "ANMF", data: (frame.head + parts)[...]).encoded
    }
    return Array("RIFF".utf8) + littleEndian(body.count, 4) + body
  }
}
