import Core
import TestSupport
import Testing

@testable import Imaging

/// JPEGs of awkward sizes, turned by their coefficients.
struct TurningTests {
  static let kinds = ["1x1", "2x1", "1x2", "2x2", "grey", "restart", "scans"]
  static let sizes = [
    (1, 1), (1, 40), (40, 1), (7, 9), (8, 8), (16, 16), (17, 32), (32, 17), (24, 40), (39, 33), (200, 112),
  ]

  @Test(arguments: kinds)
  func `every turn that fits is undone by its inverse, coefficient by coefficient`(kind: String) throws {
    let judging = try Judging()
    try judging.folder.write(Array("0; 1; 2;".utf8), to: "scans.txt")
    let options = [
      "grey": ["-grayscale"], "restart": ["-restart", "1B"], "scans": ["-scans", "scans.txt"],
    ]
    for (width, height) in Self.sizes {
      try judging.folder.run("convert", ["-seed", "3", "-size", "\(width)x\(height)", "plasma:", "a.ppm"])
      let make = options[kind] ?? ["-sample", kind]
      try judging.folder.run("cjpeg", make + ["-outfile", "a.jpg", "a.ppm"])
      let plain = try judging.folder.bytes("a.jpg")
      let frame = try #require(try JPEGFile(plain[...], limits: DecoderLimits()).frame)
      let upright = try #require(plain.withUnsafeBytes { turnedJPEG($0, 1) })
      for orientation in 2...8 {
        let turned = plain.withUnsafeBytes { turnedJPEG($0, orientation) }
        #expect((turned != nil) == frame.canTurn(orientation), "\(width)x\(height), \(orientation)")
        guard let turned else { continue }
        let inverse = [6: 8, 8: 6][orientation, default: orientation]
        // An edge that is no whole block can be at the wrong side for the way back.
        guard let back = turned.withUnsafeBytes({ turnedJPEG($0, inverse) }) else { continue }
        let again = try #require(back.withUnsafeBytes { turnedJPEG($0, 1) })
        #expect(again == upright, "\(width)x\(height), \(orientation)")
      }
    }
  }

  @Test func `a turned JPEG keeps the usual Huffman codes, and gets its own if it had its own`() throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-seed", "3", "-size", "64x64", "plasma:", "a.ppm"])
    for (make, isUsual) in [([], true), (["-optimize"], false), (["-progressive"], false)] as [([String], Bool)] {
      try judging.folder.run("cjpeg", make + ["-outfile", "a.jpg", "a.ppm"])
      let plain = try judging.folder.bytes("a.jpg")
      let turned = try #require(plain.withUnsafeBytes { turnedJPEG($0, 6) })
      // The four usual tables have 420 bytes with their heads.
      let codes = try Self.codeBytes(turned)
      #expect((codes >= 416) == isUsual)
    }
  }

  private static func codeBytes(_ bytes: [UInt8]) throws -> Int {
    var scanner = ByteScanner(bytes[2...])
    var sum = 0
    while true {
      let marker = try scanner.bigEndian(2)
      let payload = try scanner.take(try scanner.bigEndian(2) - 2)
      if marker == 0xFFC4 { sum += payload.count }
      if marker == 0xFFDA { return sum }
    }
  }
}
