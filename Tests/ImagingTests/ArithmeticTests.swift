import Core
import TestSupport
import Testing

@testable import Imaging

/// JPEGs with arithmetic codes, which few browsers read.
struct ArithmeticTests {
  static let kinds: [([String], Int)] = [[], ["-progressive"], ["-restart", "2B"], ["-grayscale"]].flatMap { (kind) in
    [1, 3, 6].map { (kind, $0) }
  }

  @Test(arguments: kinds)
  func `the original has Huffman codes and the same coefficients`(kind: ([String], Int)) throws {
    let judging = try Judging()
    let (make, orientation) = kind
    try judging.folder.run("convert", ["-seed", "4", "-size", "160x128", "plasma:", "a.ppm"])
    try judging.folder.run("cjpeg", ["-arithmetic"] + make + ["-outfile", "a.jpg", "a.ppm"])
    let plain = try judging.folder.bytes("a.jpg")
    try #require(!Set(JPEGParts(plain).markers).isDisjoint(with: [0xC9, 0xCA]))
    try judging.folder.run("exiftool", ["-q", "-overwrite_original", "-Orientation#=\(orientation)", "a.jpg"])
    let original = try judging.expectAlike("a.jpg", as: .jpeg).file(.original)
    let bytes = try judging.folder.bytes(original)
    #expect(Set(JPEGParts(bytes).markers).isDisjoint(with: [0xC9, 0xCA, 0xCC]))
    let inverse = [6: 8, 8: 6][orientation, default: orientation]
    // Turning writes the coefficients in one way.
    #expect(bytes.withUnsafeBytes { turnedJPEG($0, inverse) } == plain.withUnsafeBytes { turnedJPEG($0, 1) })
  }

  @Test func `stray bytes vanish, and a file without its end is unreadable`() throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-seed", "4", "-size", "160x120", "plasma:", "a.ppm"])
    try judging.folder.run("cjpeg", ["-arithmetic", "-outfile", "a.jpg", "a.ppm"])
    let parts = JPEGParts(try judging.folder.bytes("a.jpg"))
    let renderings = judging.answer(parts.joined(), as: .jpeg).renderings
    let stray = parts.joined(Array("CANARY".utf8), before: { $0 != 0xE0 })
    #expect(renderings.count == 3 && judging.answer(stray, as: .jpeg).renderings == renderings)
    // The end of arithmetic codes shows only by the marker behind them.
    #expect(judging.refusal(parts.joined(end: []), as: .jpeg) == .unreadable)
  }
}
