import Core
import Glibc
import TestSupport
import Testing

@testable import Imaging

struct ProfileTests {
  /// Makes a 16×16 red PNG with this profile, compressed as far as zlib can.
  private func picture(_ profile: [UInt8], in folder: ScratchFolder) throws -> [UInt8] {
    try folder.run("convert", ["-size", "16x16", "xc:red", "-strip", "PNG24:bare.png"])
    let bare = try folder.bytes("bare.png")
    let chunk = PNGFile.chunk("iCCP", Array("icc\0\0".utf8) + (try deflated(profile, level: 9)))
    return Array(bare.prefix(33)) + chunk + bare.dropFirst(33)
  }

  /// Returns a profile with these tags; they point into `body`, which begins behind the table.
  private func profile(
    space: String = "RGB ",
    _ tags: [(name: String, offset: Int, size: Int)],
    body: [UInt8]
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 128)
    header.replaceSubrange(8..<10, with: [2, 0x40])
    header.replaceSubrange(12..<24, with: Array("mntr\(space)XYZ ".utf8))
    header.replaceSubrange(36..<40, with: Array("acsp".utf8))
    header.replaceSubrange(68..<80, with: bigEndian(0xF6D6, 4) + bigEndian(0x1_0000, 4) + bigEndian(0xD32D, 4))
    let start = 132 + 12 * tags.count
    var out = header + bigEndian(tags.count, 4)
    for tag in tags { out += Array(tag.name.utf8) + bigEndian(start + tag.offset, 4) + bigEndian(tag.size, 4) }
    out += body
    return bigEndian(out.count, 4) + out.dropFirst(4)
  }

  /// Returns the tags of a matrix profile in sequence, with the given elements.
  private func matrix(_ changed: [String: [UInt8]] = [:], extra: [(String, [UInt8])] = []) -> [UInt8] {
    func point(_ x: Int, _ y: Int, _ z: Int) -> [UInt8] {
      Array("XYZ \0\0\0\0".utf8) + bigEndian(x, 4) + bigEndian(y, 4) + bigEndian(z, 4)
    }
    let gamma = Array("curv\0\0\0\0".utf8) + bigEndian(1, 4) + [2, 0x33, 0, 0]
    let elements: [(String, [UInt8])] =
      [
        ("wtpt", point(0xF352, 0x1_0000, 0x1_16CC)), ("rXYZ", point(0x9C18, 0x4FA5, 0x4FC)),
        ("gXYZ", point(0x348D, 0xA02C, 0xF95)), ("bXYZ", point(0x2631, 0x102F, 0xBE9C)),
        ("rTRC", gamma), ("gTRC", gamma), ("bTRC", gamma),
      ] + extra
    var tags: [(name: String, offset: Int, size: Int)] = []
    var body: [UInt8] = []
    for (name, element) in elements.map({ ($0.0, changed[$0.0] ?? $0.1) }) {
      tags.append((name, body.count, element.count))
      body += element + [UInt8](repeating: 0, count: (4 - element.count % 4) % 4)
    }
    return profile(tags, body: body)
  }

  @Test func `a profile of 4 MB with overlapping tags costs nothing and is dropped`() throws {
    let judging = try Judging()
    let size = 4_000_000
    let body = Array("curv\0\0\0\0".utf8) + bigEndian(size / 2 - 10, 4) + [UInt8](repeating: 1, count: size - 12)
    let names = ["rTRC", "gTRC", "bTRC", "kTRC", "A2B0", "A2B1", "A2B2", "B2A0", "B2A1", "B2A2"]
    let tags = (0..<100).map { (name: names[$0 % names.count], offset: 0, size: size - 4 * $0) }
    let bytes = try picture(profile(tags, body: body), in: judging.folder)
    #expect(bytes.count < 20_000)
    let start = clock()
    let answer = judging.answer(bytes, as: .png)
    #expect(Double(clock() - start) / Double(CLOCKS_PER_SEC) < 1)
    #expect(answer.renderings.count == 3)
    #expect(answer.renderings.last?.contains(text: "iCCP") == false)
  }

  @Test(arguments: [
    ("text", "text\0\0\0\0PLANTED-curve\0"), ("desc", "desc\0\0\0\0\0\0\0\u{E}PLANTED-curve\0"),
    ("curv", "curv\0\0\0\0\0\0\0\u{8}PLANTED-curve-is-no-curve"),
  ])
  func `an invalid curve drops the whole profile`(kind: (String, String)) throws {
    let judging = try Judging()
    #expect(anonymousProfile(matrix(), of: .rgb) != nil)
    let broken = matrix(["gTRC": Array(kind.1.utf8)])
    #expect(anonymousProfile(broken, of: .rgb) == nil)
    let original = try #require(judging.answer(try picture(broken, in: judging.folder), as: .png).renderings.last)
    #expect(!original.contains(text: "iCCP") && !original.contains(text: "PLANTED"))
  }

  @Test func `gaps, private tags, reserved fields and unneeded bytes of elements are removed`()
    throws
  {
    let point = Array("XYZ ".utf8) + Array("PLNT".utf8) + bigEndian(0x9C18, 4) + bigEndian(0x4FA5, 4)
    let long = point + bigEndian(0x4FC, 4) + Array("PLANTED-behind".utf8)
    let curve = Array("curvPLNT".utf8) + bigEndian(1, 4) + [2, 0x33] + Array("PLANTED-behind".utf8)
    var bytes = matrix(
      ["rXYZ": long, "gTRC": curve],
      extra: [("bkpt", Array("XYZ PLANTED-private".utf8)), ("PLNT", Array("PLANTED-private".utf8))]
    )
    for place in [4, 44, 48, 52, 56, 60, 80, 84, 88, 92, 96, 100, 104] {
      bytes.replaceSubrange(place..<place + 4, with: Array("PLNT".utf8))
    }
    let profile = try #require(anonymousProfile(bytes + Array("PLANTED-tail".utf8), of: .rgb))
    #expect(!profile.contains(text: "PLANTED") && !profile.contains(text: "PLNT"))
    #expect(profile == anonymousProfile(matrix(), of: .rgb))
    #expect(anonymousProfile(profile, of: .rgb) == profile)
  }

  @Test func `tags may share one element, but elements may not overlap`() {
    let curve = Array("curv\0\0\0\0".utf8) + bigEndian(2, 4) + [0, 0, 0xFF, 0xFF]
    let grey = { (tags: [(name: String, offset: Int, size: Int)], body: [UInt8]) in
      anonymousProfile(profile(space: "GRAY", tags, body: body), of: .grey)
    }
    #expect(grey([("kTRC", 0, 16)], curve) != nil)
    #expect(grey([("kTRC", 0, 16), ("kTRC", 0, 16)], curve) == nil)
    #expect(grey([("kTRC", 0, 17)], curve) == nil)
    #expect(grey([("kTRC", 0, 15)], curve) == nil)
    let white = Array("XYZ \0\0\0\0".utf8) + bigEndian(0xF352, 4) + bigEndian(0x1_0000, 4) + bigEndian(0x1_16CC, 4)
    #expect(grey([("kTRC", 0, 16), ("wtpt", 16, 20)], curve + white) != nil)
    #expect(grey([("kTRC", 0, 16), ("wtpt", 12, 24)], curve + white) == nil)
    #expect(grey([("kTRC", 0, 16), ("wtpt", 0, 16)], curve + white) == nil)
    #expect(anonymousProfile(profile(space: "GRAY", [("kTRC", 0, 16)], body: curve), of: .rgb) == nil)
  }

  @Test(arguments: ["srgb", "p3", "cmyk"])
  func `a profile of libvips keeps every colour`(name: String) throws {
    let judging = try Judging()
    let plain = try Fixtures.photo(in: judging.folder, .png)
    let file = name == "cmyk" ? "a.jpg" : "a.png"
    try judging.folder.run("vips", ["icc_transform", plain, file, name, "--input-profile", "srgb"])
    let original = try judging.render(file, as: name == "cmyk" ? .jpeg : .png).file(.original)
    for file in [file, original] {
      try judging.folder.run("vips", ["icc_transform", file, "\(file).srgb.png", "srgb", "--embedded"])
    }
    #expect(
      try Fixtures.pixels(in: judging.folder, "\(original).srgb.png")
        == Fixtures.pixels(in: judging.folder, "\(file).srgb.png")
    )
  }
}
