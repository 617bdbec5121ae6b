internal import Core
internal import Glibc

/// The function that turns the value of a sample, 0 to 1, into light.
enum ToneCurve: Equatable {
  /// A power of the value.
  case power(Double)
  /// One of the five functions of an ICC profile, by its number and its parameters.
  case function(Int, [Double])
  /// Light at equal distances, 0 to 65,535, with straight lines in between.
  case table([UInt16])
  case smpte240
  case cinema
  /// PQ: 1 is the light of the reference white, 203 cd/m².
  case absolute
  /// HLG: the light of the scene.
  case scene

  static let srgb = ToneCurve.function(3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])

  /// Returns the light of each of `count` values at equal distances from 0 to 1.
  func lights(_ count: Int) -> [Float] { (0..<count).map { Float(light(Double($0) / Double(count - 1))) } }

  /// True if no value differs visibly from sRGB's.
  var isSRGB: Bool {
    stride(from: 0.0, through: 1, by: 1 / 255).allSatisfy { value in
      // The difference in light is turned back into a difference in sRGB's values by sRGB's slope.
      let slope = (ToneCurve.srgb.light(min(1, value + 0.002)) - ToneCurve.srgb.light(max(0, value - 0.002))) / 0.004
      return abs(light(value) - ToneCurve.srgb.light(value)) <= slope / 255
    }
  }

  /// Returns the light of a value.
  ///
  /// Sources: https://www.color.org/specification/ICC.1-2022-05.pdf (10.6, 10.18), ITU-T H.273 (table 3)
  func light(_ value: Double) -> Double {
    switch self {
    case .power(let exponent): pow(value, exponent)
    case .function(let number, let given): Self.function(number, given, value)
    case .table(let entries): Self.interpolated(entries, value)
    case .smpte240: value < 0.0913 ? value / 4 : pow((value + 0.1115) / 1.1115, 1 / 0.45)
    case .cinema: pow(value, 2.6) * 52.37 / 48
    case .absolute: Self.perceptual(value)
    case .scene: value <= 0.5 ? value * value / 3 : (exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    }
  }

  private static func function(_ number: Int, _ given: [Double], _ value: Double) -> Double {
    let exponent = given[0]
    func raised(_ base: Double) -> Double { base > 0 ? pow(base, exponent) : 0 }
    switch number {
    case 1: return value >= -given[2] / given[1] ? raised(given[1] * value + given[2]) : 0
    case 2: return given[3] + (value >= -given[2] / given[1] ? raised(given[1] * value + given[2]) : 0)
    case 3: return value >= given[4] ? raised(given[1] * value + given[2]) : given[3] * value
    case 4:
      return value >= given[4] ? raised(given[1] * value + given[2]) + given[5] : given[3] * value + given[6]
    default: return raised(value)
    }
  }

  private static func interpolated(_ entries: [UInt16], _ value: Double) -> Double {
    let place = value * Double(entries.count - 1)
    let lower = min(Int(place), entries.count - 1)
    let upper = min(lower + 1, entries.count - 1)
    let share = place - Double(lower)
    return (Double(entries[lower]) * (1 - share) + Double(entries[upper]) * share) / 65_535
  }

  /// Returns the light of a value of PQ.
  ///
  /// Source: ITU-R BT.2100-2 (table 4)
  private static func perceptual(_ value: Double) -> Double {
    let root = pow(value, 32 / 2523.0)
    return 10_000 / 203.0 * pow(max(root - 107 / 128.0, 0) / (2413 / 128.0 - 2392 / 128.0 * root), 8192 / 1305.0)
  }
}
