internal import Core

/// Checks the rows of a PNG image as they come out of its zlib stream.
///
/// If a byte has several pixels or is a palette index, the rows are unfiltered. This reveals used bits after a row's
/// last pixel, and palette colours that no pixel uses.
/// Source: https://www.w3.org/TR/png-3/#9Filters
struct PNGRows {
  private let passes: [(rows: Int, pixels: Int)]
  private let header: PNGHeader
  private let isWorkedOut: Bool
  private var pass = 0
  private var rowsDone = 0
  /// The number of bytes of the current row that were read, including its filter byte.
  private var filled = 0
  private var row: [UInt8] = []
  private var above: [UInt8] = []
  /// The palette colours that pixels use, by index.
  private(set) var used = [Bool](repeating: false, count: 256)
  /// True if bits after a row's last pixel are set.
  private(set) var hasPadding = false

  init(_ header: PNGHeader, width: Int, height: Int) {
    passes = header.passes(width: width, height: height)
    self.header = header
    isWorkedOut = header.hasPalette || header.depth < 8
    beginPass()
  }

  private var rowBytes: Int { (passes[pass].pixels * header.bitsPerPixel + 7) / 8 }

  private mutating func beginPass() {
    guard pass < passes.count, isWorkedOut else { return }
    above = [UInt8](repeating: 0, count: rowBytes)
    row = above
  }

  /// Reads the next bytes, and writes the cleaned bytes to `sink`; throws if the image has no more rows.
  mutating func take(_ bytes: UnsafeRawBufferPointer, to sink: Deflater?) throws(Refusal) {
    if !isWorkedOut { sink?.write(bytes) }
    var position = 0
    while position < bytes.count {
      guard pass < passes.count else { throw .unreadable }
      if filled == 0, bytes[position] > 4 { throw Refusal(.unreadable, "no such filter") }
      let step = min(1 + rowBytes - filled, bytes.count - position)
      if isWorkedOut { workOut(UnsafeRawBufferPointer(rebasing: bytes[position..<position + step])) }
      position += step
      filled += step
      if filled == 1 + rowBytes { endRow(to: sink) }
    }
  }

  private var filter: UInt8 = 0

  private mutating func workOut(_ bytes: UnsafeRawBufferPointer) {
    var place = filled - 1
    for byte in bytes {
      if place < 0 { filter = byte } else { row[place] = byte &+ prediction(place) }
      place += 1
    }
  }

  private func prediction(_ place: Int) -> UInt8 {
    let left = place > 0 ? row[place - 1] : 0
    switch filter {
    case 1: return left
    case 2: return above[place]
    case 3: return UInt8((Int(left) + Int(above[place])) / 2)
    case 4:
      let corner = place > 0 ? Int(above[place - 1]) : 0
      let upper = Int(above[place])
      let guess = Int(left) + upper - corner
      let distances = (abs(guess - Int(left)), abs(guess - upper), abs(guess - corner))
      if distances.0 <= distances.1, distances.0 <= distances.2 { return left }
      return UInt8(distances.1 <= distances.2 ? upper : corner)
    default: return 0
    }
  }

  private mutating func endRow(to sink: Deflater?) {
    if isWorkedOut {
      let padding = rowBytes * 8 - passes[pass].pixels * header.depth
      let mask = UInt8(truncatingIfNeeded: 0xFF << padding)
      var last = row[rowBytes - 1]
      if last & ~mask != 0 { hasPadding = true }
      swap(&row, &above)
      if header.hasPalette { noteColours() }
      if let sink {
        last &= mask
        [UInt8(0)].withUnsafeBytes { sink.write($0) }
        (Array(above.dropLast()) + [last]).withUnsafeBytes { sink.write($0) }
      }
    }
    filled = 0
    rowsDone += 1
    if rowsDone == passes[pass].rows {
      rowsDone = 0
      pass += 1
      beginPass()
    }
  }

  private mutating func noteColours() {
    guard header.depth < 8 else {
      for byte in above { used[Int(byte)] = true }
      return
    }
    let mask = UInt8(1 << header.depth - 1)
    var left = passes[pass].pixels
    for byte in above {
      for shift in stride(from: 8 - header.depth, through: 0, by: -header.depth) where left > 0 {
        used[Int(byte >> UInt8(shift) & mask)] = true
        left -= 1
      }
    }
  }
}
