@testable import Imaging

/// Writes GIFs block by block.
struct GIFBuilder {
  static let colours: [UInt8] = [200, 40, 40, 40, 200, 40, 40, 40, 200, 220, 220, 40]
  static let trailer: [UInt8] = [0x3B]

  /// Returns the header with a global palette of four colours, or without one.
  static func head(_ width: Int, _ height: Int, palette: [UInt8] = colours, background: UInt8 = 0) -> [UInt8] {
    let flags: UInt8 = palette.isEmpty ? 0 : 0x80 | UInt8((palette.count / 3).trailingZeroBitCount - 1)
    return Array("GIF89a".utf8) + littleEndian(width, 2) + littleEndian(height, 2) + [flags, background, 0] + palette
  }

  static func control(transparent: UInt8? = nil, disposal: UInt8 = 0) -> [UInt8] {
    [0x21, 0xF9, 4, disposal << 2 | (transparent == nil ? 0 : 1), 10, 0, transparent ?? 0, 0]
  }

  /// Returns a frame whose colours from 0 to 3 are `colour` of each column and row.
  static func frame(
    _ left: Int,
    _ top: Int,
    _ width: Int,
    _ height: Int,
    palette: [UInt8] = [],
    isInterlaced: Bool = false,
    codeSize: Int = 2,
    count: Int = .max,
    colour: (Int, Int) -> Int
  ) -> [UInt8] {
    let order: [(Int, Int)] = isInterlaced ? [(0, 8), (4, 8), (2, 4), (1, 2)] : [(0, 1)]
    let rows = order.flatMap { Array(stride(from: $0, to: height, by: $1)) }
    let pixels = rows.flatMap { (row) in (0..<width).map { colour($0, row) } }.prefix(count)
    let flags =
      (isInterlaced ? 0x40 : 0) | (palette.isEmpty ? 0 : 0x80 | UInt8((palette.count / 3).trailingZeroBitCount - 1))
    let place = [left, top, width, height].flatMap { littleEndian($0, 2) }
    return [0x2C] + place + [flags] + palette + [UInt8(codeSize)] + blocks(codes(Array(pixels), codeSize))
  }

  static func blocks(_ data: [UInt8]) -> [UInt8] {
    stride(from: 0, to: data.count, by: 255).flatMap { (start) -> [UInt8] in
      let block = data[start..<min(start + 255, data.count)]
      return [UInt8(block.count)] + block
    } + [0]
  }

  /// Packs one code for each pixel, and clears the table before its codes grow.
  private static func codes(_ pixels: [Int], _ codeSize: Int) -> [UInt8] {
    var out: [UInt8] = []
    var bits = 0
    func put(_ code: Int) {
      for bit in 0...codeSize {
        if bits.isMultiple(of: 8) { out.append(0) }
        out[bits / 8] |= UInt8(code >> bit & 1) << UInt8(bits % 8)
        bits += 1
      }
    }
    for (index, pixel) in pixels.enumerated() {
      if index.isMultiple(of: (1 << codeSize) - 2) { put(1 << codeSize) }
      put(pixel)
    }
    put(1 << codeSize + 1)
    return out
  }
}
