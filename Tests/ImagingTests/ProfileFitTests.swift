import Core
import TestSupport
import Testing

@testable import Imaging

/// Profiles that fit the pixels are obeyed as in Chromium; others are ignored in every rendering, and dropped.
struct ProfileFitTests {
  private typealias Maker = ProfileMaker

  /// How ImageMagick makes the pictures, by what their pixels are.
  private static let pictures: [String: (FileType, [String])] = [
    "RGB.jpg": (.jpeg, ["-sampling-factor", "1x1", "-quality", "100"]),
    "RGB.png": (.png, ["-define", "png:color-type=2"]),
    "RGB.webp": (.webp, ["-define", "webp:lossless=true"]),
    "grey.jpg": (.jpeg, ["-colorspace", "Gray", "-quality", "100"]),
    "grey.png": (.png, ["-colorspace", "Gray", "-define", "png:color-type=0", "-define", "png:bit-depth=8"]),
    "CMYK.jpg": (.jpeg, ["-colorspace", "CMYK", "-quality", "100"]),
  ]

  private static let linear = Maker.matrixTags(Maker.p3, Maker.power(1))
  private static let lab = Maker.table(inputs: 3) { Double($0[0] + $0[1] + $0[2]) / 9 }

  /// Profiles that no picture of these kinds may obey.
  private static let unfit: [(String, [UInt8], [String])] = [
    ("grey for RGB", Maker.grey(Maker.power(1)), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("grey for CMYK", Maker.grey(Maker.power(1)), ["CMYK.jpg"]),
    ("RGB for CMYK", Maker.rgb(Maker.p3, Maker.power(1)), ["CMYK.jpg"]),
    ("CMYK for RGB and grey", Maker.cmyk, ["RGB.jpg", "RGB.png", "RGB.webp", "grey.jpg", "grey.png"]),
    ("sRGB's curve for grey", Maker.rgb(Maker.p3, Maker.srgbCurve), ["grey.jpg", "grey.png"]),
    ("grey to Lab", Maker.grey(Maker.power(1), to: "Lab "), ["grey.jpg", "grey.png"]),
    ("Lab", Maker.profile("Lab ", [("A2B0", lab)], class: "spac", to: "Lab "), ["RGB.jpg", "RGB.webp", "CMYK.jpg"]),
    ("YCbCr", Maker.profile("YCbr", [("A2B0", lab)], to: "Lab "), ["RGB.jpg", "RGB.webp", "CMYK.jpg"]),
    (
      "a link between devices", Maker.profile("RGB ", [("A2B0", lab)], class: "link", to: "RGB "),
      ["RGB.jpg", "RGB.png", "RGB.webp", "grey.jpg", "CMYK.jpg"]
    ),
    (
      "names of colours",
      Maker.profile("RGB ", [("ncl2", [UInt8](repeating: 0, count: 84))], class: "nmcl", to: "Lab "),
      ["RGB.jpg", "RGB.png", "RGB.webp", "grey.jpg", "CMYK.jpg"]
    ),
    ("version 5", Maker.rgb(Maker.p3, Maker.power(1), version: 5), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    (
      "no signature", Array(Maker.rgb(Maker.p3, Maker.power(1)).map { $0 == 0x61 ? 0x62 : $0 }), ["RGB.jpg", "RGB.png"]
    ),
    ("cut off", Array(Maker.rgb(Maker.p3, Maker.power(1)).dropLast(30)), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("one curve too few", Maker.profile("RGB ", linear.dropLast()), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("no primaries", Maker.profile("RGB ", Array(linear.suffix(3))), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("text for a curve", Maker.rgb(Maker.p3, Array("text\0\0\0\0no curve".utf8)), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    (
      "a curve that rises above the white", Maker.rgb(Maker.p3, Maker.curve(2, [2.4, 0.9479, 0.0521, 0.0774])),
      ["RGB.jpg", "RGB.png", "RGB.webp"]
    ),
    ("a damaged table", Maker.profile("RGB ", linear + [("A2B0", Array("no table".utf8))]), ["RGB.jpg", "RGB.png"]),
  ]

  /// Profiles that browsers obey.
  private static let fit: [(String, [UInt8], [String])] = [
    ("P3", Maker.rgb(Maker.p3, Maker.srgbCurve), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("Adobe RGB", Maker.rgb(Maker.adobe, Maker.power(2.19921875), version: 2), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("a linear one", Maker.rgb(.srgb, Maker.power(1)), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("a scanner's", Maker.profile("RGB ", linear, class: "scnr"), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("version 3", Maker.rgb(.srgb, Maker.power(1.8), version: 3), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("grey", Maker.grey(Maker.power(1)), ["grey.jpg", "grey.png"]),
    ("RGB for grey", Maker.rgb(Maker.p3, Maker.power(1.8)), ["grey.jpg", "grey.png"]),
    (
      "code points", Maker.profile("RGB ", linear + [("cicp", Array("cicp\0\0\0\0".utf8) + [12, 13, 0, 1])]),
      ["RGB.jpg", "RGB.png"]
    ),
    (
      "a damaged white", Maker.profile("RGB ", [("wtpt", [UInt8](repeating: 1, count: 20))] + linear.dropFirst()),
      ["RGB.jpg", "RGB.png"]
    ),
    ("a table", Maker.profile("RGB ", [("A2B0", lab)], to: "Lab ", version: 2), ["RGB.jpg", "RGB.png", "RGB.webp"]),
    ("the second table", Maker.profile("RGB ", [("A2B1", lab)], to: "Lab ", version: 2), ["RGB.jpg", "RGB.png"]),
    ("CMYK", Maker.cmyk, ["CMYK.jpg"]),
  ]

  static let cases: [(String, String, [UInt8], Bool)] = [(unfit, false), (fit, true)].flatMap { list, isFit in
    list.flatMap { name, profile, pictures in pictures.map { (name, $0, profile, isFit) } }
  }

  @Test(arguments: cases)
  func `a profile counts if it fits the pixels, and is dropped if it does not`(
    _ subject: (String, String, [UInt8], Bool)
  ) throws {
    let (name, picture, profile, isFit) = subject
    let judging = try Judging()
    let (type, options) = try #require(Self.pictures[picture])
    try judging.folder.run("convert", ["-size", "64x64", "xc:rgb(200,100,50)", "-strip"] + options + [picture])
    let bare = try judging.folder.bytes(picture)
    let plain = try judging.sight(of: picture, beside: judging.render(picture, as: type)).middle
    try judging.folder.write(ProfileMaker.embed(profile, in: bare), to: picture)
    let rendered = try judging.expectAlike(picture, as: type)
    let middle = try judging.sight(of: picture, beside: rendered).middle
    #expect((zip(middle, plain).contains { abs($0 - $1) > 3 }) == isFit, "\(name): \(plain) became \(middle)")
    let original = try #require(rendered.renderings.last)
    let marks = ["ICC_PROFILE", "iCCP", "ICCP"]
    #expect(marks.contains { original.contains(text: $0) } == isFit, "\(name) in \(picture)")
  }

  /// The kinds of CMYK: Adobe's mark with its transform, or no mark.
  @Test(arguments: [0, 2, nil] as [UInt8?], [false, true])
  func `inks look as in Chromium, with a profile and without`(transform: UInt8?, isProfiled: Bool) throws {
    let judging = try Judging()
    try judging.folder.run(
      "convert",
      ["-size", "64x64", "xc:rgb(200,100,50)", "-colorspace", "CMYK", "-quality", "100", "a.jpg"]
    )
    var bytes = try judging.folder.bytes("a.jpg")
    let mark = try #require((0..<bytes.count - 5).first { bytes[$0..<$0 + 5].elementsEqual(Array("Adobe".utf8)) })
    if let transform { bytes[mark + 11] = transform } else { bytes.removeSubrange(mark - 4..<mark + 12) }
    try judging.folder.write(isProfiled ? ProfileMaker.embed(ProfileMaker.cmyk, in: bytes) : bytes, to: "a.jpg")
    try judging.expectAlike("a.jpg", as: .jpeg)
  }
}
