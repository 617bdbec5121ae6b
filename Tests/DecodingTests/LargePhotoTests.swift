import Core
import TestSupport
import Testing

@testable import Decoding

/// Photographs as large as phones take, in a decoder with the product's limits of memory.
@Suite(.enabled(if: LongRun.isWanted, "only with STOWAGE_LONG=1"))
struct LargePhotoTests {
  /// A decoder with the product's limits of size and memory; its deadline allows for a busy machine.
  private static let limits = DecoderLimits(cpuSeconds: 600, deadlineSeconds: 300)

  private func detail(_ error: DecodeError?) -> ExceededLimit? {
    if case .refused(.dimensionsExceeded, let exceeded) = error { exceeded } else { nil }
  }

  @Test(arguments: [
    ("baseline", "", 1), ("portrait", "", 6), ("progressive", ",interlace", 1),
    ("progressive portrait", ",interlace", 6),
    ("4:4:4", ",subsample_mode=off", 1), ("progressive 4:4:4", ",subsample_mode=off,interlace", 1),
  ])
  func `a JPEG of 200 megapixels is accepted`(kind: String, options: String, orientation: Int) throws {
    let folder = try ScratchFolder()
    try folder.run("vips", ["black", "a.jpg[Q=90\(options)]", "16320", "12240", "--bands", "3"])
    try folder.run("exiftool", ["-q", "-overwrite_original", "-Orientation#=\(orientation)", "a.jpg"])
    let pool = DecoderPool(executable: decoderPath, limits: Self.limits)
    let decoded = try pool.decode(path: folder.file("a.jpg"), as: .jpeg)
    let isTurned = orientation == 6
    #expect(decoded.image.width == (isTurned ? 12_240 : 16_320), "\(kind)")
    #expect(decoded.image.height == (isTurned ? 16_320 : 12_240), "\(kind)")
  }

  @Test(arguments: [
    ("a.png", FileType.png, "compression=1", 3), ("a.png", .png, "compression=1,interlace", 4),
    ("a.webp", .webp, "effort=0", 3), ("a.webp", .webp, "effort=0,lossless", 3), ("a.gif", .gif, "effort=1", 3),
  ])
  func `another image of 110 megapixels is accepted`(name: String, type: FileType, options: String, bands: Int) throws {
    let folder = try ScratchFolder()
    try folder.run("vips", ["black", "\(name)[\(options)]", "12240", "8986", "--bands", "\(bands)"])
    let pool = DecoderPool(executable: decoderPath, limits: Self.limits)
    let decoded = try pool.decode(path: folder.file(name), as: type)
    #expect(decoded.image.width == 12_240 && decoded.image.height == 8986)
  }

  @Test func `what does not fit is refused with the numbers, and the child survives`() throws {
    let folder = try ScratchFolder()
    let pool = DecoderPool(executable: decoderPath, limits: Self.limits)
    try folder.run("vips", ["black", "a.jpg", "16384", "12820", "--bands", "3"])
    let jpeg = detail(try pool.failure(folder.file("a.jpg"), as: .jpeg))
    #expect(jpeg?.text == "16,384 × 12,820 pixels: 210,042,880 pixels, and the limit is 210,000,000")
    try folder.run("vips", ["black", "a.png", "12240", "8990", "--bands", "1"])
    let png = detail(try pool.failure(folder.file("a.png"), as: .png))
    #expect(png?.quantity == .pixels && png?.limit == 110_000_000)
    try folder.run("vips", ["black", "alpha.webp[effort=0]", "10000", "8000", "--bands", "4"])
    let webp = detail(try pool.failure(folder.file("alpha.webp"), as: .webp))
    #expect(webp?.quantity == .memory && webp?.width == 10_000)
  }
}
