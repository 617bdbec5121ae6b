import Core
import TestSupport
import Testing

@testable import Imaging

/// Irregular WebP files that Chromium shows whole are accepted, and written without the irregularity.
struct WebPReadingTests {
  private let judging: Judging
  /// The chunk of a lossy picture of 300 × 200.
  private let picture: [UInt8]

  init() throws {
    judging = try Judging()
    let file = try judging.folder.bytes(try Fixtures.photo(in: judging.folder, .webp))
    picture = Array(file[12...])
    try #require(picture.prefix(4).elementsEqual(Array("VP8 ".utf8)))
  }

  private static func riff(_ chunks: [[UInt8]]) -> [UInt8] {
    let body = Array("WEBP".utf8) + chunks.joined()
    return Array("RIFF".utf8) + littleEndian(body.count, 4) + body
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    Array(name.utf8) + littleEndian(data.count, 4) + data + (data.count.isMultiple(of: 2) ? [] : [0])
  }

  private static func header(flags: UInt8, longer: Int = 0) -> [UInt8] {
    let rest = [UInt8](repeating: 7, count: longer)
    return chunk("VP8X", [flags, 0, 0, 0] + littleEndian(299, 3) + littleEndian(199, 3) + rest)
  }

  private func frame(width: Int = 300, longer: Int = 0) -> [UInt8] {
    let size = littleEndian(width - 1, 3) + littleEndian(199, 3)
    let data = [UInt8](repeating: 0, count: 6) + size + littleEndian(100, 3) + [0] + picture
    // A length that reaches into the next chunk.
    return Array("ANMF".utf8) + littleEndian(data.count + longer, 4) + data
  }

  private func original(_ chunks: [[UInt8]]) throws -> [UInt8] {
    let file = Self.riff(chunks)
    let answer = judging.answer(file, as: .webp)
    guard case .decoded = answer.reply else { throw Unexpected(answer.reply.line) }
    return try #require(answer.renderings.last)
  }

  @Test func `everything behind the first picture is ignored`() throws {
    let plain = try original([picture])
    let invisible: [[[UInt8]]] = [
      [picture], [[UInt8](repeating: 0, count: 13)], [Self.header(flags: 0), picture],
      [Self.chunk("ALPH", [0, 0])],
      [Self.chunk("TEST", [1])],
    ]
    for rest in invisible { #expect(try original([picture] + rest) == plain, "\(rest.joined().prefix(12))") }
  }

  @Test func `a longer header is read as usual`() throws {
    let plain = try original([Self.header(flags: 0), picture])
    #expect(try original([Self.header(flags: 0, longer: 7), picture]) == plain)
    #expect(judging.refusal(Self.riff([Self.chunk("VP8X", [0, 0, 0, 0]), picture]), as: .webp) == .unreadable)
  }

  @Test func `an animation is read by its pictures, not by the sizes that its frames announce`() throws {
    let start = [Self.header(flags: 2), Self.chunk("ANIM", [0, 0, 0, 0, 0, 0])]
    let plain = try original(start + [frame(), frame()])
    #expect(try original(start + [frame(width: 400), frame()]) == plain)
    #expect(try original(start + [frame(longer: 1), frame()]) == plain)
    let long = [start[0], Self.chunk("ANIM", [0, 0, 0, 0, 0, 0, 1, 2, 3])]
    #expect(try original(long + [frame(), frame()]) == plain)
  }

  @Test func `none of many surplus bytes behind a lossless picture remains`() throws {
    try judging.folder.run(
      "convert",
      ["-size", "60x40", "gradient:red-blue", "-define", "webp:lossless=true", "a.webp"]
    )
    let file = try judging.folder.bytes("a.webp")
    try #require(file[12..<16].elementsEqual(Array("VP8L".utf8)))
    let data = Array(file[20..<20 + Int(file[16]) + Int(file[17]) << 8])
    let plain = try original([Self.chunk("VP8L", data)])
    let surplus = [UInt8](repeating: 0x53, count: 100_000)
    #expect(try original([Self.chunk("VP8L", data + surplus)]) == plain)
  }

  @Test func `without its flag, a still picture has no alpha channel`() throws {
    let clear = Self.chunk("ALPH", [0] + [UInt8](repeating: 9, count: 300 * 200))
    let plain = try original([Self.header(flags: 0), picture])
    #expect(try original([Self.header(flags: 0), clear, picture]) == plain)
    let kept = try original([Self.header(flags: 0x10), clear, picture])
    #expect(kept.contains(text: "ALPH"))
  }
}
