import Foundation

@testable import Imaging

/// Makes ICC profiles and pictures that carry them.
enum ProfileMaker {
  /// The chromaticities of Display P3 and Adobe RGB.
  static let p3 = Primaries(values: [0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060])
  static let adobe = Primaries(values: [0.3127, 0.3290, 0.640, 0.330, 0.210, 0.710, 0.150, 0.060])

  static let srgbCurve = curve(3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])

  static func fractions(_ values: [Double]) -> [UInt8] {
    values.flatMap { bigEndian(Int(($0 * 65_536).rounded()), 4) }
  }

  static func curve(_ function: Int, _ values: [Double]) -> [UInt8] {
    Array("para\0\0\0\0".utf8) + bigEndian(function, 2) + [0, 0] + fractions(values)
  }

  static func power(_ exponent: Double) -> [UInt8] {
    Array("curv\0\0\0\0".utf8) + bigEndian(1, 4) + bigEndian(Int((exponent * 256).rounded()), 2) + [0, 0]
  }

  static func point(_ values: [Double]) -> [UInt8] { Array("XYZ \0\0\0\0".utf8) + fractions(values) }

  /// Returns a table over a grid of two points per channel; `lightness` maps corners to a share of white.
  static func table(inputs: Int, outputs: Int = 3, _ lightness: ([Int]) -> Double) -> [UInt8] {
    var out = Array("mft2\0\0\0\0".utf8) + [UInt8(inputs), UInt8(outputs), 2, 0]
    out += fractions([1, 0, 0, 0, 1, 0, 0, 0, 1]) + bigEndian(2, 2) + bigEndian(2, 2)
    out += (0..<inputs).flatMap { _ in [0, 0, 0xFF, 0xFF] }
    for corner in 0..<(1 << inputs) {
      let place = (0..<inputs).map { corner >> (inputs - 1 - $0) & 1 }
      out += bigEndian(Int(65_280 * lightness(place)), 2) + (1..<outputs).flatMap { _ in bigEndian(32_768, 2) }
    }
    return out + (0..<outputs).flatMap { _ in [0, 0, 0xFF, 0xFF] }
  }

  static func profile(
    _ space: String,
    _ tags: [(String, [UInt8])],
    class kind: String = "mntr",
    to connection: String = "XYZ ",
    version: UInt8 = 4
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 128)
    header[8] = version
    header.replaceSubrange(12..<24, with: Array((kind + space + connection).utf8))
    header.replaceSubrange(36..<40, with: Array("acsp".utf8))
    header.replaceSubrange(68..<80, with: bigEndian(0xF6D6, 4) + bigEndian(0x1_0000, 4) + bigEndian(0xD32D, 4))
    var table = bigEndian(tags.count, 4)
    var body: [UInt8] = []
    for (name, element) in tags {
      table += Array(name.utf8) + bigEndian(132 + 12 * tags.count + body.count, 4) + bigEndian(element.count, 4)
      body += element + [UInt8](repeating: 0, count: (4 - element.count % 4) % 4)
    }
    let out = header + table + body
    return bigEndian(out.count, 4) + out.dropFirst(4)
  }

  static func matrixTags(_ primaries: Primaries, _ curve: [UInt8]) -> [(String, [UInt8])] {
    let values = primaries.toD50?.values ?? []
    let columns = zip(["rXYZ", "gXYZ", "bXYZ"], 0..<3).map { name, column in
      (name, point([values[column], values[3 + column], values[6 + column]]))
    }
    return [("wtpt", point(Primaries.d50))] + columns + ["rTRC", "gTRC", "bTRC"].map { ($0, curve) }
  }

  static func rgb(_ primaries: Primaries, _ curve: [UInt8], version: UInt8 = 4) -> [UInt8] {
    profile("RGB ", matrixTags(primaries, curve), version: version)
  }

  static func grey(_ curve: [UInt8], to connection: String = "XYZ ") -> [UInt8] {
    profile("GRAY", [("wtpt", point(Primaries.d50)), ("kTRC", curve)], to: connection)
  }

  /// A profile for CMYK whose black ink takes all light away, and whose colours leave a grey.
  static let cmyk = profile(
    "CMYK",
    [
      ("wtpt", point(Primaries.d50)),
      ("A2B0", table(inputs: 4) { Double((3 - $0[0] - $0[1] - $0[2]) * (1 - $0[3])) / 3 }),
    ],
    class: "prtr",
    to: "Lab ",
    version: 2
  )

  /// Puts a profile into a JPEG, PNG or WebP without one.
  static func embed(_ profile: [UInt8], in picture: [UInt8]) throws -> [UInt8] {
    if picture.starts(with: [0xFF, 0xD8]) {
      let step = 60_000
      let parts = stride(from: 0, to: profile.count, by: step).map { profile[$0..<min($0 + step, profile.count)] }
      var out: [UInt8] = [0xFF, 0xD8]
      for (part, number) in zip(parts, 1...) {
        out += [0xFF, 0xE2] + bigEndian(part.count + 16, 2) + Array("ICC_PROFILE\0".utf8)
        out += [UInt8(number), UInt8(parts.count)] + part
      }
      return out + picture.dropFirst(2)
    }
    if picture.starts(with: Array("RIFF".utf8)) {
      let canvas = littleEndian(63, 3) + littleEndian(63, 3)
      let padding = [UInt8](repeating: 0, count: profile.count % 2)
      var body = Array("WEBPVP8X".utf8) + littleEndian(10, 4) + [0x20, 0, 0, 0] + canvas
      body += Array("ICCP".utf8) + littleEndian(profile.count, 4) + profile + padding
      body += picture.dropFirst(12)
      return Array("RIFF".utf8) + littleEndian(body.count, 4) + body
    }
    return put([("iCCP", Array("icc\0\0".utf8) + (try deflated(profile)))], in: picture)
  }

  /// Puts chunks behind the header of a PNG.
  static func put(_ chunks: [(String, [UInt8])], in picture: [UInt8]) -> [UInt8] {
    picture.prefix(33) + chunks.flatMap { PNGFile.chunk($0.0, $0.1) } + picture.dropFirst(33)
  }
}
