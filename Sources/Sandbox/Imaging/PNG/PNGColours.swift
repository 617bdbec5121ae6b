internal import Core

/// The colours that the chunks of a PNG state.
///
/// Several chunks can contradict each other. The order of their ranks is `cICP`, `iCCP`, `sRGB`, and `gAMA` with `cHRM`.
/// As in Chromium, `cHRM` alone has no effect, and a `gAMA` alone that is near 1/2.2 means sRGB.
/// Source: https://www.w3.org/TR/png-3/#color-chunk-precendence
struct PNGColours {
  static let names: Set = ["cICP", "iCCP", "sRGB", "gAMA", "cHRM", "cLLI", "mDCV"]

  private var given: [String: [UInt8]] = [:]

  /// The chunks that state the same in as few bytes as possible, except a profile.
  private(set) var chunks: [(name: String, data: [UInt8])] = []
  private(set) var colours = Colours.standard

  /// Keeps the first valid chunk of each kind.
  mutating func take(_ name: String, _ data: ArraySlice<UInt8>, behindPalette: Bool) {
    // Browsers ignore a `cICP` after the palette, but not the other chunks.
    guard given[name] == nil, !(name == "cICP" && behindPalette) else { return }
    let count: Int? = ["cICP": 4, "sRGB": 1, "gAMA": 4, "cHRM": 32, "cLLI": 8, "mDCV": 24][name]
    guard count == nil || count == data.count, name != "sRGB" || data.first.map({ $0 <= 3 }) == true else { return }
    given[name] = Array(data)
  }

  /// Finds the statement with the highest rank for pixels of this colour model.
  mutating func settle(_ model: ColourModel) {
    let peak = peak
    if let points = given["cICP"], let coding = CodePoints(points, peak: peak)?.coding {
      colours = Colours(conversion: .coding(coding))
      chunks = [("cICP", points)]
      if coding.light != .relative, peak != CodePoints.usualPeak {
        chunks.append(("cLLI", bigEndian(peak * 10_000, 4) + [0, 0, 0, 0]))
      }
    } else if let profile = given["iCCP"].flatMap(Self.unpacked), isProfile(profile) {
      colours = Colours(of: profile, model)
    } else if let intent = given["sRGB"] {
      chunks = [("sRGB", intent)]
    } else {
      settleByGamma()
    }
    given = [:]
  }

  /// True for a whole profile, of this picture's colour model or of another; browsers ignore any other chunk's bytes.
  private func isProfile(_ bytes: [UInt8]) -> Bool {
    [ColourModel.grey, .rgb, .cmyk].contains { anonymousProfile(bytes, of: $0) != nil }
  }

  /// The light of the brightest pixel in cd/m², from 203, the reference white, to 10,000.
  private var peak: Int {
    let found = [given["cLLI"]?.prefix(4), given["mDCV"]?.dropFirst(16).prefix(4)].compactMap { $0.map(number) }
    return found.first { $0 > 0 }.map { min(max($0 / 10_000, 203), 10_000) } ?? CodePoints.usualPeak
  }

  private mutating func settleByGamma() {
    guard let gamma = given["gAMA"].map({ number($0[...]) }), gamma > 0 else { return }
    // The unit is 1/100,000. Values beyond these bounds look like the bounds.
    let bounded = min(max(gamma, 10), 10_000_000)
    let curve = ToneCurve.power(100_000 / Double(bounded))
    var primaries = Primaries.srgb
    if let data = given["cHRM"] {
      let values = stride(from: 0, to: 32, by: 4).map { number(data[$0..<$0 + 4]) }
      primaries = Primaries(values: values.map { Double($0) / 100_000 })
    } else if abs(Double(gamma) * 2.2 / 100_000 - 1) < 0.05 {
      return
    }
    guard let coding = ColourCoding(curve, primaries) else { return }
    colours = Colours(conversion: .coding(coding))
    chunks = [("gAMA", bigEndian(bounded, 4))] + (given["cHRM"].map { [("cHRM", $0)] } ?? [])
  }

  /// Returns the profile in the data of an `iCCP` chunk; nil if it is damaged or larger than a profile may be.
  private static func unpacked(_ data: [UInt8]) -> [UInt8]? {
    guard let end = data.firstIndex(of: 0), end > 0, data.dropFirst(end + 1).first == 0 else { return nil }
    guard let inflater = try? Inflater() else { return nil }
    var rest = data.dropFirst(end + 2)
    var profile: [UInt8] = []
    let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    defer { window.deallocate() }
    while inflater.state == .more, profile.count <= ICCProfile.maximumBytes {
      let count = inflater.read(&rest, into: window)
      profile += window.prefix(count)
      if count == 0, rest.isEmpty { break }
    }
    return inflater.state == .end && profile.count <= ICCProfile.maximumBytes ? profile : nil
  }
}
