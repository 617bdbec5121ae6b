import Core
import TestSupport
import Testing

@testable import Documents

/// ZIP archives that are stored as such.
struct PlainArchiveTests {
  private func verdict(_ bytes: [UInt8], _ type: String = "application/zip", opinion: String = "application/zip") throws
    -> String
  {
    let type = try #require(PlainType(contentType: type))
    let request = DecoderRequest(claimed: .plain(type), size: bytes.count, variants: [])
    return switch Inspector.answer(request, bytes, opinion: opinion) {
    case .refused(let reason, _): reason.rawValue
    case .decoded(let facts, _): facts == .init(plain: type) ? "accepted" : "other facts"
    }
  }

  private static let usual: [ZipBuilder.Entry] = [.init("a.txt", "text"), .init("folder/", ""), .init("folder/b", "b")]

  @Test func `archives as programs write them are accepted, also empty, with a comment, or with other alphabets`()
    throws
  {
    var zip = ZipBuilder(Self.usual)
    #expect(try verdict(zip.bytes) == "accepted")
    #expect(try verdict(ZipBuilder([]).bytes) == "accepted")
    zip.comment = Array("9d97d3b1e0f7a5c2d4b68f0c1a2e3f4455667788".utf8)
    #expect(try verdict(zip.bytes) == "accepted")
    // Two Japanese names in Shift JIS differ only in bytes that are not UTF-8.
    var names = ZipBuilder([.init("a", "1"), .init("b", "2")])
    names.entries[0].name = [0x93, 0xFA, 0x96, 0x7B]
    names.entries[1].name = [0x93, 0xFA, 0x96, 0xD8]
    #expect(try verdict(names.bytes) == "accepted")
  }

  private typealias Change = (name: String, expected: String, change: @Sendable (inout ZipBuilder) -> Void)

  private static let changes: [Change] = [
    ("a name with backslashes", "malformed_archive", { $0.entries.append(.init("x\\y.txt", "")) }),
    ("a name that climbs", "malformed_archive", { $0.entries.append(.init("../x", "")) }),
    ("a name twice", "malformed_archive", { $0.entries.append(.init("A.TXT", "")) }),
    ("a name twice, once as a folder", "malformed_archive", { $0.entries.append(.init("a.txt/", "")) }),
    ("another compression", "malformed_archive", { $0.entries[0].method = 9 }),
    ("an encrypted entry", "encrypted", { $0.entries[0].flags = 1 }),
    ("a program before it", "type_mismatch", { $0.prefix = Array("MZ".utf8) + [UInt8](repeating: 0, count: 60) }),
    ("bytes between entries", "type_mismatch", { $0.entries[0].gap = Array("hidden".utf8) }),
    ("bytes behind it", "type_mismatch", { $0.suffix = Array("hidden".utf8) }),
    ("another archive in its comment", "type_mismatch", { $0.comment = ZipBuilder([.init("b", "c")]).bytes }),
    ("a wrong checksum", "unreadable", { $0.entries[0].crc ^= 1 }),
    ("too many entries", "decompression_bomb", { $0.entries += (0..<10_001).map { .init("\($0)", "") } }),
  ]

  @Test(arguments: changes.indices)
  func `an archive that hides something, or that programs read differently, is refused`(index: Int) throws {
    let (name, expected, change) = Self.changes[index]
    var zip = ZipBuilder(Self.usual)
    change(&zip)
    let opinion = name.contains("program") ? "application/x-dosexec" : "application/zip"
    #expect(try verdict(zip.bytes, opinion: opinion) == expected, "\(name)")
  }

  @Test(arguments: [
    (1, 64, "decompression_bomb"), (2, 64, "decompression_bomb"), (2, 8, "accepted"), (3, 64, "decompression_bomb"),
  ])
  func `an archive in an archive counts as unpacked`(depth: Int, megabytes: Int, expected: String) throws {
    let folder = try ScratchFolder()
    let program = """
      import io, zipfile
      data = bytes(\(megabytes) << 20)
      for _ in range(\(depth)):
          out = io.BytesIO()
          with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
              archive.writestr("a", data)
          data = out.getvalue()
      open("a.zip", "wb").write(data)
      """
    try folder.run("python3", ["-c", program])
    #expect(try verdict(try folder.bytes("a.zip")) == expected)
  }

  @Test func `archives nine deep are refused, and encrypted archives inside as well`() throws {
    var bytes = ZipBuilder(Self.usual).bytes
    for depth in 2...9 {
      bytes = ZipBuilder([.init("inner.zip", bytes)]).bytes
      #expect(try verdict(bytes) == (depth < 9 ? "accepted" : "decompression_bomb"), "\(depth)")
    }
    var locked = ZipBuilder(Self.usual)
    locked.entries[0].flags = 1
    #expect(try verdict(ZipBuilder([.init("inner.zip", locked.bytes)]).bytes) == "encrypted")
    var odd = ZipBuilder(Self.usual)
    odd.entries[0].gap = Array("alignment".utf8)
    #expect(try verdict(ZipBuilder([.init("inner.jar", odd.bytes)]).bytes) == "accepted")
  }

  @Test func `an archive of another plain type is checked as well`() throws {
    let zip = ZipBuilder([.init("x\\y", "")]).bytes
    #expect(try verdict(zip, "application/x-foo") == "malformed_archive")
    #expect(try verdict(zip, "text/csv") == "type_mismatch")
  }
}
