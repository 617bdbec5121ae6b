import Core
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// GIFs without an end, with a wrong screen, and with frames that leave a part of the screen clear.
struct FaultyGIFTests {
  typealias Builder = GIFBuilder
  private static let canary = Array("CANARY-canary".utf8)

  /// The colours of four quarters.
  private static func quarters(_ width: Int, _ height: Int) -> (Int, Int) -> Int {
    { (column, row) in column * 2 / width + 2 * (row * 2 / height) }
  }

  private static func full(_ codeSize: Int = 2, isInterlaced: Bool = false, palette: [UInt8] = []) -> [UInt8] {
    Builder.frame(
      0,
      0,
      96,
      80,
      palette: palette,
      isInterlaced: isInterlaced,
      codeSize: codeSize,
      colour: quarters(96, 80)
    )
  }

  @Test func `a whole picture is read whatever its end is`() throws {
    let judging = try Judging()
    let whole = Builder.head(96, 80) + Self.full()
    let renderings = judging.answer(whole + Builder.trailer, as: .gif).renderings
    try #require(renderings.count == 3)
    let ends: [[UInt8]] = [
      [], [0], [0x3B] + Self.canary, Self.canary, [UInt8](repeating: 0, count: 30), [0xFF], [0, 0, 0x42],
      [0x21], [0x21, 0xFE], [0x21, 0xFE, 80] + Self.canary, [0x21, 0xFE, 13] + Self.canary, [0x2C, 0, 0],
      Builder.control(), Builder.control().dropLast(), [0x3B, 0x3B],
    ]
    for end in ends { #expect(judging.answer(whole + end, as: .gif).renderings == renderings, "\(end)") }
    // The terminator of the frame's data, and the code that ends it.
    #expect(judging.answer(whole.dropLast(), as: .gif).renderings == renderings)
    #expect(renderings.allSatisfy { !$0.contains(text: "CANARY") } && renderings[2].last == 0x3B)
  }

  @Test func `a frame that lacks pixels at the end of the file is unreadable`() throws {
    let judging = try Judging()
    let first = Builder.head(96, 80) + Self.full()
    let second = first + Builder.control() + Self.full()
    for whole in [first, second] {
      #expect(judging.refusal(whole, as: .gif) == nil)
      for missing in [4, 5, 30, 300, 1000] {
        #expect(judging.refusal(whole.dropLast(missing), as: .gif) == .unreadable, "\(missing)")
      }
    }
    for end in [Self.canary, [0x2C] + Self.canary] {
      #expect(judging.refusal(Builder.head(96, 80) + end, as: .gif) == .unreadable)
    }
  }

  @Test func `frames before the end are kept`() throws {
    let judging = try Judging()
    let frames = (0..<3).flatMap { _ in Builder.control() + Self.full() }
    try judging.folder.write(Builder.head(96, 80) + frames + Self.canary, to: "a.gif")
    let rendered = try judging.expectAlike("a.gif", as: .gif)
    #expect(rendered.image.frames == 3)
    #expect(try judging.folder.bytes(rendered.file(.original)) == Builder.head(96, 80) + frames + Builder.trailer)
  }

  @Test(arguments: [(0, 0), (0, 80), (96, 0), (40, 20), (150, 90), (97, 10)])
  func `the screen has room for the first frame, as in browsers`(screen: (Int, Int)) throws {
    let judging = try Judging()
    try judging.folder.write(Builder.head(screen.0, screen.1) + Self.full() + Builder.trailer, to: "a.gif")
    let rendered = try judging.expectAlike("a.gif", as: .gif)
    #expect(rendered.image.width == max(96, screen.0) && rendered.image.height == max(80, screen.1))
    let original = try judging.folder.bytes(rendered.file(.original))
    #expect(original[6..<10] == (littleEndian(max(96, screen.0), 2) + littleEndian(max(80, screen.1), 2))[...])
  }

  /// Files by name, each with a screen of 120 × 100 that its first frame leaves clear in part.
  private static let partial: [String: [UInt8]] = {
    let part = Builder.frame(24, 20, 72, 60, colour: quarters(72, 60))
    let (blank, full) = (Builder.frame(0, 0, 120, 100) { _, _ in 3 }, Self.full())
    let local: [UInt8] = [10, 20, 30, 250, 250, 250, 100, 0, 100, 0, 90, 0]
    return [
      "in the middle": part, "with a hole": Builder.control(transparent: 1) + part,
      "with a colour that is not drawn": Builder.control(transparent: 7) + part,
      "restored to the background": Builder.control(disposal: 2) + part + Builder.control() + full,
      "restored to the previous": Builder.control(disposal: 3) + part + Builder.control() + full,
      "clear": Builder.control(transparent: 3) + blank + Builder.control() + full,
      "one clear pixel": Builder.control(transparent: 0) + Builder.frame(0, 0, 1, 1) { _, _ in 0 } + full,
      "beyond the screen": Builder.frame(60, 60, 90, 70, colour: quarters(90, 70)),
      "interlaced": Builder.frame(24, 20, 72, 60, isInterlaced: true, colour: quarters(72, 60)),
      "with a local palette": Builder.frame(24, 20, 72, 60, palette: local, colour: quarters(72, 60)),
      "with too few pixels": Builder.frame(24, 20, 72, 60, count: 72 * 40, colour: quarters(72, 60)),
      "behind a text": Builder.control(transparent: 2) + [0x21, 1, 12] + [UInt8](repeating: 0, count: 13) + part,
      "with two controls": Builder.control(transparent: 0) + Builder.control(transparent: 2) + part,
    ]
  }()

  @Test(arguments: partial.keys.sorted())
  func `a first frame that is smaller than the screen has clear surroundings`(name: String) throws {
    let judging = try Judging()
    for background: UInt8 in [0, 2] {
      let frames = try #require(Self.partial[name])
      let bytes = Builder.head(120, 100, background: background) + frames + Builder.trailer
      try judging.folder.write(bytes, to: "a.gif")
      let rendered = try judging.expectAlike("a.gif", as: .gif)
      let medium = try judging.folder.run("convert", [rendered.file(.medium), "-depth", "8", "rgba:-"])
      #expect(medium[3] == 0)
    }
  }

  @Test func `palettes, interlacing and code sizes look as in Chromium`() throws {
    let judging = try Judging()
    let local: [UInt8] = [10, 20, 30, 250, 250, 250, 100, 0, 100, 0, 90, 0]
    let short = Array(Builder.colours.prefix(6))
    let files = [
      Builder.head(96, 80) + Self.full(isInterlaced: true), Builder.head(96, 80) + Self.full(8),
      Builder.head(96, 80) + Self.full(5), Builder.head(96, 80) + Self.full(palette: local),
      Builder.head(96, 80, palette: []) + Self.full(palette: local), Builder.head(96, 80, palette: []) + Self.full(),
      Builder.head(96, 80, palette: short) + Self.full(),
      Builder.head(96, 80, palette: short) + Builder.control(transparent: 3) + Self.full(),
    ]
    for (number, file) in files.enumerated() {
      try judging.folder.write(file + Builder.trailer, to: "\(number).gif")
      try judging.expectAlike("\(number).gif", as: .gif)
    }
  }

  @Test func `long codes and a full table are decoded like libnsgif and ImageMagick do`() throws {
    let judging = try Judging()
    for (seed, colours) in [("1", "256"), ("2", "16"), ("3", "2")] {
      let make = ["-seed", seed, "-size", "200x160", "plasma:", "-colors", colours, "a.gif"]
      try judging.folder.run("convert", make)
      let bytes = try judging.folder.bytes("a.gif")
      let picture = try GIFFile(bytes[...], limits: DecoderLimits()).firstPicture()
      try judging.folder.write(picture.encoded(.png, quality: 0), to: "a.png")
      #expect(try Fixtures.pixels(in: judging.folder, "a.png") == Fixtures.pixels(in: judging.folder, "a.gif"))
    }
  }
}
