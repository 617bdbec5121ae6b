import Core
import TestSupport
import Testing

@testable import Imaging

struct LargeImageTests {
  /// A picture that is too tall for WebP, in every format that can hold it.
  @Test(arguments: [FileType.jpeg, .png, .gif])
  func `a picture that is taller than WebP allows is rendered`(type: FileType) throws {
    let judging = try Judging()
    let name = "tall.\(type.fileExtension)"
    try judging.folder.run("vips", ["black", name, "200", "16400", "--bands", "3"])
    #expect(try judging.render(name, as: type).sizes == "thumb 150×150, medium 200×16383, original 200×16400")
    try judging.folder.run("vips", ["black", name, "200", "20000", "--bands", "3"])
    #expect(try judging.render(name, as: type).sizes == "thumb 150×150, medium 164×16383, original 200×20000")
    try judging.folder.run("vips", ["black", name, "20000", "200", "--bands", "3"])
    #expect(try judging.render(name, as: type).sizes == "thumb 150×150, medium 800×8, original 20000×200")
  }

  @Test(arguments: [FileType.jpeg, .png])
  func `a strip that EXIF turns upright is rendered`(type: FileType) throws {
    let judging = try Judging()
    let name = "turned.\(type.fileExtension)"
    try judging.folder.run("vips", ["black", name, "17600", "176", "--bands", "3"])
    try judging.folder.run("exiftool", ["-q", "-overwrite_original", "-Orientation#=6", name])
    #expect(try judging.render(name, as: type).sizes == "thumb 150×150, medium 164×16383, original 176×17600")
  }

  @Test(arguments: [(1, 100), (100, 1), (3, 300)])
  func `a strip of a pixel is rendered`(width: Int, height: Int) throws {
    let judging = try Judging()
    for type in [FileType.jpeg, .png, .webp, .gif] {
      let name = "strip.\(type.fileExtension)"
      try judging.folder.run("convert", ["-size", "\(width)x\(height)", "xc:red", name])
      let side = min(width, height)
      let sizes = "thumb \(side)×\(side), medium \(width)×\(height), original \(width)×\(height)"
      #expect(try judging.render(name, as: type).sizes == sizes, "\(type)")
    }
  }

  @Test func `a JPEG may have more pixels than other images, and a refusal names the limit`() throws {
    let judging = try Judging(limits: DecoderLimits(maximumPixels: 10_000, maximumJPEGPixels: 40_000))
    for (type, most) in [(FileType.jpeg, 40_000), (.png, 10_000), (.webp, 10_000), (.gif, 10_000)] {
      for (width, height) in [(100, 100), (101, 100), (400, 100), (401, 100)] {
        let name = "a.\(type.fileExtension)"
        try judging.folder.run("convert", ["-size", "\(width)x\(height)", "xc:gray", name])
        let exceeded = ExceededLimit(.pixels, width * height, limit: most, width: width, height: height)
        let reply = judging.answer(try judging.folder.bytes(name), as: type).reply
        if width * height > most {
          #expect(reply == .refused(.dimensionsExceeded, exceeded), "\(name)")
        } else {
          #expect(reply.line.hasPrefix("decoded"), "\(name)")
        }
      }
    }
  }

  @Test func `the other limits are named too`() throws {
    let judging = try Judging(limits: DecoderLimits(maximumSide: 200, maximumAspectRatio: 10, maximumFrames: 2))
    func exceeded(_ arguments: [String], _ name: String, _ type: FileType) throws -> ExceededLimit? {
      try judging.folder.run("convert", arguments + [name])
      guard
        case .refused(.dimensionsExceeded, let exceeded) = judging.answer(try judging.folder.bytes(name), as: type)
          .reply
      else { return nil }
      return exceeded
    }
    #expect(
      try exceeded(["-size", "201x50", "xc:red"], "side.jpg", .jpeg)
        == ExceededLimit(.side, 201, limit: 200, width: 201, height: 50)
    )
    #expect(
      try exceeded(["-size", "101x10", "xc:red"], "strip.png", .png)
        == ExceededLimit(.aspectRatio, 11, limit: 10, width: 101, height: 10)
    )
    #expect(
      try exceeded(["-size", "9x9", "xc:red", "xc:lime", "xc:blue"], "frames.gif", .gif)
        == ExceededLimit(.frames, 3, limit: 2)
    )
  }

  @Test(arguments: [
    // Kinds that their decoders hold whole, and kinds of the same size that they do not.
    ("interlaced.png", FileType.png, ["-interlace", "PNG"], true), ("plain.png", .png, [], false),
    ("progressive.jpg", .jpeg, ["-interlace", "JPEG", "-sampling-factor", "1x1"], true),
    ("plain.jpg", .jpeg, [], false),
  ])
  func `a kind of image that does not fit into memory is refused for its memory`(
    name: String,
    type: FileType,
    special: [String],
    isRefused: Bool
  ) throws {
    let judging = try Judging(limits: DecoderLimits(addressSpaceBytes: 256 << 20))
    try judging.folder.run("convert", ["-size", "4000x4000", "xc:red", "-type", "TrueColor"] + special + [name])
    let reply = judging.answer(try judging.folder.bytes(name), as: type).reply
    guard isRefused else {
      #expect(reply.line.hasPrefix("decoded"))
      return
    }
    guard case .refused(.dimensionsExceeded, let exceeded?) = reply else {
      Issue.record("\(reply.line)")
      return
    }
    #expect(exceeded.quantity == .memory && exceeded.limit == 256 << 20 && exceeded.width == 4000)
  }

  @Test(.enabled(if: LongRun.isWanted, "only with STOWAGE_LONG=1"))
  func `an image with more detail than a lossy WebP can hold is written in another way`() throws {
    let folder = try ScratchFolder()
    // libvips cannot write 110 million pixels of noise at quality 95, and can write 36 million.
    try folder.run("vips", ["gaussnoise", "tile.v", "6120", "4493", "--sigma", "70"])
    try folder.run("vips", ["cast", "tile.v", "bytes.v", "uchar"])
    try folder.run("vips", ["replicate", "bytes.v", "noise.png[compression=0]", "2", "2"])
    let bytes = try folder.bytes("noise.png")
    _ = try Judging()
    try bytes.withUnsafeBytes { bytes in
      let picture = try Picture(bytes, type: .png).inSRGB(by: .standard).pixels()
      #expect(try picture.encoded(.webp, quality: 95).count > 1 << 20)
    }
  }
}
