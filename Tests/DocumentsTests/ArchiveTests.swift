import Core
import TestSupport
import Testing

@testable import Documents

struct ArchiveTests {
  private typealias Change = (name: String, expected: String, change: @Sendable (inout ZipBuilder) -> Void)

  private static let changes: [Change] = [
    ("a page before it", "type_mismatch", { $0.prefix = Array("<html></html>".utf8) }),
    ("a PDF before it", "type_mismatch", { $0.prefix = Array("%PDF-1.4\n".utf8) }),
    ("an entry before it that no directory knows", "type_mismatch", { zip in zip.prefix = zip.bytes }),
    ("bytes after its end", "type_mismatch", { $0.suffix = Array("<script>".utf8) }),
    ("a comment", "type_mismatch", { $0.comment = Array("%PDF-1.4 … %%EOF".utf8) }),
    ("a gap between entries", "type_mismatch", { $0.entries[0].gap = Array("hidden".utf8) }),
    ("a gap before the directory", "type_mismatch", { $0.gap = [UInt8](repeating: 0, count: 64) }),
    ("a PDF in its first bytes", "type_mismatch", { $0.entries[0].localExtra = Array("%PDF-1.7\n".utf8) }),
    ("entries that share their bytes", "type_mismatch", { $0.entries[2].offset = 0 }),
    (
      "an entry that is quoted by the one before it", "type_mismatch",
      { zip in
        let inner = ZipBuilder([.init("a", "b")]).bytes.prefix(32)
        zip.entries.append(.init("outer", Array(inner)))
        zip.entries.append(.init("a", "b"))
        zip.entries[zip.entries.count - 1].offset = 0
      }
    ),
    ("an entry twice", "malformed_archive", { $0.entries.append($0.entries[1]) }),
    (
      "an entry twice but for its case", "malformed_archive",
      { $0.entries.append(.init(String(decoding: $0.entries[1].name, as: UTF8.self).uppercased(), "<a/>")) }
    ),
    ("an absolute name", "malformed_archive", { $0.entries.append(.init("/etc/passwd", "")) }),
    ("a name that climbs", "malformed_archive", { $0.entries.append(.init("word/../../x", "")) }),
    ("a name with a backslash", "malformed_archive", { $0.entries.append(.init("..\\x", "")) }),
    ("a name with backslashes", "malformed_archive", { $0.entries.append(.init("word\\media\\a.xml", "")) }),
    (
      "a name of 1,025 bytes", "malformed_archive",
      { $0.entries.append(.init(String(repeating: "a", count: 1025), "")) }
    ),
    ("a name with a drive", "malformed_archive", { $0.entries.append(.init("C:/x", "")) }),
    ("a name that ends early", "malformed_archive", { $0.entries.append(.init("word/a.xml\u{0}.exe", "")) }),
    ("an empty name", "malformed_archive", { $0.entries.append(.init("", "")) }),
    ("two opinions on a name", "malformed_archive", { $0.entries[2].localName = Array("word/other.xml".utf8) }),
    ("a checksum that is not true", "unreadable", { $0.entries[2].crc ^= 1 }),
    ("a longer size than there is", "unreadable", { $0.entries[2].size = 1 << 30 }),
    ("data beyond the directory", "malformed_archive", { $0.entries[2].compressedSize = 1 << 20 }),
    ("an entry fewer in the last record", "malformed_archive", { $0.count = $0.entries.count - 1 }),
    ("an entry more in the last record", "unreadable", { $0.count = $0.entries.count + 1 }),
    (
      "more entries than anybody has", "decompression_bomb",
      { zip in
        zip.entries += (0..<10_001).map { .init("word/\($0).xml", "") }
      }
    ),
    ("an encrypted entry", "encrypted", { $0.entries[2].flags = 1 }),
    ("strong encryption", "encrypted", { $0.entries[2].flags = 0x41 }),
    ("a hidden directory", "encrypted", { $0.entries[2].flags = 0x2000 }),
    ("another compression", "malformed_archive", { $0.entries[2].method = 14 }),
    ("data that do not unpack", "unreadable", { $0.entries[2].method = 8 }),
    ("sizes for ZIP64 that are nowhere", "unreadable", { $0.entries[2].size = 0xFFFF_FFFF }),
    ("an offset for ZIP64 that is nowhere", "unreadable", { $0.entries[2].offset = 0xFFFF_FFFF }),
  ]

  @Test(arguments: changes.indices)
  func `an archive with bytes outside of its entries, or malformed, is refused`(index: Int) {
    let (name, expected, change) = Self.changes[index]
    for (type, archive) in [(FileType.docx, OfficeFile(.docx).archive), (.ods, Document.openDocument(.ods))] {
      var archive = archive
      change(&archive)
      #expect(verdict(archive.bytes, as: type) == expected, "\(name), \(type)")
    }
  }

  @Test func `an archive cut short anywhere is unreadable`() {
    let bytes = OfficeFile(.xlsx).bytes
    for length in stride(from: 30, to: bytes.count, by: 7) {
      #expect(verdict(Array(bytes.prefix(length)), as: .xlsx) == "unreadable", "\(length) of \(bytes.count)")
    }
  }

  @Test func `randomly damaged bytes get a verdict, and never crash the check`() {
    var random = Seeded("broken documents")
    for type in documents {
      let bytes = Document.small(type)
      for _ in 0..<60 {
        var broken = bytes
        for _ in 0..<3 {
          broken[Int.random(in: 0..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        #expect(!verdict(broken, as: type).isEmpty)
      }
    }
  }

  @Test(arguments: [
    (64 << 20, 1, "decompression_bomb"), (15 << 20, 40, "decompression_bomb"),
    (15 << 20, 2, "accepted"),
  ])
  func `an archive that unpacks to too much is refused`(size: Int, count: Int, expected: String) throws {
    let folder = try ScratchFolder()
    try folder.write(OfficeFile(.docx).bytes, to: "a.docx")
    let program = """
      import sys, zipfile
      with zipfile.ZipFile("a.docx", "a", zipfile.ZIP_DEFLATED) as archive:
          for number in range(\(count)):
              with archive.open(f"word/media/{number}.xml", "w") as file:
                  for _ in range(\(size >> 20)):
                      file.write(bytes(1 << 20))
      """
    try folder.run("python3", ["-c", program])
    #expect(verdict(try folder.bytes("a.docx"), as: .docx) == expected)
  }
}
