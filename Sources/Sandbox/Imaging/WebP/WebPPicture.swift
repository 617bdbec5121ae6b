internal import CVips
internal import Core

/// An image in a WebP, without bytes that its decoder does not need.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9649, https://www.rfc-editor.org/rfc/rfc6386
struct WebPPicture {
  let width: Int
  let height: Int
  /// The data of a separate alpha channel; nil if there is none, and for lossless images, which include it.
  var alpha: ArraySlice<UInt8>?
  let isLossless: Bool
  var data: ArraySlice<UInt8>

  /// The maximum number of pixels for which the end of a partition is searched; larger images would take too long.
  private static let searchedPixels = 8 << 20
  /// The number of bytes that an encoder's flush writes after the last needed byte of a partition.
  private static let flush = 4

  init(_ data: ArraySlice<UInt8>, isLossless: Bool, alpha: ArraySlice<UInt8>?) throws(Refusal) {
    var scanner = ByteScanner(data)
    if isLossless {
      // Source: https://www.rfc-editor.org/rfc/rfc9649#section-3.4
      guard try scanner.byte() == 0x2F else { throw .unreadable }
      let bits = try scanner.littleEndian(4)
      width = bits & 0x3FFF + 1
      height = bits >> 14 & 0x3FFF + 1
    } else {
      // Source: https://www.rfc-editor.org/rfc/rfc6386#section-9.1
      guard try scanner.take(6).dropFirst(3).elementsEqual([0x9D, 0x01, 0x2A]) else { throw .unreadable }
      width = try scanner.littleEndian(2) & 0x3FFF
      height = try scanner.littleEndian(2) & 0x3FFF
    }
    self.data = data
    self.isLossless = isLossless
    self.alpha = isLossless ? nil : alpha
  }

  func accounted() throws(Refusal) -> WebPPicture {
    var out = self
    out.alpha = try alpha.map { (alpha) throws(Refusal) in try accountedAlpha(alpha) }
    let needed = try needed(data, isLossless: isLossless)
    guard needed > 0 else { throw Refusal(.unreadable, "rows missing") }
    out.data = data.prefix(needed)
    if isLossless { return out }
    out.data = try partitions(out.data)
    // Zeros replace the bytes of the flush, because decoders read ahead and expect as many bytes as before.
    out.data += repeatElement(0, count: min(data.count - needed, Self.flush))
    return out
  }

  /// Returns the number of bytes that the decoder needs; 0 if rows are missing.
  ///
  /// libwebp begins with a lossless picture when an eighth of the chunk is there, so it needs at least as much of a chunk
  /// with surplus bytes. The shorter chunk then shows how much the picture needs.
  private func needed(_ data: ArraySlice<UInt8>, isLossless: Bool) throws(Refusal) -> Int {
    guard width > 0, height > 0 else { throw .unreadable }
    var length = data.count
    while true {
      let needed = needed(of: data.prefix(length), isLossless: isLossless)
      if !isLossless || needed > length / 8 + 1 || needed == 0 { return needed }
      length = needed
    }
  }

  private func needed(of data: ArraySlice<UInt8>, isLossless: Bool) -> Int {
    let name = isLossless ? "VP8L" : "VP8 "
    let body =
      Array("WEBP\(name)".utf8) + littleEndian(data.count, 4) + data + (data.count.isMultiple(of: 2) ? [] : [0])
    let file = Array("RIFF".utf8) + littleEndian(body.count, 4) + body
    let length = 20 + data.count
    let needed = file.withUnsafeBytes {
      cvips_webp_needed($0.baseAddress, length, Int32(width), Int32(height), isLossless)
    }
    return max(0, needed - 20)
  }

  /// Returns the alpha channel's data up to its last code.
  ///
  /// Source: https://developers.google.com/speed/webp/docs/riff_container#alpha
  private func accountedAlpha(_ alpha: ArraySlice<UInt8>) throws(Refusal) -> ArraySlice<UInt8> {
    guard let head = alpha.first, head & 3 <= 1 else { throw .unreadable }
    let rest = alpha.dropFirst()
    let kept: ArraySlice<UInt8>
    if head & 3 == 0 {
      guard rest.count >= width * height else { throw .unreadable }
      kept = rest.prefix(width * height)
    } else {
      // The data is a lossless image without its header. A header is added to find its length.
      let bits = width - 1 | (height - 1) << 14
      let whole = [0x2F] + littleEndian(bits, 4) + rest
      let needed = try needed(whole[...], isLossless: true)
      guard needed >= 5 else { throw .unreadable }
      kept = rest.prefix(needed - 5)
    }
    return [head & 0x3F] + kept
  }

