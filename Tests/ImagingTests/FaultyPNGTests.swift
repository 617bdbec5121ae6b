import Core
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// PNGs with faults outside of their pixels.
struct FaultyPNGTests {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let canary = Array("CANARY-canary".utf8)

  private static func header(_ colour: UInt8 = 2) -> [UInt8] {
    PNGFile.chunk("IHDR", bigEndian(96, 4) + bigEndian(64, 4) + [8, colour, 0, 0, 0])
  }

  /// Returns the rows of a picture of one colour.
  private static func rows(_ colour: [UInt8]) throws -> [UInt8] {
    let row = [0] + Array(repeatElement(colour, count: 96).joined())
    return try deflated(Array(repeatElement(row, count: 64).joined()))
  }

  private static func file(_ colour: [UInt8] = [200, 100, 50], before: [UInt8] = [], end: [UInt8]? = nil) throws
    -> [UInt8]
  {
    try signature + header() + before + PNGFile.chunk("IDAT", rows(colour)) + (end ?? PNGFile.chunk("IEND", []))
  }

  /// Returns a chunk with a wrong checksum.
  private static func wrong(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let chunk = PNGFile.chunk(name, data)
    return chunk.dropLast() + [chunk[chunk.count - 1] ^ 0x55]
  }

  /// Chunks that change the picture if their checksums are right.
  private static let effective: [(String, [UInt8])] = [
    ("gAMA", bigEndian(100_000, 4)), ("cICP", [9, 16, 0, 1]), ("cHRM", Array(repeating: 0, count: 32)), ("sRGB", [1]),
    ("eXIf", Array("MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{6}\0\0\0\0\0\0".utf8)),
    ("iCCP", Array("icc\0\0CANARY".utf8)), ("acTL", bigEndian(1, 4) + bigEndian(0, 4)), ("fcTL", canary),
  ]

  static let names = [
    "tEXt", "zTXt", "iTXt", "tIME", "pHYs", "bKGD", "sBIT", "hIST", "sPLT", "fdAT", "prVt", "t\u{1}Xt",
  ]

  @Test func `a chunk with a wrong checksum is dropped unless the pixels need it`() throws {
    let judging = try Judging()
    let renderings = judging.answer(try Self.file(), as: .png).renderings
    try #require(renderings.count == 3)
    for (name, data) in Self.names.map({ ($0, Self.canary) }) + Self.effective {
      let chunk = Self.wrong(name, data)
      let (early, late) = (try Self.file(before: chunk), try Self.file(end: chunk + PNGFile.chunk("IEND", [])))
      #expect(judging.answer(early, as: .png).renderings == renderings, "\(name)")
      #expect(judging.answer(late, as: .png).renderings == renderings, "\(name)")
    }
  }

