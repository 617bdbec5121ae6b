import Core
import TestSupport
import Testing

@testable import Documents

struct PDFTests {
  @Test(arguments: [
    ("", "\n%%EOF\n", "accepted"), ("", "\n%%EOF", "accepted"), ("", "\n", "unreadable"),
    ("", "\n%%EOF\nPK", "type_mismatch"), ("", "\n%%EOF\n%%EOF \r\n", "accepted"),
    (" ", "\n%%EOF\n", "accepted"), ("\r\n", "\n%%EOF", "accepted"), ("\u{FEFF}", "\n%%EOF\n", "accepted"),
    ("\u{FEFF}\r\n\u{FEFF}\t\u{0C}\0", "\r%%EOF\r", "accepted"), ("x", "\n%%EOF\n", "type_mismatch"),
    ("\u{1A}", "\n%%EOF\n", "type_mismatch"), ("\u{0B}", "\n%%EOF\n", "type_mismatch"),
    ("\n<html>", "\n%%EOF\n", "type_mismatch"), ("\nGIF89a", "\n%%EOF\n", "type_mismatch"),
    ("HTTP/1.1 200 OK\r\n\r\n", "\n%%EOF\n", "type_mismatch"),
    ("", "\n%%EOF\r\n\u{1A}", "accepted"), ("", "\n%%EOF\u{1A}\u{1A}\0\0\r\n \t\u{0C}", "accepted"),
    ("", "\n%%EOF\u{1A}x", "type_mismatch"), ("", "\n%%EOF\u{0B}", "type_mismatch"), ("", "\n%%EO\u{1A}", "unreadable"),
  ])
  func `a PDF must have its end marker, and end there`(before: String, after: String, expected: String) {
    let body = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>"
    #expect(verdict(Array((before + body + after).utf8), as: .pdf) == expected)
  }

  @Test(arguments: [(1024, "accepted"), (1025, "type_mismatch")])
  func `up to 1,024 bytes of white space may precede the header`(count: Int, expected: String) {
    let file = PDFText(["<</Type/Catalog>>"])
    for space in ["\n", "\0", " "] {
      let preface = Array(String(repeating: space, count: count).utf8)
      #expect(verdict(preface + file.bytes, as: .pdf) == expected)
      #expect(verdict(preface + file.withoutTable, as: .pdf) == expected)
    }
  }

