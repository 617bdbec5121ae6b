import Core
import TestSupport
import Testing

@testable import Imaging

struct RenderingTests {
  /// How to make each file, and the mean colour that every rendering of it must have.
  static let kinds: [(String, FileType, [String], [UInt8])] = [
    ("cmyk.jpg", .jpeg, ["xc:red", "-colorspace", "CMYK"], [255, 0, 0]),
    ("grey.jpg", .jpeg, ["xc:gray(128)", "-colorspace", "Gray"], [128, 128, 128]),
    ("progressive.jpg", .jpeg, ["xc:lime", "-interlace", "JPEG"], [0, 255, 0]),
    ("444.jpg", .jpeg, ["xc:red", "-sampling-factor", "1x1"], [255, 0, 0]),
    (
      "deep.png", .png, ["xc:red", "-depth", "16", "-define", "png:color-type=2", "-define", "png:bit-depth=16"],
      [255, 0, 0]
    ),
    (
      "deepalpha.png", .png, ["xc:red", "-depth", "16", "-define", "png:color-type=6", "-define", "png:bit-depth=16"],
      [255, 0, 0]
    ),
    ("palette.png", .png, ["xc:blue", "-type", "Palette"], [0, 0, 255]),
    ("bilevel.png", .png, ["xc:white", "-monochrome"], [255, 255, 255]),
    ("grey.png", .png, ["xc:gray(128)", "-colorspace", "Gray", "-define", "png:color-type=0"], [128, 128, 128]),
    ("greyalpha.png", .png, ["xc:gray(128)", "-define", "png:color-type=4"], [128, 128, 128]),
    ("interlaced.png", .png, ["xc:lime", "-interlace", "PNG"], [0, 255, 0]),
    ("lossless.webp", .webp, ["xc:blue", "-define", "webp:lossless=true"], [0, 0, 255]),
    ("lossy.webp", .webp, ["xc:blue"], [0, 0, 255]),
    ("plain.gif", .gif, ["xc:red"], [255, 0, 0]),
  ]

  @Test(arguments: kinds)
  func `every kind of file is rendered in its colours`(kind: (String, FileType, [String], [UInt8])) throws {
    let (name, type, make, colour) = kind
    let judging = try Judging()
    try judging.folder.run("convert", ["-size", "900x450"] + make + [name])
    let rendered = try judging.render(name, as: type)
    #expect(rendered.sizes == "thumb 150×150, medium 800×400, original 900×450")
    let colours = try Fixtures.colours(in: judging.folder, [rendered.file(.thumb), rendered.file(.medium)])
    #expect(Fixtures.difference(colours, colour + colour) < 4, "\(colours)")
    let before = try Fixtures.pixels(in: judging.folder, name)
    #expect(try Fixtures.pixels(in: judging.folder, rendered.file(.original)) == before)
  }

  @Test func `transparency stays, and hidden colours do not leak into their neighbours`() throws {
    let judging = try Judging()
    // The transparent half is green underneath. No green may become visible.
    try judging.folder.run(
      "convert",
      ["-size", "450x900", "xc:rgba(0,255,0,0)", "xc:rgba(255,0,0,1)", "+append", "PNG32:a.png"]
    )
    let rendered = try judging.render("a.png", as: .png)
    let file = try rendered.file(.medium)
    let colours = try judging.folder.run("convert", [file, "-depth", "8", "rgba:-"])
    let pixels = stride(from: 0, to: colours.count, by: 4).map { Array(colours[$0..<$0 + 4]) }
    #expect(pixels.contains { $0[3] == 0 } && pixels.contains { $0[3] == 255 })
    #expect(pixels.allSatisfy { $0[3] < 250 || $0[1] < 16 })
  }

