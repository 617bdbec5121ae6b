import Core
import TestSupport
import Testing

@testable import Imaging

struct HostileFileTests {
  @Test(arguments: [FileType.jpeg, .png, .webp, .gif])
  func `a file truncated anywhere is unreadable`(type: FileType) throws {
    let judging = try Judging()
    let bytes = try judging.folder.bytes(try Fixtures.photo(in: judging.folder, type))
    #expect(judging.refusal(bytes, as: type) == nil)
    // Other formats than WebP have an end that holds no pixels.
    let ends = type == .webp ? [1] : type == .jpeg ? [4] : type == .gif ? [14] : [18]
    for length in [16, bytes.count / 4, bytes.count / 2, bytes.count * 3 / 4, bytes.count - 20]
      + ends.map({ bytes.count - $0 })
    {
      #expect(judging.refusal(Array(bytes.prefix(length)), as: type) == .unreadable, "\(length) of \(bytes.count)")
    }
  }

  @Test(arguments: [FileType.png, .gif])
  func `a file whose middle is missing is unreadable, even with a correct end`(type: FileType) throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-seed", "1", "-size", "300x200", "plasma:", "p.\(type.fileExtension)"])
    let bytes = try judging.folder.bytes("p.\(type.fileExtension)")
    let ending = type == .png ? 12 : 2
    let cut = Array(bytes.prefix(bytes.count / 2)) + Array(bytes.suffix(ending))
    #expect(judging.refusal(cut, as: type) == .unreadable)
  }

  @Test func `a JPEG of 59400 by 3 pixels is refused before it is decoded`() throws {
    let judging = try Judging()
    try judging.folder.run("vips", ["black", "flat.jpg", "59400", "3"])
    #expect(judging.refusal(try judging.folder.bytes("flat.jpg"), as: .jpeg) == .dimensionsExceeded)
  }

  @Test(arguments: [(101, 1), (1, 101), (120, 2), (101, 100)])
  func `each limit is enforced separately`(width: Int, height: Int) throws {
    let limits = DecoderLimits(
      maximumPixels: 10_000,
      maximumJPEGPixels: 10_000,
      maximumSide: 110,
      maximumAspectRatio: 100
    )
    let judging = try Judging(limits: limits)
    for type in [FileType.jpeg, .png, .webp, .gif] {
      let name = "a.\(type.fileExtension)"
      try judging.folder.run("convert", ["-size", "\(width)x\(height)", "xc:gray", name])
      #expect(judging.refusal(try judging.folder.bytes(name), as: type) == .dimensionsExceeded, "\(type)")
      try judging.folder.run("convert", ["-size", "100x100", "xc:gray", name])
      #expect(judging.refusal(try judging.folder.bytes(name), as: type) == nil, "\(type)")
    }
  }

  @Test(arguments: [1, 3, 4])
  func `one frame over the limit is refused`(frames: Int) throws {
    let judging = try Judging(limits: DecoderLimits(maximumFrames: 3))
    let pictures = (0..<frames).map { "xc:rgb(\($0 * 40),0,0)" }
    try judging.folder.run("convert", ["-size", "10x10"] + pictures + ["a.gif"])
    let refusal: RejectionReason? = frames > 3 ? .dimensionsExceeded : nil
    #expect(judging.refusal(try judging.folder.bytes("a.gif"), as: .gif) == refusal)
    try judging.folder.run("convert", ["-size", "10x10", "xc:red", "-define", "webp:lossless=true", "a.webp"])
    let webp = animation(of: try judging.folder.bytes("a.webp"), frames: frames)
    #expect(judging.refusal(webp, as: .webp) == refusal)
  }

  /// Returns an animated WebP that shows the lossless 10×10 picture `still` in this many frames.
  private func animation(of still: [UInt8], frames: Int) -> [UInt8] {
    let picture = Array(still.dropFirst(12))
    let size = littleEndian(9, 3) + littleEndian(9, 3)
    let frame = littleEndian(0, 6) + size + littleEndian(40, 3) + [0] + picture
    var body = Array("WEBPVP8X".utf8) + littleEndian(10, 4) + [2, 0, 0, 0] + size
    body += Array("ANIM".utf8) + littleEndian(6, 4) + [0, 0, 0, 0, 0, 0]
    for _ in 0..<frames { body += Array("ANMF".utf8) + littleEndian(frame.count, 4) + frame }
    return Array("RIFF".utf8) + littleEndian(body.count, 4) + body
  }

  @Test func `a JPEG with too many scans is unreadable`() throws {
    let judging = try Judging()
    try judging.folder.run("convert", ["-size", "16x16", "xc:gray", "-colorspace", "gray", "a.jpg"])
    let bytes = try judging.folder.bytes("a.jpg")
    let start = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    let scan = bytes[start...].dropLast(2)
    let bomb = Array(bytes[..<start]) + Array(repeatElement(scan, count: 101).joined()) + [0xFF, 0xD9]
    #expect(judging.refusal(bomb, as: .jpeg) == .unreadable)
  }

  @Test func `a claim that differs from the bytes is a type mismatch`() throws {
    let judging = try Judging()
    for type in [FileType.jpeg, .png, .webp, .gif] {
      let bytes = try judging.folder.bytes(try Fixtures.photo(in: judging.folder, type, width: 20, height: 20))
      for claim in FileType.allCases {
        #expect(judging.refusal(bytes, as: claim) == (claim == type ? nil : .typeMismatch), "\(type) as \(claim)")
      }
    }
    #expect(judging.refusal([], as: .jpeg) == .typeMismatch)
    #expect(judging.refusal([UInt8](repeating: 0xFF, count: 4096), as: .jpeg) == .typeMismatch)
  }

  @Test func `randomly damaged bytes get a verdict, and never crash the renderer`() throws {
    let judging = try Judging()
    var random = Seeded("broken images")
    for type in [FileType.jpeg, .png, .webp, .gif] {
      let name = try Fixtures.photo(in: judging.folder, type, width: 60, height: 40)
      try Fixtures.plant(in: judging.folder, name)
      let bytes = try judging.folder.bytes(name)
      for _ in 0..<40 {
        var broken = bytes
        for _ in 0..<3 {
          broken[Int.random(in: 3..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        let answer = judging.answer(broken, as: type)
        for rendering in answer.renderings { #expect(!rendering.contains(text: "\(Fixtures.planted)exif")) }
        #expect(DecoderReply(message: Array(answer.reply.line.utf8)) == answer.reply)
      }
    }
  }
}
