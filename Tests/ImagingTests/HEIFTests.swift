import Core
import TestSupport
import Testing

@testable import Imaging

struct HEIFTests {
  private typealias Builder = HEIFBuilder

  /// The files that `heif-enc` makes, by their names and its arguments.
  static let kinds: [(String, [String])] = [
    ("usual.heic", []), ("444.heic", ["-p", "chroma=444"]), ("422.heic", ["-p", "chroma=422"]),
    ("lossless.heic", ["-L", "-p", "chroma=444", "--matrix_coefficients=0"]),
    ("limited.heic", ["--matrix_coefficients=1", "--full_range_flag=0"]), ("deep.heic", ["-b", "10"]),
    ("thumbnail.heic", ["-t", "32"]), ("usual.avif", []), ("444.avif", ["-p", "chroma=444"]),
    ("deep.avif", ["-b", "10", "-p", "chroma=422"]),
    ("lossless.avif", ["-L", "-p", "chroma=444", "--matrix_coefficients=0"]),
  ]

  static let sources: [(String, [String])] = [
    ("colours", ["(", "xc:red", "xc:lime", "+append", ")", "(", "xc:blue", "xc:gray(77)", "+append", ")", "-append"]),
    ("grey", ["xc:gray(200)", "xc:gray(20)", "+append", "-colorspace", "Gray"]),
    ("clear", ["xc:rgba(0,0,255,0.5)", "xc:rgba(255,0,0,1)", "+append"]),
  ]

  @Test(arguments: kinds)
  func `every kind of file is rendered as libheif renders it`(kind: (String, [String])) throws {
    let (name, arguments) = kind
    let type: FileType = name.hasSuffix("avif") ? .avif : .heic
    let judging = try Judging()
    // heif-enc cannot write a grey AVIF, or the transparency of one, with 10 bits.
    for (source, make) in name == "deep.avif" ? Array(Self.sources.prefix(1)) : Self.sources {
      // 66 × 34 pixels are no whole blocks.
      let format = "PNG\((name.hasPrefix("deep") ? 2 : 1) * (source == "clear" ? 32 : 24)):\(source).png"
      try judging.folder.run("convert", ["-size", "66x34"] + make + [format])
      let file = "\(source)-\(name)"
      try judging.folder.run("heif-enc", ["-q", "95", "\(source).png", "-o", file] + arguments)
      try judging.folder.run("heif-convert", [file, "wanted.png"])
      let rendered = try judging.render(file, as: type)
      let size = source == "colours" ? "132×68" : "132×34"
      #expect(rendered.sizes.hasSuffix("medium \(size), original \(size)"), "\(file): \(rendered.sizes)")
      #expect(rendered.facts.last?.type == (source == "clear" ? .webp : .jpeg))
      let wanted = try Self.middles(judging, "wanted.png", rendered)
      for variant in [VariantName.medium, .original] {
        let found = try Self.middles(judging, rendered.file(variant), rendered)
        #expect(Fixtures.difference(found, wanted) <= 3, "\(file) \(variant): \(found) instead of \(wanted)")
      }
    }
  }

  /// The colours and the transparency in the middles of the four quarters.
  private static func middles(_ judging: Judging, _ file: String, _ rendered: Judging.Rendered) throws -> [UInt8] {
    let (width, height) = (rendered.image.width, rendered.image.height)
    let all = try judging.folder.run("convert", [file, "-depth", "8", "rgba:-"])
    var found: [UInt8] = []
    for (across, down) in [(1, 1), (3, 1), (1, 3), (3, 3)] {
      let pixel = height * down / 4 * width + width * across / 4
      found += all.dropFirst(4 * pixel).prefix(4)
    }
    return found
  }

