import Core
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// JPEGs that every decoder shows whole although bytes are missing, superfluous or miscounted.
struct StrayBytesTests {
  static let kinds = [["-interlace", "none"], ["-interlace", "JPEG"], ["-colorspace", "Gray"]]
  static let canary = Array("CANARY-stray".utf8)
  static let stray: [[UInt8]] = [
    [UInt8](repeating: 0, count: 30), canary, [0xFF, 0, 0x61, 0xFF, 0], [0x61, 0xFF, 0xD3] + canary, [0xFF, 1, 0x78],
    [UInt8](repeating: 0xFF, count: 7), [0x0D, 0x0A],
  ]
  static let ends: [[UInt8]] = [
    [], [0xFF], [0xFF, 0xFF], [0, 0], canary, [0xFF, 0, 0xFF, 0], [0xFF, 0xD8, 0xFF, 0xE0], [0xFF, 2] + canary,
    [0xFF, 0xE1, 0x40, 0] + canary, [0xFF, 0xD4], [0xFF, 0xC4, 0, 9] + canary, [0xFF, 0xFE, 0, 14] + canary,
  ]

  /// The clean file, its parts and its renderings.
  private func clean(_ judging: Judging, _ make: [String]) throws -> (parts: JPEGParts, renderings: [[UInt8]]) {
    try judging.folder.run("convert", ["-seed", "4", "-size", "160x120", "plasma:"] + make + ["-strip", "a.jpg"])
    let bytes = try judging.folder.bytes("a.jpg")
    let parts = JPEGParts(bytes)
    try #require(parts.joined() == bytes)
    let renderings = judging.answer(bytes, as: .jpeg).renderings
    try #require(renderings.count == 3)
    return (parts, renderings)
  }

  @Test(arguments: kinds) func `bytes between segments vanish, whatever they are`(make: [String]) throws {
    let judging = try Judging()
    let (parts, renderings) = try clean(judging, make)
    for stray in Self.stray {
      for chosen: (UInt8) -> Bool in [{ $0 != 0xE0 }, { $0 == 0xDA }, { $0 == 0xDB }, { $0 == 0xC4 }] {
        let bytes = parts.joined(stray, before: chosen)
        #expect(judging.answer(bytes, as: .jpeg).renderings == renderings, "\(stray)")
      }
      #expect(judging.answer(parts.joined(end: stray + [0xFF, 0xD9]), as: .jpeg).renderings == renderings, "\(stray)")
    }
    let filled = parts.joined([0xFF, 0xFF, 0xFF], before: { _ in true }, end: [0xFF, 0xFF, 0xFF, 0xD9])
    #expect(judging.answer(filled, as: .jpeg).renderings == renderings)
  }

  @Test(arguments: kinds) func `a complete picture without its end marker gets a new one`(make: [String]) throws {
    let judging = try Judging()
    let (parts, renderings) = try clean(judging, make)
    for end in Self.ends {
      #expect(judging.answer(parts.joined(end: end), as: .jpeg).renderings == renderings, "\(end)")
    }
    #expect(renderings.last?.suffix(2) == [0xFF, 0xD9])
  }

  @Test(arguments: kinds) func `a picture that lacks a row, a scan or a bit is unreadable`(make: [String]) throws {
    let judging = try Judging()
    let (parts, _) = try clean(judging, make)
    let bytes = parts.joined(end: [])
    let last = try #require(parts.parts.last).count
    for missing in [4, 12, last / 2, last - 20, last - 2, last, last + 1] {
      #expect(judging.refusal(bytes.dropLast(missing), as: .jpeg) == .unreadable, "\(missing)")
      // Rubbish replaces no rows. Zeros are valid codes of a scan that refines coefficients.
      let spoiled = Array(bytes.dropLast(missing)) + [UInt8](repeating: 0, count: 3)
      let isHidden = make.contains("JPEG") && missing < last
      #expect(isHidden || judging.refusal(spoiled, as: .jpeg) == .unreadable, "\(missing)")
    }
  }

