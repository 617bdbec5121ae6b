internal import Core

extension GIFFile {
  var decodesItself: Bool { true }

  /// Returns the first frame on its screen, as browsers show it.
  ///
  /// The screen is clear where the frame draws nothing, whatever the background colour. Colours that are missing in the
  /// palette are black.
  func firstPicture() throws(Refusal) -> Picture {
    let frame = frames[0]
    let data = try frame.data(isDrawn: true)
    let hole = frame.control.flatMap { $0[0] & 1 != 0 ? Int($0[3]) : nil }
    let isOpaque =
      frame.pixels == outline.width * outline.height && data.count == frame.pixels
      && !(hole.map { data.used[$0] } ?? false)
    let bands = isOpaque ? 3 : 4
    let palette = frame.palette.isEmpty ? self.palette : frame.palette
    let colours: [UInt8] = (0..<256).flatMap { (index) -> [UInt8] in
      if index == hole { return [0, 0, 0, 0] }
      let colour = Array(palette.dropFirst(3 * index).prefix(3))
      return (colour.isEmpty ? [0, 0, 0] : colour) + [0xFF]
    }
    let (left, top, wide, high) = (frame.place[0], frame.place[1], frame.place[2], frame.place[3])
    return try Picture(width: outline.width, height: outline.height, bands: bands) { room in
      for (number, row) in Self.rows(high, isInterlaced: frame.isInterlaced).enumerated() {
        var place = ((top + row) * outline.width + left) * bands
        for pixel in number * wide..<min((number + 1) * wide, max(data.count, number * wide)) {
          let colour = 4 * Int(data.colours[pixel])
          for band in 0..<bands { room[place + band] = colours[colour + band] }
          place += bands
        }
      }
    }
  }

  /// Returns the rows of a frame in the order of its data.
  private static func rows(_ count: Int, isInterlaced: Bool) -> [Int] {
    guard isInterlaced else { return Array(0..<count) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0, to: count, by: $1)) }
  }
}
