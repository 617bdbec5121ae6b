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
    static let exif: UInt8 = 0x08
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

  /// Reads a file as browsers do: everything behind the first picture of the simple format is ignored.
  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    var scanner = ByteScanner(bytes)
    guard try scanner.take(4).equals("RIFF") else { throw .unreadable }
    let size = try scanner.littleEndian(4)
    var inner = ByteScanner(try scanner.take(size))
    guard try inner.take(4).equals("WEBP"), let first = try Self.nextChunk(&inner) else { throw .unreadable }
    if first.name == "VP8X" {
      try readExtended(first, &inner, limits)
    } else {
      guard let picture = try Self.picture(in: first, alpha: nil) else { throw .unreadable }
      (outline.width, outline.height) = (picture.width, picture.height)
      try outline.check(limits)
      frames = [Frame(head: [], picture: picture)]
    }
  }

  private mutating func readExtended(_ header: Chunk, _ inner: inout ByteScanner, _ limits: DecoderLimits)
    throws(Refusal)
  {
    // Readers ignore later bytes of a longer header.
    guard header.data.count >= 10, let flags = header.data.first else { throw .unreadable }
    canvas = header.data.prefix(10)
    outline.width = Self.little(header.data.dropFirst(4).prefix(3)) + 1
    outline.height = Self.little(header.data.dropFirst(7).prefix(3)) + 1
    try outline.check(limits)
    var alpha: ArraySlice<UInt8>?
    var still: WebPPicture?
    while let chunk = try Self.nextChunk(&inner) {
      switch chunk.name {
      case "VP8X": throw .unreadable
      case "VP8 ", "VP8L":
        // Without its flag, readers ignore the alpha channel of a still image.
        let picture = try Self.picture(in: chunk, alpha: flags & Flag.alpha == 0 ? nil : alpha)
        guard still == nil, let picture, (picture.width, picture.height) == (outline.width, outline.height) else {
          throw .unreadable
        }
        still = picture
      case "ALPH": if alpha == nil { alpha = chunk.data }
      case "ANIM":
        guard chunk.data.count >= 6 else { throw .unreadable }
        if animation == nil { animation = chunk.data.prefix(6) }
      case "ANMF":
        frames.append(try frame(chunk, &inner))
        outline.frames = frames.count
        try outline.check(limits)
      case "EXIF":
        guard flags & Flag.exif != 0 else { break }
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
      guard !frames.isEmpty, animation != nil else { throw .unreadable }
      outline.orientation = 1
    }
  }

  private var isAnimated: Bool { animation != nil }
  private var hasAlpha: Bool { frames.contains { $0.picture.alpha != nil } }

  /// True if every frame is encoded without loss.
  var isLossless: Bool { frames.allSatisfy { $0.picture.isLossless } }

  var smallSizes: [Int] { isAnimated || hasAlpha ? [] : [1, 2, 4] }

  /// libwebp decodes an image whole.
  ///
  /// Measured for each pixel: 4.1 bytes if the image is shrunk while loading; otherwise 19 bytes for the frame, its
  /// canvas, the transparency and its decoder.
  func decodingBytes(pixels: Int, eighths: Int) -> Int { pixels * (eighths < 8 ? 5 : 19) }

  func writingBytes(pixels: Int, isTurned: Bool) -> Int { pixels * (isTurned ? 24 : 5) }

  private static func nextChunk(_ scanner: inout ByteScanner) throws(Refusal) -> Chunk? {
    guard scanner.remaining > 0 else { return nil }
    let name = String(decoding: try scanner.take(4), as: UTF8.self)
    let size = try scanner.littleEndian(4)
    let data = try scanner.take(size)
    if !size.isMultiple(of: 2), scanner.remaining > 0 { _ = try scanner.byte() }
    return Chunk(name: name, data: data)
  }

  /// Returns the picture in a chunk; nil for a chunk of another kind.
  private static func picture(in chunk: Chunk, alpha: ArraySlice<UInt8>?) throws(Refusal) -> WebPPicture? {
    guard chunk.name == "VP8 " || chunk.name == "VP8L" else { return nil }
    return try WebPPicture(chunk.data, isLossless: chunk.name == "VP8L", alpha: alpha)
  }

  /// Reads a frame of an animation, and moves `inner` behind its picture.
  ///
  /// Readers take the size of the frame from its picture, and read the bytes behind the picture as chunks of the file.
  private func frame(_ chunk: Chunk, _ inner: inout ByteScanner) throws(Refusal) -> Frame {
    var scanner = ByteScanner(chunk.data)
    var head = Array(try scanner.take(16))
    head[15] &= 3
    var alpha: ArraySlice<UInt8>?
    while let part = try Self.nextChunk(&scanner) {
      if part.name == "ALPH", alpha == nil { alpha = part.data }
      guard let picture = try Self.picture(in: part, alpha: alpha) else { continue }
      head.replaceSubrange(6..<12, with: littleEndian(picture.width - 1, 3) + littleEndian(picture.height - 1, 3))
      let (left, top) = (2 * Self.little(head[0..<3]), 2 * Self.little(head[3..<6]))
      guard left + picture.width <= outline.width, top + picture.height <= outline.height else { throw .unreadable }
      if scanner.remaining > 0 { inner.rewind(to: scanner.position) }
      return Frame(head: head, picture: picture)
    }
    throw .unreadable
  }

  private static func little(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }

  func stripped(profile: [UInt8]?) throws(Refusal) -> [UInt8] { written(profile, frames) }

  func accounted(profile: [UInt8]?, anew: Bool) throws(Refusal) -> [UInt8]? {
    if anew { return nil }
    let pixels = frames.reduce(0) { $0 + $1.picture.width * $1.picture.height }
    guard pixels <= Self.maximumPixels else {
      throw Refusal(ExceededLimit(.framePixels, pixels, limit: Self.maximumPixels))
    }
    var kept = frames
    for index in kept.indices { kept[index].picture = try kept[index].picture.accounted() }
    return written(profile, kept)
  }

  private func written(_ profile: [UInt8]?, _ frames: [Frame]) -> [UInt8] {
    var body = Array("WEBP".utf8)
    let flags =
      (canvas?.first ?? 0) & Flag.alpha | (isAnimated ? Flag.animation : 0) | (profile == nil ? 0 : Flag.profile)
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