  /// Returns the data of a lossy image without surplus bytes in its partitions.
  ///
  /// Up to `flush` surplus bytes per partition are kept. The last partition is not checked here.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6386#section-9
  private func partitions(_ data: ArraySlice<UInt8>) throws(Refusal) -> ArraySlice<UInt8> {
    var parts = try LossyParts(data)
    for index in parts.parts.indices.dropLast() {
      let length = parts.parts[index].count
      guard length > Self.flush + 1, try isWhole(parts.with(index, length - Self.flush - 1)) else { continue }
      guard width * height <= Self.searchedPixels else { throw Refusal(.unreadable, "surplus in a partition") }
      var (low, high) = (0, length - Self.flush - 1)
      while low < high {
        let middle = (low + high) / 2
        if try isWhole(parts.with(index, middle)) { high = middle } else { low = middle + 1 }
      }
      parts = parts.with(index, high)
    }
    return parts.encoded
  }

  private func isWhole(_ parts: LossyParts) throws(Refusal) -> Bool { try needed(parts.encoded, isLossless: false) > 0 }
}

/// The partitions of a lossy image: the modes, and one, two, four or eight partitions of coefficients.
struct LossyParts {
  private let head: ArraySlice<UInt8>
  private(set) var parts: [ArraySlice<UInt8>]

  init(_ data: ArraySlice<UInt8>) throws(Refusal) {
    var scanner = ByteScanner(data)
    head = try scanner.take(10)
    let first = number(Array(head.prefix(3).reversed())[...]) >> 5
    let modes = try scanner.take(first)
    parts = [modes]
    let count = try Self.count(modes)
    var sizes: [Int] = []
    for _ in 1..<count { sizes.append(try scanner.littleEndian(3)) }
    for size in sizes { parts.append(try scanner.take(size)) }
    parts.append(try scanner.take(scanner.remaining))
  }

  func with(_ index: Int, _ length: Int) -> LossyParts {
    var out = self
    out.parts[index] = parts[index].prefix(length)
    return out
  }

  var encoded: ArraySlice<UInt8> {
    let tag = number(Array(head.prefix(3).reversed())[...]) & 0x1F | parts[0].count << 5
    var out = littleEndian(tag, 3) + head.dropFirst(3) + parts[0]
    for part in parts.dropFirst().dropLast() { out += littleEndian(part.count, 3) }
    for part in parts.dropFirst() { out += part }
    return out[...]
  }

  /// Returns the number of coefficient partitions according to the frame header.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6386#section-19.2
  private static func count(_ modes: ArraySlice<UInt8>) throws(Refusal) -> Int {
    var bits = BooleanDecoder(modes)
    _ = bits.take(2)
    if bits.take(1) == 1 {
      let updatesMap = bits.take(1) == 1
      if bits.take(1) == 1 {
        _ = bits.take(1)
        for width in [7, 7, 7, 7, 6, 6, 6, 6] where bits.take(1) == 1 { _ = bits.take(width + 1) }
      }
      if updatesMap { for _ in 0..<3 where bits.take(1) == 1 { _ = bits.take(8) } }
    }
    _ = bits.take(1 + 6 + 3)
    if bits.take(1) == 1, bits.take(1) == 1 {
      for _ in 0..<8 where bits.take(1) == 1 { _ = bits.take(7) }
    }
    return 1 << bits.take(2)
  }
}

/// A boolean decoder for bits with even probability.
///
/// Source: https://www.rfc-editor.org/rfc/rfc6386#section-7.3
struct BooleanDecoder {
  private var rest: ArraySlice<UInt8>
  private var value = 0
  private var range = 255
  private var shifts = 0

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
    for _ in 0..<2 { value = value << 8 | Int(rest.popFirst() ?? 0) }
  }

  mutating func take(_ count: Int) -> Int {
    var out = 0
    for _ in 0..<count { out = out << 1 | bit() }
    return out
  }

  private mutating func bit() -> Int {
    let split = 1 + ((range - 1) * 128) / 256
    let isOne = value >= split << 8
    if isOne {
      value -= split << 8
      range -= split
    } else {
      range = split
    }
    while range < 128 {
      value <<= 1
      range <<= 1
      shifts += 1
      if shifts == 8 {
        shifts = 0
        value |= Int(rest.popFirst() ?? 0)
      }
    }
    return isOne ? 1 : 0
  }
}
