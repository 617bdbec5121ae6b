/// The conversion of samples to light by a curve for each channel and a matrix, which needs no ICC engine.
struct ColourCoding: Equatable {
  enum Light: Equatable {
    /// A share of the display's light.
    case relative
    /// High dynamic range, PQ or HLG, with the greatest light in cd/m².
    case absolute(peak: Double)
    case scene(peak: Double)
  }

  /// The curves of red, green and blue.
  let curves: [ToneCurve]
  /// From the light of the samples to linear sRGB; to linear BT.2020 for high dynamic range.
  let matrix: Matrix
  let light: Light

  /// Nil if the primaries enclose no colours.
  init?(_ curve: ToneCurve, _ primaries: Primaries, light: Light = .relative) {
    guard let matrix = primaries.toD50 else { return nil }
    self.init([curve, curve, curve], toD50: matrix, light: light)
  }

  init?(_ curves: [ToneCurve], toD50 matrix: Matrix, light: Light = .relative) {
    let target = light == .relative ? Primaries.srgb : Primaries.bt2020
    guard let out = target.toD50?.inverse else { return nil }
    self.curves = curves
    self.matrix = out * matrix
    self.light = light
  }

  /// The coding of grey samples with this curve.
  init(grey curve: ToneCurve) {
    curves = [curve, curve, curve]
    matrix = .identity
    light = .relative
  }

  /// The three tables of light, one after the other.
  func tables(entries: Int) -> [Float] {
    let first = curves[0].lights(entries)
    return first + curves.dropFirst().flatMap { $0 == curves[0] ? first : $0.lights(entries) }
  }
}
