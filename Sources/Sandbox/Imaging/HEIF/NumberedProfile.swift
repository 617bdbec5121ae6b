internal import Core

/// ICC profiles for colours that a file names by number.
///
/// Sources: ITU-T H.273 (tables 2 and 3), https://www.color.org/specification/ICC.1-2022-05.pdf (9.2, 10.18, 10.31)
enum NumberedProfile {
  /// Red, green and blue as XYZ in 1/65,536, adapted to D50 by Bradford's matrix.
  private static let colorants: [Int: [Int]] = [
    1: [28_576, 14_581, 912, 25_239, 46_983, 6361, 9375, 3972, 46_787],
    4: [41_580, 20_382, -78, 12_133, 38_764, 3638, 9477, 6390, 50_501],
    5: [29_835, 15_223, 952, 24_091, 46_388, 6873, 9264, 3925, 46_235],
    6: [27_282, 14_528, 894, 25_768, 46_090, 5985, 10_139, 4918, 47_181],
    7: [27_282, 14_528, 894, 25_768, 46_090, 5985, 10_139, 4918, 47_181],
    9: [44_137, 18_287, -127, 10_857, 44_259, 1965, 8195, 2989, 52_222],
    11: [31_861, 14_856, -53, 21_224, 46_552, 2833, 10_105, 4128, 51_280],
    12: [33_759, 15_807, -69, 19_135, 45_367, 2745, 10_296, 4363, 51_385],
    22: [29_771, 15_853, 976, 23_155, 44_148, 5939, 10_264, 5534, 47_146],
  ]

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
    guard let colorants = colorants[primaries], primaries != 1 || curves[transfer] != nil else { return nil }
    let curve = curves[transfer] ?? srgb
    let tone =
      Array("para\0\0\0\0".utf8) + bigEndian(curve.function, 2) + [0, 0]
      + curve.values.flatMap { bigEndian(Int(($0 * 65_536).rounded()), 4) }
    var tags: [(String, [UInt8])] = [("rTRC", tone), ("gTRC", tone), ("bTRC", tone)]
    for (index, name) in ["rXYZ", "gXYZ", "bXYZ"].enumerated() {
      let values = colorants[(3 * index)..<(3 * index + 3)].flatMap { bigEndian($0, 4) }
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
