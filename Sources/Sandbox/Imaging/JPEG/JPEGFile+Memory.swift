internal import Core

extension JPEGFile {
  /// libjpeg holds the coefficients of the whole image if it has several scans, and one row of blocks otherwise.
  func decodingBytes(pixels: Int, eighths: Int) -> Int {
    guard let frame else { return 0 }
    let small = eighths < 8 ? frame.components.count * pixels * eighths * eighths / 64 : 0
    return small + (hasSeveralScans ? frame.coefficientBytes : 0)
  }

  func writingBytes(pixels: Int, isTurned: Bool) -> Int {
    guard let frame else { return 0 }
    if !isTurned { return frame.isFollowed ? 0 : frame.coefficientBytes }
    let anew = 4 * pixels + (hasSeveralScans ? frame.coefficientBytes : 0)
    return frame.canTurn(outline.orientation) ? min(frame.coefficientBytes, anew) : anew
  }

  private var hasSeveralScans: Bool { scans.count > 1 || frame.map { $0.marker & 3 == 2 } ?? false }
}

extension JPEGFrame {
  /// True if the colour differences have half of the rows and columns (4:2:0).
  var isHalved: Bool {
    components.count == 3 && components.map { [$0.across, $0.down] } == [[2, 2], [1, 1], [1, 1]]
  }

  /// The memory of all coefficients, in bytes: 64 of 2 bytes for each block.
  var coefficientBytes: Int {
    128 * across * down * components.reduce(0) { $0 + $1.across * $1.down }
  }

  /// True if the image can be turned upright without loss: an edge of incomplete blocks stays at the right or bottom.
  func canTurn(_ orientation: Int) -> Bool {
    let isMirrored = [2, 3, 6, 7].contains(orientation)
    let isFlipped = [3, 4, 7, 8].contains(orientation)
    let (leftMoves, topMoves) = orientation >= 5 ? (isFlipped, isMirrored) : (isMirrored, isFlipped)
    let unit = (
      across: 8 * components.reduce(1) { max($0, $1.across) }, down: 8 * components.reduce(1) { max($0, $1.down) }
    )
    return !(leftMoves && !width.isMultiple(of: unit.across)) && !(topMoves && !height.isMultiple(of: unit.down))
  }
}