  @Test(arguments: HEIFBuilder.Codec.allCases)
  func `a picture is turned by its own boxes, and not by its EXIF data`(codec: HEIFBuilder.Codec) throws {
    let judging = try Judging()
    // The colours at the corners, clockwise from the upper left: red, lime, yellow, blue.
    let turns: [([[UInt8]], String)] = [
      ([], "rlyb"), ([Builder.turn(1)], "lybr"), ([Builder.turn(2)], "ybrl"), ([Builder.turn(3)], "brly"),
      ([Builder.mirror(0)], "bylr"), ([Builder.mirror(1)], "lrby"),
      ([Builder.turn(1), Builder.mirror(0)], "rbyl"), ([Builder.turn(1), Builder.mirror(1)], "ylrb"),
      ([Builder.cut(64, 100, across: -32), Builder.turn(1)], "rbbr"),
    ]
    for (boxes, wanted) in turns {
      var file = Builder.grid(codec, width: 128, height: 100, boxes)
      var exif = Builder.Item(9, "Exif", [0, 0, 0, 0] + Self.exif(orientation: 6))
      exif.references = [("cdsc", [1])]
      file.items.append(exif)
      let type: FileType = codec == .hevc ? .heic : .avif
      try judging.folder.write(file.bytes, to: "a")
      let rendered = try judging.render("a", as: type)
      for variant in [VariantName.medium, .original] {
        #expect(try Self.corners(judging, rendered.file(variant), rendered) == wanted, "\(boxes.count) \(variant)")
      }
    }
  }

  private static func corners(_ judging: Judging, _ file: String, _ rendered: Judging.Rendered) throws -> String {
    let colours = try middles(judging, file, rendered)
    return [0, 1, 3, 2].map { index in
      let pixel = colours[(4 * index)..<(4 * index + 3)].map { $0 > 128 }
      return [
        [true, false, false]: "r", [false, true, false]: "l", [false, false, true]: "b", [true, true, false]: "y",
      ][
        pixel,
        default: "?"
      ]
    }.joined()
  }

  /// A TIFF structure with one orientation and a planted text.
  private static func exif(orientation: Int) -> [UInt8] {
    Array("MM\0*".utf8) + Builder.number(8, 4) + Builder.number(1, 2) + Builder.number(0x0112, 2) + Builder.number(3, 2)
      + Builder.number(1, 4) + Builder.number(orientation, 2) + [0, 0] + Builder.number(0, 4)
      + Array("\(Fixtures.planted)exif".utf8)
  }

  @Test(arguments: HEIFBuilder.Codec.allCases)
  func `nothing but pixels is left, wherever else a file holds bytes`(codec: HEIFBuilder.Codec) throws {
    let judging = try Judging()
    func planted(_ text: String) -> [UInt8] { Array("\(Fixtures.planted)\(text)".utf8) }
    var file = Builder.grid(
      codec,
      [Builder.full("udes", planted("description")), Builder.box("altt", planted("text"))]
    )
    file.items[0].name = "\(Fixtures.planted)name"
    file.items.append(Builder.Item(9, "Exif", [0, 0, 0, 0] + Self.exif(orientation: 1)))
    file.items.append(Builder.Item(10, "mime", planted("<x:xmpmeta>")))
    file.items[5].references = [("cdsc", [1])]
    file.front =
      Builder.box("free", planted("free")) + Builder.box("uuid", [UInt8](repeating: 7, count: 16) + planted("u"))
    file.back = Builder.box("moov", Builder.box("udta", planted("moov"))) + planted("behind the last box")
    if codec == .hevc {
      // A message for players between the pictures' units: SEI with user data.
      let message: [UInt8] = [0x4E, 1, 5, 40] + planted("message")
      file.items[1].data = Builder.number(message.count, 4) + message + file.items[1].data
    }
    let bytes = file.bytes
    #expect(bytes.contains(text: Fixtures.planted))
    try judging.folder.write(bytes, to: "a")
    let rendered = try judging.render("a", as: codec == .hevc ? .heic : .avif)
    #expect(rendered.renderings.allSatisfy { !$0.contains(text: Fixtures.planted) })
    let groups = try Fixtures.groups(in: judging.folder, rendered.facts.map { try rendered.file($0.name) })
    #expect(groups.isDisjoint(with: ["EXIF", "XMP", "IPTC", "ICC_Profile"]), "\(groups)")
  }

