import Core
import TestSupport
import Testing

@testable import Imaging

struct MetadataTests {
  static let photographs: [(FileType, Int)] = [FileType.jpeg, .png, .webp].flatMap { type in (1...8).map { (type, $0) }
  }

  @Test(arguments: photographs)
  func `no planted metadata survives, and every orientation ends upright`(type: FileType, orientation: Int) throws {
    let judging = try Judging()
    let name = try Fixtures.photo(in: judging.folder, type, orientation: orientation)
    try Fixtures.plant(in: judging.folder, name, orientation: orientation)
    let bytes = try judging.folder.bytes(name)
    try #require(bytes.contains(text: Fixtures.planted))
    try judging.folder.write(bytes + Array("\(Fixtures.planted)tail".utf8), to: name)

    let rendered = try judging.render(name, as: type)
    #expect(rendered.sizes == "thumb 150×150, medium 300×200, original 300×200")
    #expect(rendered.image.width == 300 && rendered.image.height == 200)
    for bytes in rendered.renderings { #expect(!bytes.contains(text: Fixtures.planted)) }
    let allowed: Set = ["ExifTool", "File:System", "File", "Composite", "JFIF", "PNG", "RIFF"]
    let groups = try Fixtures.groups(in: judging.folder, Array(rendered.files.values))
    #expect(groups.isSubset(of: allowed), "\(groups)")
    let expected = try Self.upright.get()
    for (variant, expected) in [
      (VariantName.medium, expected.whole), (.original, expected.whole), (.thumb, expected.square),
    ] {
      let pixels = try Fixtures.pixels(in: judging.folder, rendered.file(variant))
      #expect(Fixtures.difference(pixels, expected) < 4, "\(variant)")
    }
  }

  static let damaged: [(FileType, Int)] = [FileType.jpeg, .png].flatMap { type in [1, 3, 6].map { (type, $0) } }

  @Test(arguments: damaged)
  func `a repaired file loses its metadata too, also those in its faults`(type: FileType, orientation: Int) throws {
    let judging = try Judging()
    let name = try Fixtures.photo(in: judging.folder, type, orientation: orientation)
    try Fixtures.plant(in: judging.folder, name, orientation: orientation)
    let bytes = try judging.folder.bytes(name)
    let planted = Array("\(Fixtures.planted)fault".utf8)
    if type == .jpeg {
      let short: [UInt8] = [0xFF, 0xFE, 0, 5] + planted
      try judging.folder.write(JPEGParts(bytes).joined(planted + short, before: { $0 < 0xE0 }, end: planted), to: name)
    } else {
      let data = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("IDAT".utf8)) }) - 4
      let end = bytes.count - 12
      let wrong = PNGFile.chunk("tEXt", planted).dropLast() + [0]
      try judging.folder.write(bytes[..<data] + wrong + bytes[data..<end] + wrong + planted, to: name)
    }
    let rendered = try judging.render(name, as: type)
    #expect(rendered.sizes == "thumb 150×150, medium 300×200, original 300×200")
    for bytes in rendered.renderings { #expect(!bytes.contains(text: Fixtures.planted)) }
    let groups = try Fixtures.groups(in: judging.folder, Array(rendered.files.values))
    #expect(groups.isSubset(of: ["ExifTool", "File:System", "File", "Composite", "JFIF", "PNG", "RIFF"]), "\(groups)")
    let pixels = try Fixtures.pixels(in: judging.folder, rendered.file(.original))
    #expect(Fixtures.difference(pixels, try Self.upright.get().whole) < 4)
  }

  /// The pixels that every orientation of the photo must end in, and those of its thumb.
  private static let upright = Result {
    let folder = try ScratchFolder()
    let name = try Fixtures.photo(in: folder, .png)
    let square = ["-resize", "225x150", "-gravity", "center", "-extent", "150x150"]
    return (
      whole: try Fixtures.pixels(in: folder, name),
      square: try folder.run("convert", [name] + square + ["-depth", "8", "rgb:-"])
    )
  }

  @Test func `a GIF loses comments, application data and trailing data, and keeps its frames and its loop`() throws {
    let judging = try Judging()
    try judging.folder.run(
      "convert",
      [
        "-delay", "10", "-loop", "3", "-size", "40x30", "xc:red", "xc:lime", "xc:blue", "-set", "comment", "PLANTED-c",
        "a.gif",
      ]
    )
    try judging.folder.run("exiftool", ["-q", "-overwrite_original", "-XMP:Creator=PLANTED-x", "a.gif"])
    let bytes = try judging.folder.bytes("a.gif")
    try #require(bytes.contains(text: "PLANTED-x") && bytes.contains(text: "PLANTED-c"))
    try judging.folder.write(bytes + Array("PLANTED-t".utf8), to: "a.gif")

    let rendered = try judging.render("a.gif", as: .gif)
    #expect(rendered.image.frames == 3)
    for bytes in rendered.renderings { #expect(!bytes.contains(text: "PLANTED")) }
    let original = try rendered.file(.original)
    #expect(
      try Fixtures.groups(in: judging.folder, [original]).isSubset(of: [
        "ExifTool", "File:System", "File", "GIF", "Composite",
      ])
    )
    #expect(try judging.folder.bytes(original).contains(text: "NETSCAPE2.0"))
    let before = try judging.folder.run("convert", ["a.gif", "-depth", "8", "rgb:-"])
    let after = try judging.folder.run("convert", [original, "-depth", "8", "rgb:-"])
    #expect(before == after && before.count == 3 * 40 * 30 * 3)
  }

  @Test(arguments: [FileType.jpeg, .png, .webp])
  func `an upright original keeps its pixels bit for bit`(type: FileType) throws {
    let judging = try Judging()
    let name = try Fixtures.photo(in: judging.folder, type)
    try Fixtures.plant(in: judging.folder, name)
    let original = try judging.render(name, as: type).file(.original)
    #expect(try Fixtures.pixels(in: judging.folder, original) == Fixtures.pixels(in: judging.folder, name))
  }

  static let turns: [(Int, String)] =
    (2...8).map { ($0, "2x2") }
    + ["1x1", "2x1", "1x2", "progressive", "grey"].flatMap { [(6, $0), (7, $0)] }

  @Test(arguments: turns)
  func `a JPEG of complete blocks is turned without loss`(orientation: Int, kind: String) throws {
    let judging = try Judging()
    let special = ["progressive": ["-interlace", "JPEG"], "grey": ["-colorspace", "Gray"]]
    let make = special[kind] ?? ["-sampling-factor", kind]
    let picture = ["-seed", "5", "-size", "64x48", "plasma:", "-blur", "0x1"]
    try judging.folder.run("convert", picture + make + ["-strip", "a.jpg"])
    try judging.folder.run("exiftool", ["-q", "-overwrite_original", "-Orientation#=\(orientation)", "a.jpg"])
    let original = try judging.render("a.jpg", as: .jpeg).file(.original)
    // The inverse rotation, block by block, gives the original coefficients.
    let inverse = [6: 8, 8: 6][orientation, default: orientation]
    let turned = try judging.folder.bytes(original)
    let back = try #require(turned.withUnsafeBytes { turnedJPEG($0, inverse) })
    let before = try #require(try judging.folder.bytes("a.jpg").withUnsafeBytes { turnedJPEG($0, 1) })
    #expect(back == before)
    let upright = try judging.folder.run("convert", ["a.jpg", "-auto-orient", "-depth", "8", "rgb:-"])
    #expect(try Fixtures.difference(Fixtures.pixels(in: judging.folder, original), upright) < 2)
  }

  @Test(arguments: 2...8)
  func `a JPEG with incomplete edge blocks is turned too`(orientation: Int) throws {
    let judging = try Judging()
    let make = [
      "-seed", "5", "-size", "61x45", "plasma:", "-blur", "0x1", "-sampling-factor", "2x2", "-strip", "a.jpg",
    ]
    try judging.folder.run("convert", make)
    try judging.folder.run("exiftool", ["-q", "-overwrite_original", "-Orientation#=\(orientation)", "a.jpg"])
    let original = try judging.render("a.jpg", as: .jpeg).file(.original)
    let upright = try judging.folder.run("convert", ["a.jpg", "-auto-orient", "-depth", "8", "rgb:-"])
    #expect(try Fixtures.difference(Fixtures.pixels(in: judging.folder, original), upright) < 3)
    let size = try judging.folder.run("convert", [original, "-format", "%wx%h", "info:-"])
    #expect(String(decoding: size, as: UTF8.self) == (orientation < 5 ? "61x45" : "45x61"))
  }

  @Test(arguments: [FileType.jpeg, .png, .webp])
  func `a colour profile keeps its colours and loses its texts`(type: FileType) throws {
    let judging = try Judging()
    let plain = try Fixtures.photo(in: judging.folder, .png)
    let name = "wide.\(type.fileExtension)"
    try judging.folder.run("vips", ["icc_transform", plain, name, "p3", "--input-profile", "srgb"])
    let source = try judging.folder.run("exiftool", ["-s3", "-ICC_Profile:ProfileDescription", name])
    try #require(!source.isEmpty)

    let original = try judging.render(name, as: type).file(.original)
    let texts = try judging.folder.run(
      "exiftool",
      ["-s3", "-ICC_Profile:ProfileDescription", "-ICC_Profile:ProfileCopyright", original]
    )
    #expect(String(decoding: texts, as: UTF8.self) == "colour\n-\n")
    for file in [name, original] {
      try judging.folder.run("vips", ["icc_transform", file, "\(file).srgb.png", "srgb", "--embedded"])
    }
    let before = try Fixtures.pixels(in: judging.folder, "\(name).srgb.png")
    #expect(try Fixtures.pixels(in: judging.folder, "\(original).srgb.png") == before)
    #expect(Fixtures.difference(before, try Fixtures.pixels(in: judging.folder, plain)) < 4)
  }

  @Test func `the profile of a large file spans several segments`() throws {
    let judging = try Judging()
    try judging.folder.run("vips", ["black", "k.jpg", "32", "32", "--bands", "4"])
    let name = try Fixtures.photo(in: judging.folder, .png)
    try judging.folder.run("vips", ["icc_transform", name, "cmyk.jpg", "cmyk", "--input-profile", "srgb"])
    let rendered = try judging.render("cmyk.jpg", as: .jpeg)
    let profile = try judging.folder.run("exiftool", ["-b", "-ICC_Profile", try rendered.file(.original)])
    #expect(profile.count > 65_519)
  }
}