  @Test func `the numbers of tables that a scan does not use are ignored`() throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-size", "64x48", "gradient:red-blue", "-interlace", "JPEG", "a.jpg"])
    var bytes = try judging.folder.bytes("a.jpg")
    let renderings = judging.answer(bytes, as: .jpeg).renderings
    // The scan with the lowest bits of the DC coefficients of all three components.
    let scan: [UInt8] = [0xFF, 0xDA, 0, 12, 3]
    let place = bytes.indices.first {
      bytes[$0...].starts(with: scan) && bytes[$0 + 11..<$0 + 14].elementsEqual([0, 0, 0x10])
    }
    bytes[try #require(place) + 6] = 0x88
    #expect(!renderings.isEmpty && judging.answer(bytes, as: .jpeg).renderings == renderings)
  }

  @Test(arguments: [0, 1, 2, 3, 11, 13]) func `a comment with a length that is too short vanishes`(length: UInt8) throws
  {
    let judging = try Judging()
    let (parts, renderings) = try clean(judging, Self.kinds[0])
    for marker: UInt8 in [0xFE, 0xE1, 0xE5, 0xEF, 0xDC] {
      let bytes = parts.joined([0xFF, marker, 0, length] + Self.canary, before: { $0 == 0xDB })
      #expect(judging.answer(bytes, as: .jpeg).renderings == renderings, "\(marker)")
    }
  }

  @Test func `a length that swallows a needed table, and an unknown marker, are unreadable`() throws {
    let judging = try Judging()
    let (parts, _) = try clean(judging, Self.kinds[0])
    for stray: [UInt8] in [
      [0xFF, 0xFE, 0, 3], [0xFF, 0xFE, 0, 4, 0], [0xFF, 2, 0], [0xFF, 0xD8], [0xFF, 0xC8, 0, 2],
    ] {
      #expect(judging.refusal(parts.joined(stray, before: { $0 == 0xC0 }), as: .jpeg) == .unreadable, "\(stray)")
    }
  }

  @Test func `a profile survives stray bytes, and renderings look like the file in Chromium`() throws {
    let judging = try Judging()
    let photo = try Fixtures.photo(in: judging.folder, .png)
    try judging.folder.run("vips", ["icc_transform", photo, "p3.jpg", "p3", "--input-profile", "srgb"])
    let parts = JPEGParts(try judging.folder.bytes("p3.jpg"))
    try #require(parts.markers.contains(0xE2))
    try judging.folder.write(parts.joined(Self.canary, before: { $0 < 0xE0 }), to: "stray.jpg")
    let rendered = try judging.expectAlike("stray.jpg", as: .jpeg)
    #expect(rendered.renderings == judging.answer(parts.joined(), as: .jpeg).renderings)
    #expect(rendered.renderings.allSatisfy { !$0.contains(text: "CANARY") })
  }

  @Test(arguments: [1, 6]) func `a rotated photo without its end is turned without loss`(orientation: Int) throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-seed", "5", "-size", "64x48", "plasma:", "-strip", "a.jpg"])
    try judging.folder.run("exiftool", ["-q", "-overwrite_original", "-Orientation#=\(orientation)", "a.jpg"])
    let bytes = try judging.folder.bytes("a.jpg")
    let renderings = judging.answer(bytes, as: .jpeg).renderings
    #expect(renderings.count == 3 && judging.answer(bytes.dropLast(2), as: .jpeg).renderings == renderings)
  }

  @Test func `a baseline file without Huffman tables uses the usual ones`() throws {
    let judging = try Judging()
    let (parts, _) = try clean(judging, ["-define", "jpeg:optimize-coding=false"])
    let bare = [0xFF, 0xD8] + parts.parts.filter { $0[1] != 0xC4 }.joined() + [0xFF, 0xD9]
    try judging.folder.write(bare, to: "bare.jpg")
    let original = try judging.expectAlike("bare.jpg", as: .jpeg).file(.original)
    #expect(try JPEGParts(judging.folder.bytes(original)).markers.contains(0xC4))
    #expect(try Fixtures.pixels(in: judging.folder, original) == Fixtures.pixels(in: judging.folder, "a.jpg"))
  }
}
