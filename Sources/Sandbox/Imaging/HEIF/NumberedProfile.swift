internal import Core

/// ICC profiles for colours that a file names by number.
///
/// Sources: ITU-T H.273 (tables 2 and 3), https://www.color.org/specification/ICC.1-2022-05.pdf (9.2, 10.18, 10.31)
enum NumberedProfile {
  /// The primaries that HEIC and AVIF name in practice; browsers show the others as sRGB's.
  private static let known: Set = [1, 4, 5, 6, 7, 9, 11, 12, 22]

  /// Parametric curves by number; the curves of television cameras are missing, since browsers show pictures with them
  /// as if they had sRGB's curve.
  private static let curves: [Int: (function: Int, values: [Double])] = [
    4: (0, [2.2]), 5: (0, [2.8]), 7: (3, [1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 0.25, 0.0913]), 8: (0, [1]),
    17: (3, [2.6, 1.03412, 0, 0, 0]),
  ]

  private static let srgb = (function: 3, values: [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])

  /// Returns the profile of these primaries and this transfer characteristic; nil for sRGB and for unknown numbers.
  static func bytes(primaries: Int, transfer: Int) -> [UInt8]? {
    let primaries = primaries == 2 ? 1 : primaries
    guard known.contains(primaries), primaries != 1 || curves[transfer] != nil,
      let matrix = CodePoints.primaries(primaries)?.toD50
    else { return nil }
    let curve = curves[transfer] ?? srgb
    let tone =
      Array("para\0\0\0\0".utf8) + bigEndian(curve.function, 2) + [0, 0]
      + curve.values.flatMap { bigEndian(Int(($0 * 65_536).rounded()), 4) }
    var tags: [(String, [UInt8])] = [("rTRC", tone), ("gTRC", tone), ("bTRC", tone)]
    for (index, name) in ["rXYZ", "gXYZ", "bXYZ"].enumerated() {
      let values = matrix.column(index).flatMap { bigEndian(Int(($0 * 65_536).rounded()), 4) }
      tags.append((name, Array("XYZ \0\0\0\0".utf8) + values))
    }
    return encoded(tags)
  }

  private static func encoded(_ tags: [(String, [UInt8])]) -> [UInt8] {
    var table = bigEndian(tags.count, 4)
    var body: [UInt8] = []
    for (name, content) in tags {
      table += Array(name.utf8) + bigEndian(132 + 12 * tags.count + body.count, 4) + bigEndian(content.count, 4)
      body += content
    }
    var header = [UInt8](repeating: 0, count: 128)
    header.replaceSubrange(0..<4, with: bigEndian(128 + table.count + body.count, 4))
    header[8] = 4
    header.replaceSubrange(12..<24, with: Array("mntrRGB XYZ ".utf8))
    header.replaceSubrange(36..<40, with: Array("acsp".utf8))
    return header + table + body
  }
}
