import Core
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// Bytes that an original keeps, in places that `hiding/hide.py` does not check.
struct AccountTests {
  static let kinds: [[String]] = [
    [], ["-interlace", "JPEG"], ["-colorspace", "Gray"], ["-sampling-factor", "2x1"], ["-sampling-factor", "1x1"],
    ["-colorspace", "CMYK"], ["-define", "jpeg:optimize-coding=false"],
  ]

  @Test(arguments: kinds)
  func `a JPEG without metadata keeps its scans byte for byte`(make: [String]) throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-seed", "4", "-size", "333x222", "plasma:"] + make + ["-strip", "a.jpg"])
    let bytes = try judging.folder.bytes("a.jpg")
    let original = try #require(judging.answer(bytes, as: .jpeg).renderings.last)
    let (before, after) = (scans(bytes), scans(original))
    #expect(!before.isEmpty && before == after)
    #expect(original.count <= bytes.count)
  }

  /// Returns the bytes from each scan header to the marker that ends its data.
  private func scans(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var out: [ArraySlice<UInt8>] = []
    var place = bytes.startIndex
    while let start = bytes[place...].dropLast().indices.first(where: { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA }) {
      let end = bytes[(start + 2)...].dropLast().indices.first {
        bytes[$0] == 0xFF && bytes[$0 + 1] != 0 && !(0xD0...0xD7).contains(bytes[$0 + 1])
      }
      place = end ?? bytes.endIndex
      out.append(bytes[start..<place])
    }
    return out
  }

  @Test func `unused symbols of a Huffman table are overwritten, and the picture stays`() throws {
    let judging = try Judging()
    try judging.folder.run(
      "convert",
      [
        "-seed", "4", "-size", "64x64", "plasma:", "-colorspace", "Gray", "-define", "jpeg:optimize-coding=false",
        "a.jpg",
      ]
    )
    var bytes = try judging.folder.bytes("a.jpg")
    // The rarest symbols of the table for AC coefficients. A picture this small uses none of them.
    let head = try #require(
      bytes.indices.dropLast(4).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC4 && bytes[$0 + 4] == 0x10 }
    )
    let planted = Array("PLANTED-among-the-rarest-symbols".utf8)
    let end = head + 2 + number(bytes[head + 2..<head + 4])
    bytes.replaceSubrange((end - planted.count)..<end, with: planted)
    try judging.folder.write(bytes, to: "b.jpg")
    let original = try judging.render("b.jpg", as: .jpeg).file(.original)
    #expect(try !judging.folder.bytes(original).contains(text: "PLANTED"))
    #expect(try Fixtures.pixels(in: judging.folder, original) == Fixtures.pixels(in: judging.folder, "b.jpg"))
  }

  @Test func `a JPEG with damaged data is decoded by libjpeg and encoded again`() throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-seed", "4", "-size", "160x120", "plasma:", "-strip", "a.jpg"])
    let bytes = try judging.folder.bytes("a.jpg")
    let cut = Array(bytes.prefix(bytes.count * 3 / 4)) + Array("PLANTED".utf8) + [0xFF, 0xD9]
    try judging.folder.write(cut, to: "b.jpg")
    let original = try judging.render("b.jpg", as: .jpeg).file(.original)
    #expect(try !judging.folder.bytes(original).contains(text: "PLANTED"))
    for name in ["b.jpg", original] { try judging.folder.run("vips", ["copy", name, "\(name).png"]) }
    #expect(
      try Fixtures.pixels(in: judging.folder, "b.jpg.png") == Fixtures.pixels(in: judging.folder, "\(original).png")
    )
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["STOWAGE_CORPORA"] != nil, "STOWAGE_CORPORA is not set"),
    arguments: [("poly.png", true), ("icc4.png", false)]
  )
  func `files that once bypassed the check are served without their hidden data`(file: (String, Bool)) throws {
    let judging = try Judging()
    let folder = ProcessInfo.processInfo.environment["STOWAGE_CORPORA", default: ""] + "/hostile/"
    let bytes = try Array(Data(contentsOf: URL(filePath: folder + file.0)))
    #expect(bytes.contains(text: "PK\u{5}\u{6}") == file.1)
    let original = try #require(judging.answer(bytes, as: .png).renderings.last)
    #expect(!original.contains(text: "PK\u{5}\u{6}") && !original.contains(text: "iCCP"))
  }

  @Test func `four bytes that occur in many photos are no archive, and a complete record is one`() {
    let rest = [UInt8](repeating: 7, count: 100_000)
    let record = Array("PK\u{3}\u{4}".utf8) + [20, 0, 0, 0, 8, 0] + [UInt8](repeating: 3, count: 16) + [1, 0, 0, 0]
    #expect(!holdsOther(rest + Array("PK\u{3}\u{4}".utf8) + rest) && holdsOther(rest + record + rest))
    #expect(!holdsOther(Array("PK\u{5}\u{6}".utf8) + rest) && holdsOther(rest + Array("PK\u{5}\u{6}".utf8)))
  }

  @Test func `pixels that form an archive are compressed so that no reader finds it`() throws {
    let judging = try Judging()
    let record = Array("PK\u{5}\u{6}".utf8) + [UInt8](repeating: 0, count: 18)
    let row = [0] + record + [UInt8](repeating: 7, count: 48 - record.count)
    let head = bigEndian(16, 4) + bigEndian(16, 4) + [8, 2, 0, 0, 0]
    let rows = try deflated(Array(repeatElement(row, count: 16).joined()), level: 0)
    let chunks = PNGFile.chunk("IHDR", head) + PNGFile.chunk("IDAT", rows) + PNGFile.chunk("IEND", [])
    try judging.folder.write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunks, to: "a.png")
    try #require(holdsOther(try judging.folder.bytes("a.png")))
    let original = try judging.render("a.png", as: .png).file(.original)
    #expect(try !holdsOther(judging.folder.bytes(original)))
    #expect(try Fixtures.pixels(in: judging.folder, original) == Fixtures.pixels(in: judging.folder, "a.png"))
  }

  @Test(arguments: 1...8) func `quantisation steps that a JPEG does not use hold nothing, in any orientation`(
    orientation: Int
  ) throws {
    let judging = try Judging()
    let make = ["-size", "72x56", "xc:gray50", "-sampling-factor", "4:2:0", "-quality", "77", "a.jpg"]
    try judging.folder.run("convert", make)
    var bytes = try judging.folder.bytes("a.jpg")
    let table = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xDB, 0, 67]) }) + 5
    let record = Array("%PDF-PK\u{5}\u{6}".utf8) + [UInt8](repeating: 0, count: 18)
    bytes.replaceSubrange(table + 20..<table + 20 + record.count, with: record)
    try judging.folder.write(bytes, to: "a.jpg")
    try judging.folder.run("exiftool", ["-q", "-n", "-overwrite_original", "-Orientation=\(orientation)", "a.jpg"])
    try #require(holdsOther(try judging.folder.bytes("a.jpg")))
    let original = try judging.render("a.jpg", as: .jpeg).file(.original)
    #expect(try !holdsOther(judging.folder.bytes(original)))
    let upright = try judging.folder.run("convert", ["a.jpg", "-auto-orient", "-depth", "8", "rgb:-"])
    #expect(try judging.folder.run("convert", [original, "-depth", "8", "rgb:-"]) == upright)
  }

  @Test func `a JPEG of two components is refused`() throws {
    let judging = try Judging()
    let table: [UInt8] = [0, 1] + [UInt8](repeating: 0, count: 14) + [0]
    var bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 1, count: 64)
    bytes += [0xFF, 0xC0, 0, 14, 8, 0, 8, 0, 8, 2, 1, 0x11, 0, 2, 0x11, 0]
    bytes += [0xFF, 0xC4, 0, 20, 0x00] + table + [0xFF, 0xC4, 0, 20, 0x10] + table
    bytes += [0xFF, 0xDA, 0, 10, 2, 1, 0, 2, 0, 0, 63, 0, 0x0F, 0xFF, 0xD9]
    #expect(judging.refusal(bytes, as: .jpeg) == .unreadable)
  }

  @Test func `a rotated JPEG with trailing data is turned without loss`() throws {
    let judging = try Judging()
    try judging.folder.run(
      "convert",
      ["-seed", "5", "-size", "64x48", "plasma:", "-sampling-factor", "1x1", "-strip", "a.jpg"]
    )
    try judging.folder.run("exiftool", ["-q", "-overwrite_original", "-Orientation#=6", "a.jpg"])
    let bytes = try judging.folder.bytes("a.jpg")
    let clean = try #require(judging.answer(bytes, as: .jpeg).renderings.last)
    let spoiled = Array(bytes.dropLast(2)) + Array("PLANTED-behind-the-scan".utf8) + [0xFF, 0xD9]
    #expect(judging.answer(spoiled, as: .jpeg).renderings.last == clean)
  }
}
