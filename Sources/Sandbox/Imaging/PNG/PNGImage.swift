internal import Core

/// One picture of a PNG: the pieces of its zlib stream, and what is needed to tell pixels from anything else in them.
struct PNGImage {
  let width: Int
  let height: Int
  var pieces: [ArraySlice<UInt8>]

  /// The same pixels in a stream with nothing before, between or behind them, and which colours of the palette they use:
  /// the stream as it is, up to its end, where it is whole and plain; packed anew where not, or where `anew` says so.
  ///
  /// `budget` is how many bytes may still be unpacked. Fails where rows are missing.
  func accounted(_ header: PNGHeader, anew: Bool, budget: inout Int) throws(Refusal) -> (image: PNGImage, used: [Bool])
  {
    let size = header.rawBytes(width: width, height: height)
    try Self.spend(size, of: &budget)
    let (reading, used) = try read(header, size: size, to: nil)
    var out = self
    if !anew, let whole = reading {
      out.pieces = prefix(whole)
    } else {
      // Packing takes some times as long as unpacking.
      try Self.spend(3 * size, of: &budget)
      let deflater = try Deflater(level: size > 64 << 20 ? 1 : 6)
      _ = try read(header, size: size, to: deflater)
      out.pieces = [deflater.finish()[...]]
    }
    return (out, used)
  }

  private static func spend(_ bytes: Int, of budget: inout Int) throws(Refusal) {
    guard bytes <= budget else { throw Refusal(.dimensionsExceeded, "frames too large altogether") }
    budget -= bytes
  }

  /// Reads the stream to its end, or to the last row's; the length of a stream that holds the rows and nothing else, and
  /// nil for any other.
  private func read(_ header: PNGHeader, size: Int, to sink: Deflater?) throws(Refusal) -> (whole: Int?, used: [Bool]) {
    let inflater = try Inflater()
    var rows = PNGRows(header, width: width, height: height)
    var made = 0
    let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    defer { window.deallocate() }
    for piece in pieces {
      var rest = piece
      while !rest.isEmpty, inflater.state == .more, made <= size {
        // One byte more than there should be would show that there is more.
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

  /// The first `count` bytes, in pieces of which none is empty.
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
