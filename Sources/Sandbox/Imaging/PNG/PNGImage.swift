internal import Core

/// The number of bytes that may be unpacked for all frames together, and the rest of it.
struct PNGBudget {
  let total = 4 << 30
  var left = 4 << 30
}

/// An image in a PNG: the pieces of its zlib stream, and the size for its check.
struct PNGImage {
  let width: Int
  let height: Int
  var pieces: [ArraySlice<UInt8>]

  /// Returns the same pixels in a stream without superfluous bytes, and the palette colours that the pixels use.
  ///
  /// A stream without superfluous data is kept up to its end. Any other stream is compressed again, as is every stream
  /// if `anew` is true. `budget` is the number of bytes that may still be unpacked. Throws if rows are missing.
  func accounted(_ header: PNGHeader, anew: Bool, budget: inout PNGBudget) throws(Refusal) -> (
    image: PNGImage, used: [Bool]
  ) {
    let size = header.rawBytes(width: width, height: height)
    try Self.spend(size, of: &budget)
    let (reading, used) = try read(header, size: size, to: nil)
    var out = self
    if !anew, let whole = reading {
      out.pieces = prefix(whole)
    } else {
      // Compression takes a few times as long as decompression.
      try Self.spend(3 * size, of: &budget)
      let deflater = try Deflater(level: size > 64 << 20 ? 1 : 6)
      _ = try read(header, size: size, to: deflater)
      out.pieces = [deflater.finish()[...]]
    }
    return (out, used)
  }

  /// True if the stream has all rows and its right checksum.
  func isVerified(_ header: PNGHeader, budget: inout PNGBudget) throws(Refusal) -> Bool {
    let size = header.rawBytes(width: width, height: height)
    try Self.spend(size, of: &budget)
    return try read(header, size: size, to: nil).whole != nil
  }

  private static func spend(_ bytes: Int, of budget: inout PNGBudget) throws(Refusal) {
    guard bytes <= budget.left else {
      throw Refusal(ExceededLimit(.frameBytes, budget.total - budget.left + bytes, limit: budget.total))
    }
    budget.left -= bytes
  }

  /// Reads the stream up to the end of the stream or of the last row.
  ///
  /// `whole` is the length of the stream if it has exactly the rows; nil otherwise.
  private func read(_ header: PNGHeader, size: Int, to sink: Deflater?) throws(Refusal) -> (whole: Int?, used: [Bool]) {
    let inflater = try Inflater()
    var rows = PNGRows(header, width: width, height: height)
    var made = 0
    let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    defer { window.deallocate() }
    for piece in pieces {
      var rest = piece
      while !rest.isEmpty, inflater.state == .more, made <= size {
        // Space for one extra byte reveals superfluous data.
        let room = UnsafeMutableRawBufferPointer(rebasing: window.prefix(size + 1 - made))
        let count = inflater.read(&rest, into: room)
        try rows.take(UnsafeRawBufferPointer(rebasing: room.prefix(min(count, size - made))), to: sink)
        made += count
      }
    }
    guard made >= size else { throw Refusal(.unreadable, "rows missing") }
    let isWhole = inflater.state == .end && made == size && !inflater.isOdd && !rows.hasPadding
    return (isWhole ? inflater.used : nil, rows.used)
  }

  /// Returns the first `count` bytes, without empty pieces.
  private func prefix(_ count: Int) -> [ArraySlice<UInt8>] {
    var left = count
    var kept: [ArraySlice<UInt8>] = []
    for piece in pieces where left > 0 && !piece.isEmpty {
      kept.append(piece.prefix(left))
      left -= min(left, piece.count)
    }
    return kept
  }
}
