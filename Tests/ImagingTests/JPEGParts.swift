/// A JPEG's bytes in parts: each segment, a scan with its data, and the end marker.
struct JPEGParts {
  private(set) var parts: [[UInt8]] = []

  init(_ bytes: [UInt8]) {
    var place = 2
    while place + 1 < bytes.count, bytes[place + 1] != 0xD9 {
      var end = place + 2 + Int(bytes[place + 2]) << 8 + Int(bytes[place + 3])
      if bytes[place + 1] == 0xDA {
        while bytes[end] != 0xFF || bytes[end + 1] == 0 || 0xD0...0xD7 ~= bytes[end + 1] { end += 1 }
      }
      parts.append(Array(bytes[place..<end]))
      place = end
    }
  }

  var markers: [UInt8] { parts.map { $0[1] } }

  /// Returns the file with `stray` before each part whose marker `isChosen` accepts, and with `end` as its end.
  func joined(
    _ stray: [UInt8] = [],
    before isChosen: (UInt8) -> Bool = { _ in false },
    end: [UInt8] = [0xFF, 0xD9]
  ) -> [UInt8] {
    [0xFF, 0xD8] + parts.flatMap { (isChosen($0[1]) ? stray : []) + $0 } + end
  }
}