  @Test func `a PDF whose offsets count the white space before the header is read as well`() {
    var file = PDFText(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"])
    file.head = "\r\n \u{FEFF}%PDF-1.7\n"
    #expect(verdict(file.bytes, as: .pdf) == "accepted")
    file.objects[0] = "<</Type/Catalog/OpenAction<</S/JavaScript/JS(1)>>>>"
    #expect(verdict(file.bytes, as: .pdf) == "active")
  }

  @Test func `white space of any length may follow the end marker, and costs little`() {
    let file = PDFText(["<</Type/Catalog>>"]).bytes
    let start = ContinuousClock.now
    for byte in [UInt8(0), 0x1A, 0x0D] {
      #expect(verdict(file + [UInt8](repeating: byte, count: 10 << 20), as: .pdf) == "accepted")
    }
    #expect(start.duration(to: .now) < .seconds(20))
  }

  @Test func `white space around a PDF hides neither an archive nor a script`() {
    let zip = ZipBuilder([.init("a", "b")]).bytes
    let stream = Array("%PDF-1.7\n1 0 obj<</Length \(zip.count)>>stream\n".utf8) + zip
    let body =
      stream + Array("\nendstream endobj\n2 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 2 0 R>>\n%%EOF\n".utf8)
    for count in [0, 70_000] {
      #expect(verdict([0x0A] + body + [UInt8](repeating: 0, count: count), as: .pdf) == "type_mismatch")
    }
    let script = PDFText(["<</Type/Catalog/OpenAction<</S/JavaScript/JS(1)>>>>"]).bytes
    #expect(verdict([0xEF, 0xBB, 0xBF] + script + [UInt8](repeating: 0, count: 5000), as: .pdf) == "active")
    #expect(verdict(script + [UInt8](repeating: 0, count: 5000) + script, as: .pdf) == "active")
  }

  @Test(arguments: [
    "", "1 0 obj<</Type/Catalog>>endobj\n", "trailer<<>>\n", "trailer<</Root 1 0 R>>\n",
    "1 0 obj[]endobj\ntrailer<</Root 1 0 R>>\n",
  ])
  func `a PDF whose trailer leads to no catalog is refused`(text: String) {
    #expect(verdict(Array("%PDF-1.7\n\(text)%%EOF\n".utf8), as: .pdf) == "unreadable")
  }

  private func pdf(_ objects: String...) -> [UInt8] { PDFText(objects).withoutTable }

  @Test(arguments: [
    ("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", "active"), ("/OpenAction 2 0 R", "active"),
    ("/OpenAction<</S/J#61vaScript/JS(1)>>", "active"), ("/Open#41ction<</S/#4a#61vaScript/J#53(1)>>", "active"),
    ("/OpenAction<</S/Launch/F(cmd.exe)>>", "active"), ("/OpenAction<</S/URI/URI(https://example.com)>>", "active"),
    ("/OpenAction<</S/GoTo/D[3 0 R/Fit]>>", "accepted"), ("/OpenAction[3 0 R/Fit]", "accepted"),
    ("/OpenAction<</S/Named/N/Print>>", "accepted"),
    ("/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next<</S/JavaScript/JS(1)>>>>", "active"),
    ("/AA<</WC<</S/JavaScript/JS(1)>>>>", "active"), ("/AA<</WC<</S/URI/URI(https://example.com)>>>>", "active"),
    ("/AA<</WC<</S/GoTo/D[3 0 R/Fit]>>>>", "accepted"), ("/AcroForm<</Fields[]/XFA[(a)3 0 R]>>", "active"),
    ("/Names<</JavaScript<</Names[]>>>>", "accepted"),
    ("/AcroForm<</Fields[]>>", "accepted"), ("/Names<</JavaScript<</Names[(a)2 0 R]>>>>", "active"),
    ("/Names<</EmbeddedFiles<</Names[(a)3 0 R]>>>>", "passive"), ("/AF[<</Type/Filespec/EF<</F 3 0 R>>>>]", "passive"),
    ("/X<</Subtype/RichMedia/RichMediaContent<<>>>>", "active"), ("/X[[[[<</S/Launch>>]]]]", "active"),
    ("/X<</A<</S/SubmitForm/F(https://example.com)>>>>", "passive"),
    ("/X<</S/URI/URI(https://example.com)>>", "accepted"),
    ("/AA<</F<</S/JavaScript/JS(AFNumber_Format\\(2, 0, 0, 0, \"EUR \", true\\);)>>>>", "accepted"),
    ("/AA<</C<</S/JavaScript/JS(AFSimple_Calculate\\(\"SUM\", new Array \\(\"a\", \"b\"\\)\\))>>>>", "accepted"),
    ("/AA<</F<</S/JavaScript/JS(AFNumber_Format\\(2, 0, app.alert\\(1\\)\\))>>>>", "active"),
    ("/AA<</F<</S/JavaScript/JS(AFNumber_Format\\(1\\);app.alert\\(1\\))>>>>", "active"),
    ("/X<</S/Rendition/JS(1)>>", "active"), ("/X(JavaScript /JS /Launch)", "accepted"),
    ("/Font<</JS 3 0 R>>", "accepted"),
  ])
  func `active and embedded content of a PDF is found, however it is spelled`(catalog: String, expected: String) {
    // The check also finds unreferenced objects. So if no finding is expected, the file contains no script.
    let script = expected == "active" ? "<</S/JavaScript/JS(1)>>" : "<</S/GoTo/D[3 0 R/Fit]>>"
    let bytes = pdf("<</Type/Catalog/Pages 3 0 R\(catalog)>>", script, "<</Type/Pages/Kids[]/Count 0>>")
    #expect(verdict(bytes, as: .pdf) == expected)
  }

  @Test(arguments: [(1, "active"), (300, "decompression_bomb")])
  func `a script in a compressed object stream is found, unless the stream unpacks to too much`(
    megabytes: Int,
    expected: String
  ) throws {
    let folder = try ScratchFolder()
    let program = """
      import zlib
      objects = b"2 0 3 31 <</Type/Pages/Kids[]/Count 0>>  <</S/JavaScript/JS(app.alert(1))>>"
      data = zlib.compress(objects + bytes(\(megabytes) << 20))
      head = b"%PDF-1.7\\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction 3 0 R>>endobj\\n"
      stream = b"4 0 obj<</Type/ObjStm/N 2/First 9/Filter/FlateDecode/Length %d>>stream\\n%s\\nendstream endobj\\n" % (len(data), data)
      table = head + stream
      rows = bytes([0, 0, 0, 0, 255]) + bytes([1, 0, 0, 9, 0]) + bytes([2, 0, 0, 4, 0]) + bytes([2, 0, 0, 4, 1])
      rows += bytes([1]) + len(head).to_bytes(3, "big") + bytes([0]) + bytes([1]) + len(table).to_bytes(3, "big") + bytes([0])
      cross = b"5 0 obj<</Type/XRef/Size 6/W[1 3 1]/Root 1 0 R/Length %d>>stream\\n%s\\nendstream endobj\\n" % (len(rows), rows)
      open("a.pdf", "wb").write(table + cross + b"startxref\\n%d\\n%%%%EOF\\n" % len(table))
      """
    try folder.run("python3", ["-c", program])
    let bytes = try folder.bytes("a.pdf")
    #expect(!bytes.contains(text: "JavaScript"))
    #expect(verdict(bytes, as: .pdf) == expected)
  }

  @Test func `an archive behind a PDF, in its last comment or under its directory is found`() {
    let archive = OfficeFile(.docx).archive
    var inside = archive
    inside.prefix = Array("%PDF-1.7\n1 0 obj<</Length 9999>>stream\n".utf8)
    inside.comment = Array("\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".utf8)
    #expect(verdict(inside.bytes, as: .pdf) == "type_mismatch")
    #expect(verdict(Document.pdf() + archive.bytes, as: .pdf) == "type_mismatch")
  }

  @Test func `an archive in a stream near the end, with offsets relative to its own start, is found`() {
    let archive = OfficeFile(.docx).bytes
    func around(_ archive: [UInt8], tail: Int) -> [UInt8] {
      let head = "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
      let body = Array("\(head)3 0 obj<</Length \(archive.count)>>stream\n".utf8) + archive
      let space = String(repeating: " ", count: tail)
      return body + Array("\nendstream endobj\n\(space)trailer<</Root 1 0 R/Size 4>>\n%%EOF\n".utf8)
    }
    #expect(verdict(around(archive, tail: 0), as: .pdf) == "type_mismatch")
    #expect(verdict(around(archive, tail: 60_000), as: .pdf) == "type_mismatch")
    #expect(verdict(around(archive.map { $0 & 0x4F }, tail: 0), as: .pdf) == "accepted")
    let wide =
      Array(archive.prefix(archive.count - 22)) + Document.littleEndian(0x0606_4B50, 4)
      + [UInt8](repeating: 0, count: 52)
    let end = wide + Document.littleEndian(0x0706_4B50, 4) + [UInt8](repeating: 0, count: 16) + archive.suffix(22)
    #expect(verdict(around(Array(end), tail: 0), as: .pdf) == "type_mismatch")
  }

  @Test func `an uncompressed document embedded at the end of an old PDF is no second file`() {
    let nodes: [CompoundBuilder.Node] = [
      .stream("WordDocument", Document.word()),
      .storage("ObjectPool", [.storage("_1", [.stream("Package", OfficeFile(.docx).bytes)])]),
    ]
    #expect(verdict(CompoundBuilder(nodes).bytes, as: .doc) == "accepted")
  }

  @Test func `an attached archive is an attachment if its stream is encoded, and otherwise a second file`() {
    let archive = ZipBuilder([.init("a", "b")]).bytes.map { $0 & 0x7F }
    let plain = String(decoding: archive, as: UTF8.self)
    let digits = Array("0123456789ABCDEF")
    let encoded = String(archive.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    for (text, filter, expected) in [
      (plain, "", "type_mismatch"), (encoded, "/Filter/ASCIIHexDecode", "passive"),
    ] {
      let stream = "<</Type/EmbeddedFile\(filter)/Length \(text.utf8.count)>>stream\n\(text)\nendstream"
      let bytes = pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>", stream)
      #expect(verdict(bytes, as: .pdf) == expected)
    }
  }
}