  @Test func `a profile with a wrong checksum is ignored in every rendering, as Chromium does`() throws {
    let judging = try Judging()
    let photo = try Fixtures.photo(in: judging.folder, .png)
    try judging.folder.run("vips", ["icc_transform", photo, "p3.png", "p3", "--input-profile", "srgb"])
    var bytes = try judging.folder.bytes("p3.png")
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("iCCP".utf8)) })
    let wide = judging.answer(bytes, as: .png).renderings
    bytes[place + 4 + number(bytes[place - 4..<place])] ^= 0x55
    try judging.folder.write(bytes, to: "wrong.png")
    let rendered = try judging.expectAlike("wrong.png", as: .png)
    #expect(wide.count == 3 && zip(wide, rendered.renderings).allSatisfy { $0 != $1 })
    #expect(rendered.renderings.allSatisfy { !$0.contains(text: "iCCP") })
  }

  @Test func `a wrong checksum of pixels, size, palette or transparency is unreadable`() throws {
    let judging = try Judging()
    let (pixels, end) = (try Self.rows([200, 100, 50]), PNGFile.chunk("IEND", []))
    let size = Array(Self.header().dropFirst(8).dropLast(4))
    let data = PNGFile.chunk("IDAT", pixels)
    let (half, rest) = (Array(pixels.prefix(20)), Array(pixels.dropFirst(20)))
    let files = [
      Self.wrong("IHDR", size) + data, Self.header() + Self.wrong("IDAT", pixels),
      Self.header() + Self.wrong("IDAT", half) + PNGFile.chunk("IDAT", rest),
      Self.header() + PNGFile.chunk("IDAT", half) + Self.wrong("IDAT", rest),
      Self.header() + Self.wrong("PLTE", [1, 2, 3]) + data,
      Self.header() + Self.wrong("tRNS", [0, 1, 0, 2, 0, 3]) + data,
      Self.header() + PNGFile.chunk("ABCD", []) + data,
    ]
    for file in files { #expect(judging.refusal(Self.signature + file + end, as: .png) == .unreadable) }
  }

  @Test func `a picture with complete rows is read whatever its end is`() throws {
    let judging = try Judging()
    let renderings = judging.answer(try Self.file(), as: .png).renderings
    let end = PNGFile.chunk("IEND", [])
    let long = bigEndian(5000, 4) + Array("tEXt".utf8) + Self.canary
    let endless = bigEndian(0xFFFF_FFF0, 4) + Array("tEXt".utf8) + Self.canary
    let ends: [[UInt8]] =
      (0..<12).map { Array(end.prefix($0)) } + [
        Self.wrong("IEND", []), PNGFile.chunk("IEND", Self.canary), end + Self.canary, Self.canary + Self.canary,
        [UInt8](repeating: 0, count: 40), long + end, endless, PNGFile.chunk("ABCD", Self.canary) + end,
        Self.wrong("PLTE", Self.canary) + end, PNGFile.chunk("IHDR", Self.canary), Self.wrong("tRNS", Self.canary),
        PNGFile.chunk("tEXt", Self.canary), PNGFile.chunk("eXIf", Self.effective[4].1) + end,
      ]
    for end in ends {
      let file = try Self.file(end: end)
      #expect(judging.answer(file, as: .png).renderings == renderings, "\(end)")
    }
    let data = try Self.file(end: [])
    for missing in [1, 4, 5, 20, 60] {
      // Without the checksum of the chunk, that of the stream shows that the pixels are right.
      let expected = missing <= 4 ? renderings : []
      #expect(judging.answer(data.dropLast(missing), as: .png).renderings == expected, "\(missing)")
      #expect(judging.refusal(data.dropLast(missing) + end, as: .png) == .unreadable, "\(missing)")
    }
    #expect(judging.refusal(try Self.file(before: long), as: .png) == .unreadable)
  }

  @Test(arguments: [1, 4]) func `pixels whose stream lacks its end are complete`(missing: Int) throws {
    let judging = try Judging()
    let pixels = try Self.rows([200, 100, 50])
    let renderings = judging.answer(try Self.file(), as: .png).renderings
    func file(_ pixels: [UInt8]) -> [UInt8] {
      let text = PNGFile.chunk("tEXt", Array("a\0CANARY".utf8))
      return Self.signature + Self.header() + text + PNGFile.chunk("IDAT", pixels) + text + PNGFile.chunk("IEND", [])
    }
    #expect(judging.answer(file(pixels.dropLast(missing)), as: .png).renderings == renderings)
    #expect(judging.refusal(file(pixels.dropLast(20)), as: .png) == .unreadable)
  }

  @Test func `colours of a palette that no pixel can have are ignored`() throws {
    let judging = try Judging()
    let options = ["-colors", "4", "-define", "png:color-type=3", "-define", "png:bit-depth=2"]
    try judging.folder.run("convert", ["-size", "60x40", "gradient:red-blue"] + options + ["a.png"])
    let bytes = try judging.folder.bytes("a.png")
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("PLTE".utf8)) })
    try #require(number(bytes[place - 4..<place]) == 12)
    let longer = PNGFile.chunk("PLTE", bytes[place + 4..<place + 16] + [1, 2, 3, 4, 5, 6])
    let file = bytes[..<(place - 4)] + longer + bytes[(place + 20)...]
    #expect(judging.answer(Array(file), as: .png).renderings == judging.answer(bytes, as: .png).renderings)
  }

  @Test func `an animation has the frames that are there, at most as many as it announces`() throws {
    let judging = try Judging()
    func answer(_ announced: Int) throws -> (frames: Int, original: [UInt8]?) {
      let file = try Self.animation(begins: true) { name, chunk in
        name == "acTL" ? PNGFile.chunk("acTL", bigEndian(announced, 4) + bigEndian(0, 4)) : chunk
      }
      let answer = judging.answer(file, as: .png)
      guard case .decoded(let facts, _) = answer.reply else { throw Unexpected(answer.reply.line) }
      return (facts.frames, answer.renderings.last)
    }
    let right = try answer(3)
    #expect(right.frames == 3)
    for more in [4, 6, 4_194_307] { #expect(try answer(more) == right, "\(more)") }
    #expect(try answer(2).frames == 2)
    #expect(try answer(0).frames == 1)
  }

  private static func control(_ sequence: Int) -> [UInt8] {
    let place = bigEndian(96, 4) + bigEndian(64, 4) + bigEndian(0, 8)
    return PNGFile.chunk("fcTL", bigEndian(sequence, 4) + place + [0, 1, 0, 10, 0, 0])
  }

  /// Returns an animation in blue, red and green; blue is a frame only if `begins` is true.
  private static func animation(begins: Bool, damage: (String, [UInt8]) -> [UInt8] = { $1 }) throws -> [UInt8] {
    let first = begins ? 1 : 0
    let parts: [(String, [UInt8])] = [
      ("acTL", PNGFile.chunk("acTL", bigEndian(2 + first, 4) + bigEndian(0, 4))), ("fcTL", begins ? control(0) : []),
      ("IDAT", PNGFile.chunk("IDAT", try rows([0, 0, 200]))), ("fcTL 1", control(first)),
      ("fdAT 1", PNGFile.chunk("fdAT", bigEndian(first + 1, 4) + (try rows([200, 0, 0])))),
      ("fcTL 2", control(first + 2)),
      ("fdAT 2", PNGFile.chunk("fdAT", bigEndian(first + 3, 4) + (try rows([0, 200, 0])))),
      ("IEND", PNGFile.chunk("IEND", [])),
    ]
    return signature + header() + parts.flatMap(damage)
  }

  @Test func `an animation without the default image goes, and one with it stays`() throws {
    let judging = try Judging()
    let still = judging.answer(try Self.file([0, 0, 200]), as: .png).renderings
    let hidden = judging.answer(try Self.animation(begins: false), as: .png)
    #expect(hidden.renderings == still)
    guard case .decoded(let image, _) = hidden.reply else { throw CancellationError() }
    #expect(image.frames == 1)
    try judging.folder.write(try Self.animation(begins: true), to: "a.png")
    try judging.folder.write(try Self.animation(begins: true) { $0 == "acTL" ? $1 + $1 : $1 }, to: "repeated.png")
    for name in ["a.png", "repeated.png"] {
      let rendered = try judging.expectAlike(name, as: .png)
      #expect(rendered.image.frames == 3)
      #expect(try judging.folder.bytes(rendered.file(.original)) == judging.folder.bytes("a.png"), "\(name)")
    }
  }

  @Test func `a damaged animation becomes its first frame, and a cut one is unreadable`() throws {
    let judging = try Judging()
    let still = judging.answer(try Self.file([0, 0, 200]), as: .png).renderings
    for name in ["acTL", "fcTL", "fcTL 1", "fdAT 1", "fcTL 2", "fdAT 2"] {
      let bytes = try Self.animation(begins: true) { $0 == name ? $1.dropLast() + [($1.last ?? 0) ^ 1] : $1 }
      #expect(judging.answer(bytes, as: .png).renderings == still, "\(name)")
    }
    let whole = try Self.animation(begins: true)
    let renderings = judging.answer(whole, as: .png).renderings
    #expect(judging.answer(whole.dropLast(12), as: .png).renderings == renderings)
    for missing in [13, 30, 60, 100] {
      #expect(judging.refusal(whole.dropLast(missing), as: .png) == .unreadable, "\(missing)")
    }
  }
}
