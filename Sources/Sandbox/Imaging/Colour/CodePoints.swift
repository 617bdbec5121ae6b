internal import Core

/// A colour space by the numbers of a `cICP` chunk or tag, as Chromium understands them.
///
/// Source: ITU-T H.273 (tables 2 and 3)
struct CodePoints {
  /// The light of the brightest pixel in cd/m² if the file does not name it.
  static let usualPeak = 1000

  private static let chromaticities: [Int: [Double]] = [
    1: [0.3127, 0.3290, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060],
    4: [0.3100, 0.3160, 0.670, 0.330, 0.210, 0.710, 0.140, 0.080],
    5: [0.3127, 0.3290, 0.640, 0.330, 0.290, 0.600, 0.150, 0.060],
    6: [0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070],
    7: [0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070],
    8: [0.3100, 0.3160, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049],
    9: Primaries.bt2020.values,
    10: [1 / 3.0, 1 / 3.0, 1, 0, 0, 1, 0, 0],
    11: [0.3140, 0.3510, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060],
    12: [0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060],
    22: [0.3127, 0.3290, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077],
  ]

  private static let curves: [UInt8: ToneCurve] = [
    // Browsers show the curves of television cameras as their displays do, with the power 2.4 of BT.1886.
    1: .power(2.4), 6: .power(2.4), 11: .power(2.4), 14: .power(2.4), 15: .power(2.4),
    4: .power(2.2), 5: .power(2.8), 7: .smpte240, 8: .power(1), 13: .srgb, 16: .absolute, 17: .cinema, 18: .scene,
  ]

  let coding: ColourCoding

  /// Returns the primaries with this number; nil for reserved numbers.
  static func primaries(_ number: Int) -> Primaries? { chromaticities[number].map { Primaries(values: $0) } }

  /// Nil if browsers ignore these numbers: other values, a matrix, or a limited range.
  init?(_ bytes: [UInt8], peak: Int = usualPeak) {
    guard bytes.count == 4, bytes[2] == 0, bytes[3] == 1, let primaries = Self.primaries(Int(bytes[0])),
      let curve = Self.curves[bytes[1]]
    else { return nil }
    let light: ColourCoding.Light =
      switch curve {
      case .absolute: .absolute(peak: Double(peak))
      case .scene: .scene(peak: Double(peak))
      default: .relative
      }
    guard let coding = ColourCoding(curve, primaries, light: light) else { return nil }
    self.coding = coding
  }
}
