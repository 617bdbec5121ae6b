import Core
import TestSupport
import Testing

@testable import Imaging

/// The colours that the chunks of a PNG state are those of Chromium in every rendering.
struct ColourTests {
  typealias Chunks = [(String, [UInt8])]

  private static func gamma(_ value: Int) -> (String, [UInt8]) { ("gAMA", bigEndian(value, 4)) }
  private static func points(_ values: UInt8...) -> (String, [UInt8]) { ("cICP", values) }
  private static func places(_ values: Int...) -> (String, [UInt8]) { ("cHRM", values.flatMap { bigEndian($0, 4) }) }
  private static func light(_ most: Int) -> (String, [UInt8]) {
    ("cLLI", bigEndian(most * 10_000, 4) + bigEndian(0, 4))
  }

  private static let p3 = places(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
  private static let linear = ProfileMaker.rgb(.srgb, ProfileMaker.power(1))
  private static let intent: (String, [UInt8]) = ("sRGB", [0])

  private static func profile(_ bytes: [UInt8]) -> (String, [UInt8]) {
    ("iCCP", Array("icc\0\0".utf8) + ((try? deflated(bytes)) ?? []))
  }

  /// The colours of 200, 100, 50 in Chromium 156 by each statement.
  private static let plain = [200, 100, 50], light = [229, 168, 122], wide = [215, 93, 31]

  static let statements: [(String, Chunks, [Int])] = [
    ("nothing", [], plain),
    ("gamma alone", [gamma(100_000)], light),
    ("a gamma near 1/2.2 alone", [gamma(45_455)], plain),
    ("a gamma just not near 1/2.2", [gamma(47_728)], [204, 105, 51]),
    ("a gamma of 0", [gamma(0)], plain),
    ("an absurd gamma", [gamma(0xFFFF_FFFF)], [255, 255, 255]),
    ("a tiny gamma", [gamma(1)], [0, 0, 0]),
    ("a gamma of five bytes", [("gAMA", [0, 1, 0x86, 0xA0, 0])], plain),
    ("primaries alone", [p3], plain),
    ("gamma and primaries", [gamma(45_455), p3], [216, 93, 24]),
    ("gamma and impossible primaries", [gamma(100_000), places(0, 0, 0, 0, 0, 0, 0, 0)], plain),
    (
      "gamma and primaries beyond 1",
      [gamma(100_000), places(31_270, 32_900, 164_000, 33_000, 30_000, 60_000, 15_000, 6_000)], plain
    ),
    ("sRGB against gamma", [intent, gamma(100_000)], plain),
    ("sRGB against gamma and primaries", [gamma(100_000), p3, intent], plain),
    ("an invalid intent", [("sRGB", [9]), gamma(100_000)], light),
    ("two gammas", [gamma(100_000), gamma(50_000)], light),
    ("P3", [points(12, 13, 0, 1)], wide),
    ("BT.709", [points(1, 1, 0, 1)], [197, 91, 39]),
    ("BT.2020", [points(9, 14, 0, 1)], [239, 63, 5]),
    ("linear P3", [points(12, 8, 0, 1)], [240, 165, 114]),
    ("PAL", [points(5, 6, 0, 1)], [200, 91, 40]),
    ("NTSC", [points(6, 6, 0, 1)], [192, 94, 37]),
    ("SMPTE 240M", [points(7, 7, 0, 1)], [202, 117, 67]),
    ("cinema", [points(11, 17, 0, 1)], [212, 78, 0]),
    ("XYZ", [points(10, 8, 0, 1)], [255, 0, 121]),
    ("P3 against everything", [intent, gamma(100_000), profile(linear), points(12, 13, 0, 1)], wide),
    ("limited range", [points(12, 13, 0, 0)], plain),
    ("limited range beside a gamma", [points(12, 13, 0, 0), gamma(100_000)], light),
    ("reserved numbers", [points(3, 13, 0, 1)], plain),
    ("unspecified numbers beside a gamma", [points(2, 2, 0, 1), gamma(100_000)], light),
    ("code points of five bytes", [("cICP", [12, 13, 0, 1, 0])], plain),
    ("a profile", [profile(linear)], light),
    ("a profile against sRGB", [intent, profile(linear)], light),
    ("a profile for grey against a gamma", [profile(ProfileMaker.grey(ProfileMaker.power(1))), gamma(100_000)], plain),
    ("a damaged profile beside a gamma", [profile(Array("no profile".utf8)), gamma(100_000)], light),
    ("PQ", [points(9, 16, 0, 1)], [255, 0, 0]),
    ("PQ in BT.709", [points(1, 16, 0, 1)], [255, 51, 8]),
    ("HLG", [points(9, 18, 0, 1)], [230, 48, 17]),
    ("HLG in BT.709", [points(1, 18, 0, 1)], [187, 80, 39]),
    ("HLG with a light level", [light(4000), points(1, 18, 0, 1)], [187, 80, 39]),
  ]

  @Test(arguments: statements)
  func `what a PNG says about its colours counts in every rendering`(statement: (String, Chunks, [Int])) throws {
    let (name, chunks, colour) = statement
    let judging = try Judging()
    try judging.folder.run("convert", ["-size", "64x64", "xc:rgb(200,100,50)", "-strip", "PNG24:bare.png"])
    try judging.folder.write(ProfileMaker.put(chunks, in: judging.folder.bytes("bare.png")), to: "a.png")
    let rendered = try judging.expectAlike("a.png", as: .png)
    let middle = try judging.sight(of: "a.png", beside: rendered).middle
    #expect(zip(middle, colour).allSatisfy { abs($0 - $1) <= 3 }, "\(name): \(middle)")
    let bare = Self.chunks(try judging.folder.bytes("bare.png"))
    let original = Self.chunks(try #require(rendered.renderings.last))
    #expect(original.filter { $0.name == "IDAT" }.map(\.data) == bare.filter { $0.name == "IDAT" }.map(\.data))
  }

  /// How ImageMagick makes files of each kind, and the transparency that follows the header.
  static let kinds: [(String, [String], Chunks)] = [
    ("16 bits", ["PNG48:bare.png"], []), ("16 bits with alpha", ["-alpha", "set", "PNG64:bare.png"], []),
    ("alpha", ["-alpha", "set", "-channel", "A", "-evaluate", "set", "60%", "PNG32:bare.png"], []),
    ("palette", ["PNG8:bare.png"], []),
    ("grey", ["-colorspace", "Gray", "-define", "png:color-type=0", "-define", "png:bit-depth=8", "bare.png"], []),
    (
      "grey of 16 bits with alpha",
      [
        "-colorspace", "Gray", "-alpha", "set", "-define", "png:color-type=4", "-define", "png:bit-depth=16",
        "bare.png",
      ], []
    ),
    ("a transparent colour", ["PNG24:bare.png"], [("tRNS", [0, 20, 0, 60, 0, 120])]),
    (
      "a turn", ["PNG24:bare.png"],
      [("eXIf", Array("MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{6}\0\0\0\0\0\0".utf8))]
    ),
  ]

  @Test(arguments: kinds)
  func `the colours of every kind of PNG are converted`(kind: (String, [String], Chunks)) throws {
    let judging = try Judging()
    let make = [
      "-size", "64x64", "xc:rgb(20,60,120)", "-fill", "rgb(200,100,50)", "-draw", "rectangle 16,16 47,47", "-strip",
    ]
    try judging.folder.run("convert", make + kind.1)
    let bare = try judging.folder.bytes("bare.png")
    let plain = try judging.sight(of: "bare.png", beside: judging.render("bare.png", as: .png)).middle
    for (index, chunks) in [[Self.gamma(100_000)], [Self.points(12, 8, 0, 1)], [Self.points(9, 18, 0, 1)]].enumerated()
    {
      try judging.folder.write(ProfileMaker.put(chunks + kind.2, in: bare), to: "\(index).png")
      let rendered = try judging.expectAlike("\(index).png", as: .png)
      #expect(try judging.sight(of: "\(index).png", beside: rendered).middle != plain)
    }
  }

  @Test func `nothing can hide in chunks of colour`() throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-size", "64x64", "xc:rgb(200,100,50)", "-strip", "PNG24:bare.png"])
    let bare = try judging.folder.bytes("bare.png")
    let text = Array("PLNTPLNTPLNTPLNTPLNTPLNTPLNTPLNT".utf8)
    var named = ProfileMaker.matrixTags(ProfileMaker.p3, ProfileMaker.power(1))
    named += [("desc", Array("desc\0\0\0\0".utf8) + text), ("PLNT", text), ("chad", Array("sf32".utf8) + text)]
    let packed = (try deflated(ProfileMaker.profile("RGB ", named))) + text
    let sets: [Chunks] = [
      [Self.gamma(100_000), ("cHRM", text)], [("gAMA", Array(text.prefix(4)))], [("cICP", Array(text.prefix(4)))],
      [("sRGB", Array(text.prefix(1)))],
      [Self.points(9, 16, 0, 1), ("cLLI", bigEndian(40_000_000, 4) + text.prefix(4))],
      [Self.points(9, 16, 0, 1), ("mDCV", text.prefix(16) + bigEndian(40_000_000, 4) + text.prefix(4))],
      [("mDCV", Array(text.prefix(24))), ("cLLI", Array(text.prefix(8)))], [("iCCP", text + [0, 0] + packed)],
      [Self.points(12, 13, 0, 1), ("iCCP", text + [0, 0] + packed)], [Self.intent, ("gAMA", Array(text.prefix(4)))],
    ]
    for chunks in sets {
      try judging.folder.write(ProfileMaker.put(chunks, in: bare), to: "a.png")
      let rendered = try judging.render("a.png", as: .png)
      for bytes in rendered.renderings { #expect(!bytes.contains(text: "PLNT")) }
      let original = Self.chunks(try #require(rendered.renderings.last))
      for chunk in original where chunk.name == "iCCP" {
        var inner = chunk.data.dropFirst(5)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 100_000, alignment: 1)
        defer { room.deallocate() }
        let count = try Inflater().read(&inner, into: room)
        #expect(count > 128 && inner.isEmpty && !Array(room.prefix(count)).contains(text: "PLNT"))
      }
    }
  }

  private static func chunks(_ bytes: [UInt8]) -> [(name: String, data: [UInt8])] {
    var rest = bytes.dropFirst(8)
    var chunks: [(name: String, data: [UInt8])] = []
    while rest.count >= 12 {
      let length = number(rest.prefix(4))
      chunks.append(
        (String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self), Array(rest.dropFirst(8).prefix(length)))
      )
      rest = rest.dropFirst(12 + length)
    }
    return chunks
  }
}
