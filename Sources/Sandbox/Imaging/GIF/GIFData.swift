internal import Core

/// The compressed pixels of a GIF frame, without bytes after the last pixel.
///
/// Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt (appendix F)
struct GIFData {
  /// The frame's data from its code size to its terminator, in a new layout.
  let encoded: [UInt8]
  /// The colours that pixels use, by index.
  let used: [Bool]
  /// The number of pixels that the data has, at most the number of the frame's pixels.
  let count: Int
  /// The colour of each pixel; empty if the data was only followed.
  let colours: [UInt8]

  /// Follows the codes of a frame up to its last pixel; throws if a code is invalid.
  init(codeSize: Int, _ data: [UInt8], pixels: Int, isDrawn: Bool = false) throws(Refusal) {
    guard (1...8).contains(codeSize) else { throw .unreadable }
    var reader = Bits(data)
    let clear = 1 << codeSize
    let end = clear + 1
    var width = codeSize + 1
    var used = [Bool](repeating: false, count: 256)
    var codes = GIFCodes()
    var colours = [UInt8](repeating: 0, count: isDrawn ? pixels : 0)
    var next = end + 1
    var last: Int?
    var left = pixels
    var kept = (bits: 0, width: width)
    while left > 0, let code = reader.take(width) {
      if code == end { break }
      if code == clear {
        width = codeSize + 1
        next = end + 1
        last = nil
      } else {
        guard code < clear || last != nil && code >= end && code <= next && code < GIFCodes.most else {
          throw Refusal(.unreadable, "no such code")
        }
        if code < clear { used[code] = true }
        if let last, next < GIFCodes.most {
          codes.define(next, as: last, followedBy: code)
          next += 1
        }
        if next == 1 << width, width < 12 { width += 1 }
        if isDrawn { codes.draw(code, at: pixels - left, in: &colours) }
        left -= codes.length(of: code)
        last = code
      }
      kept = (reader.position, width)
    }
    encoded = Self.written(codeSize, reader.first(kept.bits, then: end, kept.width))
    count = pixels - max(0, left)
    self.used = used
    self.colours = colours
  }

  /// Returns the data in sub-blocks of the maximum length.
  private static func written(_ codeSize: Int, _ data: [UInt8]) -> [UInt8] {
    var out = [UInt8(codeSize)]
    var rest = data[...]
    while !rest.isEmpty {
      let block = rest.prefix(255)
      rest = rest.dropFirst(block.count)
      out.append(UInt8(block.count))
      out += block
    }
    return out + [0]
  }

  /// A reader of packed codes, lowest bits first.
  private struct Bits {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) -> Int? {
      guard position + count <= bytes.count * 8 else { return nil }
      var value = 0
      let start = position >> 3
      for index in 0..<3 where start + index < bytes.count { value |= Int(bytes[start + index]) << (8 * index) }
      value = value >> (position & 7) & (1 << count - 1)
      position += count
      return value
    }

    /// Returns the first `count` bits, one more code, and zeros up to the end of the byte.
    func first(_ count: Int, then code: Int, _ width: Int) -> [UInt8] {
      var out = Array(bytes.prefix((count + 7) / 8))
      if count & 7 != 0 { out[out.count - 1] &= UInt8(1 << (count & 7) - 1) }
      for bit in 0..<width {
        if (count + bit) >> 3 == out.count { out.append(0) }
        out[(count + bit) >> 3] |= UInt8(code >> bit & 1) << UInt8((count + bit) & 7)
      }
      return out
    }
  }
}
