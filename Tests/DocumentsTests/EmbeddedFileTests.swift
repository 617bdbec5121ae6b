import Core
import TestSupport
import Testing

@testable import Documents

struct EmbeddedFileTests {
  /// 1,024 bytes: the distance within which the check looks for the signature of a PDF.
  private static let room = Array("<a>\(String(repeating: " ", count: 1024))</a>".utf8)
  private static let program = Array("MZ\u{90}".utf8)
  private static let plainArchive = ZipBuilder([.init("a.txt", "b")])

  private static func macros(named name: String) -> [UInt8] {
    ZipBuilder([.init("[Content_Types].xml", "<Types/>"), .init(name, "a project")]).bytes
  }

  private static var packed: ZipBuilder {
    var archive = OfficeFile(.xlsx).archive
    archive.suffix = [0]
    return archive
  }

  private static let cases: [(name: String, file: String, expected: String, content: [UInt8])] = [
    ("a document with macros", "x.bin", "macros", Document.withMacros()),
    ("one by its project's name", "x.xlsx", "macros", macros(named: "xl/VBAProject.bin")),
    ("a document of another kind with macros", "x.odt", "macros", openDocumentWithMacros),
    ("a workbook", "x.xlsx", "accepted", OfficeFile(.xlsx).bytes),
    ("an OpenDocument file", "x.bin", "accepted", Document.small(.ods)),
    ("an old workbook", "x.xls", "accepted", Document.small(.xls)),
    ("a PDF", "x.bin", "accepted", Document.pdf()),
    ("an image", "x.png", "accepted", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    ("a metafile", "x.emf", "accepted", [1, 0, 0, 0, 0x6C]),
    ("an archive", "x.zip", "passive", plainArchive.bytes),
    ("an archive that cannot be read", "x.docx", "passive", packed.bytes),
    ("an archive that is encrypted", "x.docx", "passive", encrypted),
    ("an archive of types that are no XML", "x.docx", "passive", untyped),
    ("a program by its name", "a.b.ScR", "active", [1]),
    ("a program by what it is", "x.png", "active", program),
    ("an archive that runs", "x.jar", "active", plainArchive.bytes),
    ("another file", "x.bin", "passive", [1, 2, 3]),
    ("a text", "x.txt", "passive", Array("a text".utf8)),
    ("no file at all", "", "accepted", []),
  ]

  private static var openDocumentWithMacros: [UInt8] {
    var archive = Document.openDocument(.odt)
    archive.entries.append(.init("Basic/Standard/M.xml", "<a/>"))
    return archive.bytes
  }

  private static var encrypted: [UInt8] {
    var archive = OfficeFile(.docx).archive
    archive.entries[2].flags = 1
    return archive.bytes
  }

  private static var untyped: [UInt8] {
    var archive = OfficeFile(.docx).archive
    archive.entries[0] = .init("[Content_Types].xml", "<Types>")
    return archive.bytes
  }

  @Test(arguments: cases.indices)
  func `an embedded file is judged by its real type`(index: Int) {
    let (name, file, expected, content) = Self.cases[index]
    var document = OfficeFile(.docx)
    document.add("word/settings.xml", Self.room)
    document.add("word/embeddings/\(file)", content)
    #expect(verdict(document.bytes, as: .docx) == expected, "\(name)")
  }

  @Test func `a file elsewhere in a package is an ordinary part, unless it is a program or an archive`() {
    for (_, file, expected, content) in Self.cases where !file.isEmpty {
      let isPart = ["x.bin", "x.txt"].contains(file) && expected == "passive"
      var document = OfficeFile(.pptx)
      document.add("ppt/settings.xml", Self.room)
      document.add("ppt/media/\(file)", content)
      #expect(verdict(document.bytes, as: .pptx) == (isPart ? "accepted" : expected), "\(file)")
      var text = Document.openDocument(.odt, content: String(decoding: Self.room, as: UTF8.self))
      text.entries.append(.init("Object 1/\(file)", content))
      #expect(verdict(text.bytes, as: .odt) == (isPart ? "accepted" : expected), "\(file)")
    }
  }

  @Test func `a part that a relationship calls an object counts as embedded`() {
    var document = OfficeFile(.docx)
    document.add("word/media/a.bin", [1, 2, 3])
    #expect(verdict(document.bytes, as: .docx) == "accepted")
    let list = OfficeFile.list([OfficeFile.relationship("oleObject", "media/a.bin")])
    document.add("word/_rels/document.xml.rels", Array(list.utf8))
    #expect(verdict(document.bytes, as: .docx) == "passive")
  }

  @Test func `an archive within an archive of a document is not opened`() {
    var inner = OfficeFile(.docx)
    inner.add("word/embeddings/a.docx", Document.withMacros())
    var document = OfficeFile(.docx)
    document.add("word/embeddings/b.docx", inner.bytes)
    #expect(verdict(document.bytes, as: .docx) == "accepted")
  }

  @Test func `an obfuscated font is not an embedded file, whatever its first bytes are`() {
    var document = OfficeFile(.docx)
    document.add("word/fonts/font1.odttf", Self.program)
    #expect(verdict(document.bytes, as: .docx) == "accepted")
  }

  @Test func `embedded archives count towards the document's unpacked size`() throws {
    let folder = try ScratchFolder()
    let program = """
      import io, zipfile
      types = io.BytesIO()
      with zipfile.ZipFile(types, "w", zipfile.ZIP_DEFLATED) as archive:
          archive.writestr("[Content_Types].xml", b"<Types>" + b" " * (15 << 20) + b"</Types>")
      with zipfile.ZipFile("a.docx", "a") as archive:
          for number in range(40):
              archive.writestr(f"word/embeddings/{number}.docx", types.getvalue())
      """
    try folder.write(OfficeFile(.docx).bytes, to: "a.docx")
    try folder.run("python3", ["-c", program])
    #expect(verdict(try folder.bytes("a.docx"), as: .docx) == "decompression_bomb")
  }

  @Test(arguments: [
    ("a.rtf", "", "a", "active"), ("a.bin", "application/rtf", "a", "active"), ("a.bin", "", "{\\rtf1}", "active"),
    ("a.htm", "", "\u{FEFF} {\\rtf1}", "active"), ("a.htm", "text/html", "<html></html>", "passive"),
    ("a.txt", "", "a", "passive"),
  ])
  func `a chunk of another format is marked, and RTF counts as active`(
    name: String,
    type: String,
    text: String,
    expected: String
  ) {
    var document = OfficeFile(.docx)
    document.add("word/\(name)", Array(text.utf8), type: type.isEmpty ? nil : type)
    #expect(verdict(document.bytes, as: .docx) == "accepted")
    let list = OfficeFile.list([OfficeFile.relationship("aFChunk", "/word/\(name)")])
    document.add("word/_rels/document.xml.rels", Array(list.utf8))
    #expect(verdict(document.bytes, as: .docx) == expected)
  }
}