  @Test(arguments: HEIFBuilder.Codec.allCases)
  func `transparency is kept in a WebP, multiplied or not`(codec: HEIFBuilder.Codec) throws {
    let judging = try Judging()
    for isMultiplied in [false, true] {
      // A half light grey picture that is half transparent.
      var file = Builder(codec, [Builder.alpha(codec, 1, of: 1), Builder.alpha(codec, 2, of: 1)])
      file.items[0].references = isMultiplied ? [("prem", [2])] : []
      try judging.folder.write(file.bytes, to: "a")
      let rendered = try judging.render("a", as: codec == .hevc ? .heic : .avif)
      #expect(rendered.facts.map(\.type) == [.webp, .webp, .webp])
      let colours = try Self.middles(judging, rendered.file(.original), rendered)
      let grey: UInt8 = isMultiplied ? 255 : 128
      #expect(Fixtures.difference(Array(colours.prefix(4)), [grey, grey, grey, 128]) < 3, "\(colours)")
    }
  }

  @Test func `the colours of a profile or of its numbers are converted, and the original keeps them`() throws {
    let judging = try Judging()
    func rendered(_ colours: [UInt8]) throws -> (original: [UInt8], medium: [UInt8], hasProfile: Bool) {
      var tile = Builder.tile(.av1, 1, colour: 1)
      tile.properties.append(Builder.box("colr", colours))
      try judging.folder.write(Builder(.av1, [tile]).bytes, to: "a")
      let rendered = try judging.render("a", as: .avif)
      let groups = try Fixtures.groups(in: judging.folder, [rendered.file(.original)])
      return (
        try Array(Self.middles(judging, rendered.file(.original), rendered).prefix(3)),
        try Array(Self.middles(judging, rendered.file(.medium), rendered).prefix(3)),
        groups.contains { $0.hasPrefix("ICC") }
      )
    }
    func numbers(_ primaries: Int, _ transfer: Int) -> [UInt8] {
      Array("nclx".utf8) + [primaries, transfer, 6].flatMap { Builder.number($0, 2) } + [0x80]
    }
    let plain = try rendered(numbers(1, 13))
    #expect(!plain.hasProfile && Fixtures.difference(plain.original, plain.medium) < 3)
    let profile = try #require(NumberedProfile.bytes(primaries: 9, transfer: 4))
    for colours in [numbers(9, 4), Array("prof".utf8) + profile] {
      let wide = try rendered(colours)
      #expect(wide.hasProfile && Fixtures.difference(wide.original, plain.original) < 3)
      #expect(Fixtures.difference(wide.medium, [0, 255, 0]) < 6, "the green of BT.2020 is beyond sRGB")
    }
    var tiled = Builder.grid(.av1)
    for index in 1...4 { tiled.items[index].properties.append(Builder.box("colr", numbers(9, 4))) }
    try judging.folder.write(tiled.bytes, to: "tiled")
    let groups = try Fixtures.groups(in: judging.folder, [judging.render("tiled", as: .avif).file(.original)])
    #expect(groups.contains { $0.hasPrefix("ICC") }, "the tiles state colours, and the grid does not")
    let curved = try rendered(numbers(1, 8))
    #expect(curved.hasProfile)
    // A profile of another model, and unknown numbers, change nothing.
    let unknown = try rendered(numbers(77, 13))
    #expect(!unknown.hasProfile && unknown.medium == plain.medium)
    let foreign = try rendered(
      Array("prof".utf8) + profile.map { $0 }.prefix(16) + Array("CMYK".utf8) + profile.dropFirst(20)
    )
    #expect(!foreign.hasProfile && foreign.medium == plain.medium)
  }

  @Test(arguments: [(1, 13), (12, 13), (9, 4), (1, 8), (9, 14), (9, 16), (9, 18), (1, 1)])
  func `an AVIF with numbered colours looks as in Chromium`(primaries: Int, transfer: Int) throws {
    let judging = try Judging()
    let values = Builder.number(primaries, 2) + Builder.number(transfer, 2)
    for (index, colour) in ["200,100,50", "40,160,90", "128,128,128", "250,240,230"].enumerated() {
      try judging.folder.run("convert", ["-size", "64x64", "xc:rgb(\(colour))", "PNG24:a.png"])
      try judging.folder.run("heif-enc", ["-A", "-q", "95", "a.png", "-o", "a.avif"])
      var bytes = try judging.folder.bytes("a.avif")
      let place = try #require(bytes.firstRange(of: Array("colrnclx".utf8))).upperBound
      bytes.replaceSubrange(place..<place + 4, with: values)
      try judging.folder.write(bytes, to: "\(index).avif")
      try judging.expectAlike("\(index).avif", as: .avif)
    }
  }
}
