/// The codes of a GIF frame: each represents a row of pixels, which is the row of an earlier code and one more pixel.
struct GIFCodes {
  /// The maximum number of codes.
  static let most = 4096

  private var lengths = [Int](repeating: 1, count: most)
  /// The code of the row without its last pixel.
  private var previous = [Int](repeating: 0, count: most)
  private var firstColours = (0..<most).map { UInt8(truncatingIfNeeded: $0) }
  private var lastColours = (0..<most).map { UInt8(truncatingIfNeeded: $0) }

  func length(of code: Int) -> Int { lengths[code] }

  /// Defines `code` as the row of `previous` and the first pixel of `next`, which may be `code` itself.
  mutating func define(_ code: Int, as previous: Int, followedBy next: Int) {
    lengths[code] = lengths[previous] + 1
    self.previous[code] = previous
    firstColours[code] = firstColours[previous]
    lastColours[code] = firstColours[next]
  }

  /// Writes the row of `code` from `place` on; pixels after the end of `colours` are dropped.
  func draw(_ code: Int, at place: Int, in colours: inout [UInt8]) {
    var code = code
    for pixel in (place..<place + lengths[code]).reversed() {
      if pixel < colours.count { colours[pixel] = lastColours[code] }
      code = previous[code]
    }
  }
}
