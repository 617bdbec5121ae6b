internal import Core

extension Colours {
  /// The colours of an embedded ICC profile; those of sRGB if the profile is invalid or does not fit the pixels.
  ///
  /// A grey image may have a profile for RGB, as in browsers: its curve then becomes a profile for grey.
  init(of bytes: [UInt8]?, _ model: ColourModel) {
    self.init()
    guard let bytes, bytes.count <= ICCProfile.maximumBytes else { return }
    if let profile = try? ICCProfile(bytes[...], model) {
      self.init(coding: profile.coding, profile: profile.encoded)
    } else if model == .grey, let grey = (try? ICCProfile(bytes[...], .rgb))?.inGrey, let curve = grey.curve("kTRC") {
      if !curve.isSRGB { self.init(coding: ColourCoding(grey: curve), profile: grey.encoded) }
    }
  }
}

extension ICCProfile {
  /// The conversion without tables of several channels; nil if the profile has such tables.
  var coding: ColourCoding? {
    if let points = element("cicp"), let coding = CodePoints(Array(points.dropFirst(8)))?.coding { return coding }
    guard element("A2B0") == nil else { return nil }
    if let grey = curve("kTRC") { return ColourCoding(grey: grey) }
    guard let red = curve("rTRC"), let green = curve("gTRC"), let blue = curve("bTRC"), let columns else { return nil }
    return ColourCoding([red, green, blue], toD50: columns)
  }

  /// The matrix from linear light to XYZ; nil if the profile has none.
  var columns: Matrix? {
    let columns = ["rXYZ", "gXYZ", "bXYZ"].compactMap { element($0).map { Self.fractions($0.dropFirst(8)) } }
    guard columns.count == 3, columns.allSatisfy({ $0.count == 3 }) else { return nil }
    return Matrix(columns: columns)
  }

  func curve(_ name: String) -> ToneCurve? {
    guard let element = element(name) else { return nil }
    if element.prefix(4).equals("para") {
      return .function(number(element[8..<10]), Self.fractions(element.dropFirst(12)))
    }
    let entries = stride(from: 12, to: element.count - 1, by: 2).map {
      UInt16(element[$0]) << 8 | UInt16(element[$0 + 1])
    }
    switch entries.count {
    case 0: return .power(1)
    case 1: return .power(Double(entries[0]) / 256)
    default: return .table(entries)
    }
  }

  /// Returns numbers with 16 fractional bits.
  private static func fractions(_ bytes: ArraySlice<UInt8>) -> [Double] {
    stride(from: bytes.startIndex, to: bytes.endIndex - 3, by: 4).map {
      Double(Int32(truncatingIfNeeded: number(bytes[$0..<$0 + 4]))) / 65_536
    }
  }
}
