internal import Core

/// The header chunk of a PNG.
///
/// Source: https://www.w3.org/TR/png-3/#11IHDR
struct PNGHeader {
  let width: Int
  let height: Int
  let depth: Int
  let colour: Int
  let isInterlaced: Bool

  init(_ data: ArraySlice<UInt8>) throws(Refusal) {
    guard data.count == 13 else { throw .unreadable }
    let fields = Array(data)
    width = number(fields[0..<4])
    height = number(fields[4..<8])
    depth = Int(fields[8])
    colour = Int(fields[9])
    isInterlaced = fields[12] == 1
    let depths: [Int: [Int]] = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
    guard depths[colour]?.contains(depth) ?? false, fields[10] == 0, fields[11] == 0, fields[12] <= 1 else {
      throw .unreadable
    }
  }

  var hasPalette: Bool { colour == 3 }
  var model: ColourModel { colour == 0 || colour == 4 ? .grey : .rgb }
  var bitsPerPixel: Int { depth * [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colour, default: 1] }

  /// Returns the number of bytes of a decoded pixel; `isTransparent` is true if the file has a `tRNS` chunk.
  func bytesPerPixel(isTransparent: Bool) -> Int {
    let channels = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4][colour, default: 4] + (isTransparent ? 1 : 0)
    return channels * (depth == 16 ? 2 : 1)
  }

  /// Returns the rows and pixels per row of each interlace pass of an image of this size, in order.
  ///
  /// Source: https://www.w3.org/TR/png-3/#8Interlace
  func passes(width: Int, height: Int) -> [(rows: Int, pixels: Int)] {
    guard isInterlaced else { return [(height, width)] }
    let steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    return steps.compactMap { left, top, across, down in
      let pixels = (width - left + across - 1) / across
      let rows = (height - top + down - 1) / down
      return pixels > 0 && rows > 0 ? (rows, pixels) : nil
    }
  }

  /// Returns the number of bytes of all rows before compression, including the filter byte of each row.
  func rawBytes(width: Int, height: Int) -> Int {
    passes(width: width, height: height).reduce(0) { $0 + $1.rows * (1 + ($1.pixels * bitsPerPixel + 7) / 8) }
  }
}