  @Test(arguments: [
    ("1x1", "thumb 1×1, medium 1×1, original 1×1"), ("100x80", "thumb 80×80, medium 100×80, original 100×80"),
    ("149x400", "thumb 149×149, medium 149×400, original 149×400"),
    ("150x150", "thumb 150×150, medium 150×150, original 150×150"),
    ("5000x50", "thumb 50×50, medium 800×8, original 5000×50"),
    ("801x10", "thumb 10×10, medium 800×10, original 801×10"),
    ("160x4000", "thumb 150×150, medium 160×4000, original 160×4000"),
  ])
  func `nothing is ever enlarged, whatever the shape`(size: String, sizes: String) throws {
    let judging = try Judging()
    for type in [FileType.jpeg, .png] {
      let name = "a.\(type.fileExtension)"
      try judging.folder.run("convert", ["-size", size, "gradient:red-blue", name])
      let rendered = try judging.render(name, as: type)
      #expect(rendered.sizes == sizes)
      let files = try rendered.facts.map { try rendered.file($0.name) }
      let real = try judging.folder.run("convert", files + ["-format", "%w×%h ", "info:-"])
      #expect(String(decoding: real, as: UTF8.self) == rendered.facts.map { "\($0.width)×\($0.height) " }.joined())
    }
  }

  @Test func `an animation is a still first frame in thumb and medium, and whole in original`() throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-delay", "10", "-size", "300x200", "xc:red", "xc:lime", "xc:blue", "a.gif"])
    let rendered = try judging.render("a.gif", as: .gif)
    #expect(rendered.image.frames == 3)
    let thumb = try Fixtures.pixels(in: judging.folder, rendered.file(.thumb))
    #expect(thumb.prefix(1).allSatisfy { $0 > 240 } && thumb.dropFirst().prefix(2).allSatisfy { $0 < 16 })
    let frames = try judging.folder.run("convert", [try rendered.file(.original), "-format", "%n,", "info:-"])
    #expect(String(decoding: frames, as: UTF8.self).hasPrefix("3,"))
  }

  @Test func `an animated PNG is a still first frame in thumb, and keeps its frames in original`() throws {
    let judging = try Judging()
    func pixels(_ colour: String) throws -> [UInt8] {
      try judging.folder.run("convert", ["-size", "20x20", "xc:\(colour)", "-strip", "PNG24:\(colour).png"])
      let file = try judging.folder.bytes("\(colour).png")
      let name = try #require(file.indices.first { file[$0...].starts(with: Array("IDAT".utf8)) })
      return Array(file[(name + 4)..<(name + 4 + number(file[(name - 4)..<name]))])
    }
    func control(_ sequence: Int) -> [UInt8] {
      let place = bigEndian(20, 4) + bigEndian(20, 4) + bigEndian(0, 8)
      return PNGFile.chunk("fcTL", bigEndian(sequence, 4) + place + [0, 1, 0, 10, 0, 0])
    }
    let red = try pixels("red")
    let blue = try pixels("blue")
    let head = Array(try judging.folder.bytes("red.png").prefix(33))
    let end = PNGFile.chunk("IEND", [])
    let frames =
      PNGFile.chunk("acTL", bigEndian(2, 4) + bigEndian(0, 4)) + control(0) + PNGFile.chunk("IDAT", red) + control(1)
      + PNGFile.chunk("fdAT", bigEndian(2, 4) + blue)
    try judging.folder.write(head + frames + PNGFile.chunk("tEXt", Array("a\0PLANTED".utf8)) + end, to: "a.png")
    let rendered = try judging.render("a.png", as: .png)
    #expect(rendered.image.frames == 2)
    #expect(try judging.folder.bytes(rendered.file(.original)) == head + frames + end)
    #expect(try Fixtures.difference(Fixtures.colours(in: judging.folder, [rendered.file(.thumb)]), [255, 0, 0]) < 4)
  }

  @Test func `a rotated lossless picture stays lossless`() throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-seed", "3", "-size", "64x48", "plasma:", "-depth", "16", "-strip", "a.png"])
    try Fixtures.plant(in: judging.folder, "a.png", orientation: 6)
    let original = try judging.render("a.png", as: .png).file(.original)
    let expected = try judging.folder.run("convert", ["a.png", "-rotate", "90", "-depth", "16", "rgb:-"])
    #expect(try judging.folder.run("convert", [original, "-depth", "16", "rgb:-"]) == expected)
  }
}
