import Core
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// JPEG scans and Huffman codes that a decoder reads but that change no pixel.
struct HiddenScanTests {
  @Test(arguments: [["-interlace", "none"], ["-interlace", "none", "-colorspace", "Gray"], ["-interlace", "JPEG"]])
  func `a scan that repeats the data of an earlier one is refused, at any position`(make: [String]) throws {
    let judging = try Judging()
    let fixed = make + ["-define", "jpeg:optimize-coding=false"]
    let folder = try ScratchFolder()
    for (seed, name) in [("4", "a.jpg"), ("5", "b.jpg")] {
      try folder.run("convert", ["-seed", seed, "-size", "64x48", "plasma:", "-strip"] + fixed + [name])
    }
    let (bytes, other) = (try folder.bytes("a.jpg"), try folder.bytes("b.jpg"))
    #expect(judging.refusal(bytes, as: .jpeg) == nil && judging.refusal(other, as: .jpeg) == nil)
    let start = try #require(other.indices.dropLast().first { other[$0] == 0xFF && other[$0 + 1] == 0xDA })
    let hidden = Array(other[start..<(other.count - 2)])
    #expect(judging.refusal(bytes.dropLast(2) + hidden + [0xFF, 0xD9], as: .jpeg) == .unreadable)
    let mine = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    #expect(judging.refusal(bytes[..<mine] + hidden + bytes[mine...], as: .jpeg) == .unreadable)
  }

  @Test func `redundant codes for one symbol are encoded again, since the choice among them can hide data`() throws {
    // Two empty blocks, each with a different code for the same symbol.
    let table: [UInt8] = [0, 2] + [UInt8](repeating: 0, count: 14) + [0, 0]
    var bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 1, count: 64)
    bytes += [0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0]
    bytes += [0xFF, 0xC4, 0, 21, 0x00] + table + [0xFF, 0xC4, 0, 21, 0x10] + table
    bytes += [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x05, 0xFF, 0xD9]
    let judging = try Judging()
    try judging.folder.write(bytes, to: "a.jpg")
    let original = try judging.render("a.jpg", as: .jpeg).file(.original)
    #expect(try !judging.folder.bytes(original).contains(bytes: table))
    #expect(try Fixtures.pixels(in: judging.folder, original) == Fixtures.pixels(in: judging.folder, "a.jpg"))
  }
}

extension [UInt8] {
  fileprivate func contains(bytes: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: bytes) }
  }
}
