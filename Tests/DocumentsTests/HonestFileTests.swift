import Core
import Foundation
import TestSupport
import Testing

@testable import Documents

struct HonestFileTests {
  @Test func `documents of real programs are accepted, and their features are noticed`() throws {
    let folder = try ScratchFolder()
    try Python.run("honest.py", [], in: folder)
    var seen: Set<FileType> = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where name != "picture.png" {
      let words = name.split(separator: ".").map(String.init)
      let type = try #require(FileType(rawValue: words[1]))
      let expected = words.count > 2 ? words[2] : "accepted"
      #expect(verdict(try folder.bytes(name), as: type) == expected, "\(name)")
      seen.insert(type)
    }
    #expect(seen == Set(documents).subtracting([.doc, .ppt]))
  }

  @Test func `compound files that libgsf lays out are accepted`() throws {
    let folder = try ScratchFolder()
    for (type, streams) in [
      (FileType.doc, [("WordDocument", Document.word()), ("1Table", [1, 2, 3])]),
      (.xls, [("Workbook", Document.workbook())]),
      (.ppt, [("PowerPoint Document", Document.presentation()), ("Current User", Document.currentUser())]),
    ] {
      for (name, bytes) in streams { try folder.write(bytes, to: name) }
      try folder.run("gsf", ["createole", "a.\(type)"] + streams.map(\.0))
      #expect(verdict(try folder.bytes("a.\(type)"), as: type) == "accepted", "\(type)")
    }
  }

  @Test(arguments: documents)
  func `the smallest document of each type is accepted as that type only`(type: FileType) {
    for claim in documents {
      #expect(verdict(Document.small(type), as: claim) == (claim == type ? "accepted" : "type_mismatch"), "\(claim)")
    }
  }

  @Test func `a package without a relationship to its main part is judged by the usual name`() {
    var file = OfficeFile(.xlsx)
    file.types = [("/xl/workbook.xml", "x")]
    file.relationships = [OfficeFile.relationship("officeDocument", "word/document.xml")]
    #expect(verdict(file.bytes, as: .xlsx) == "accepted")
    #expect(verdict(file.bytes, as: .docx) == "type_mismatch")
    file.types = [("/xl/workbook.xml", "text/plain")]
    #expect(verdict(file.bytes, as: .xlsx) == "type_mismatch")
  }

  @Test func `links to pages, pictures, workbooks and the author's templates are harmless`() {
    var file = OfficeFile(.docx)
    let links = [
      ("hyperlink", "https://example.com/"), ("hyperlink", "ms-word:ofe|u|https://example.com/a.docx"),
      ("image", "https://example.com/a.png"), ("image", "cid:image001.png@01D0"),
      ("externalLinkPath", "https://x.example/b.xlsx"),
      ("attachedTemplate", "file:///C:\\Users\\a\\AppData\\Roaming\\Microsoft\\Templates\\a.dotx"),
      ("attachedTemplate", "C:\\a.dotx"), ("attachedTemplate", "Normal.dotm"),
      ("attachedTemplate", "file:///Users/a/b.dotx"),
      ("oleObject", "file:///C:\\a.xlsx!Sheet1!R1C1"), ("video", "https://example.com/v"),
    ].map { OfficeFile.relationship($0.0, $0.1, isExternal: true) }
    file.add("word/_rels/document.xml.rels", Array(OfficeFile.list(links).utf8))
    #expect(verdict(file.bytes, as: .docx) == "accepted")
  }

  @Test func `the strict edition, another path for the document, and upper-case names are accepted`() {
    var file = OfficeFile(.docx)
    file.types = [("/word/Document2.XML", file.types[0].type)]
    file.relationships = [
      "<Relationship Id=\"a\" Type=\"http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument\" "
        + "Target=\"/Word/document2.xml\"/>"
    ]
    file.parts = [("word/document2.xml", Array("<document/>".utf8))]
    #expect(verdict(file.bytes, as: .docx) == "accepted")
  }

  @Test func `embedded workbooks, equations and damaged objects are harmless`() {
    var file = OfficeFile(.pptx)
    file.add("ppt/embeddings/Microsoft_Excel_Sheet1.xlsx", OfficeFile(.xlsx).bytes)
    #expect(verdict(file.bytes, as: .pptx) == "accepted")
    let equation = CompoundBuilder([.stream("Equation Native"), .stream("\u{1}Ole")]).bytes
    file.add("ppt/embeddings/oleObject1.bin", equation)
    #expect(verdict(file.bytes, as: .pptx) == "accepted")
    file.add("ppt/embeddings/oleObject2.bin", Array(equation.prefix(700)))
    #expect(verdict(file.bytes, as: .pptx) == "passive")
  }
}
