internal import Core

extension Colours {
  /// The colours of an embedded ICC profile; those of sRGB if the profile is invalid or does not fit the pixels.
  ///
  /// A grey image may have a profile for RGB, as in browsers: its curve then becomes a profile for grey.
  init(of bytes: [UInt8]?, _ model: ColourModel) {
    self.init()
    guard let bytes, bytes.count <= ICCProfile.maximumBytes else { return }
    if let profile = try? ICCProfile(bytes[...], model) {
      guard let conversion = profile.conversion else { return }
      self.init(conversion: conversion, profile: profile.encoded)
    } else if model == .grey, let grey = (try? ICCProfile(bytes[...], .rgb))?.inGrey, let curve = grey.curve("kTRC") {
      if !curve.isSRGB { self.init(conversion: .coding(ColourCoding(grey: curve)), profile: grey.encoded) }
    }
  }
}

extension ICCProfile {
  /// The conversion of samples; nil if the profile has none.
  fileprivate var conversion: Colours.Conversion? {
    if let points = element("cicp"), let coding = CodePoints(Array(points.dropFirst(8)))?.coding {
      return .coding(coding)
    }
    if let table = element("A2B0") { return ColourTable(table).map(Colours.Conversion.table) }
    if let grey = curve("kTRC") { return .coding(ColourCoding(grey: grey)) }
    guard let red = curve("rTRC"), let green = curve("gTRC"), let blue = curve("bTRC"), let columns else { return nil }
    return ColourCoding([red, green, blue], toD50: columns).map(Colours.Conversion.coding)
  }

  /// The matrix from linear light to XYZ; nil if the profile has none.
  var columns: Matrix? {
    let columns = ["rXYZ", "gXYZ", "bXYZ"].compactMap { element($0).map { Self.fractions($0.dropFirst(8)) } }
    guard columns.count == 3, columns.allSatisfy({ $0.count == 3 }) else { return nil }
    return Matrix(columns: columns)
  }

  func curve(_ name: String) -> ToneCurve? {
    guard let element = element(name) else { return nil }
    var scanner = ByteScanner(element[...])
    return ToneCurve(&scanner)
  }

  /// Returns numbers with 16 fractional bits.
  static func fractions(_ bytes: ArraySlice<UInt8>) -> [Double] {
    stride(from: bytes.startIndex, to: bytes.endIndex - 3, by: 4).map {
      Double(Int32(truncatingIfNeeded: number(bytes[$0..<$0 + 4]))) / 65_536
    }
  }
}

extension ToneCurve {
  /// Reads a curve that `ICCElement` has written, and the padding behind it; nil if it is incomplete.
  init?(_ scanner: inout ByteScanner) {
    guard let start = try? scanner.take(8), let count = try? scanner.bigEndian(start.prefix(4).equals("para") ? 2 : 4)
    else { return nil }
    if start.prefix(4).equals("para") {
      let lengths = [1, 3, 4, 5, 7]
      guard lengths.indices.contains(count), (try? scanner.take(2)) != nil,
        let bytes = try? scanner.take(4 * lengths[count])
      else { return nil }
      self = .function(count, ICCProfile.fractions(bytes))
    } else {
      guard let bytes = try? scanner.take(2 * count) else { return nil }
      let entries = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map {
        UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
      }
      switch count {
      case 0: self = .power(1)
      case 1: self = .power(Double(entries[0]) / 256)
      default: self = .table(entries)
      }
    }
    while (scanner.position - start.startIndex) % 4 != 0, (try? scanner.byte()) != nil {}
  }
}
