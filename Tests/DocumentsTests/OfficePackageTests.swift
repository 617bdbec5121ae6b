import Core
import TestSupport
import Testing

@testable import Documents

struct OfficePackageTests {
  private static let office = "application/vnd.ms-office."
  private static let changes: [(name: String, expected: String, change: @Sendable (inout OfficeFile) -> Void)] = [
    (
      "a macro-enabled document", "macros",
      {
        $0.types[0].type = "application/vnd.ms-word.document.macroEnabled.main+xml"
      }
    ),
    (
      "a macro-enabled template", "macros",
      {
        $0.types[0].type = "application/vnd.ms-word.template.macroEnabledTemplate.main+xml"
      }
    ),
    ("a project of macros", "macros", { $0.add("word/vbaProject.bin", [1]) }),
    ("a project of macros in letters of another case", "macros", { $0.add("word/VBAPROJECT.BIN", [1]) }),
    ("a project of macros by its type", "macros", { $0.add("word/a.bin", [1], type: office + "vbaProject") }),
    (
      "a project of macros by its extension", "macros",
      {
        $0.defaults.append(("dat", office + "vbaProject"))
        $0.add("word/a.dat", [1])
      }
    ),
    (
      "a project of macros by a relationship", "macros",
      {
        $0.add("word/_rels/document.xml.rels", rels("vbaProject", "media/image1.png"))
      }
    ),
    (
      "a project of macros by what it is", "macros",
      {
        $0.add("word/media/image1.png", CompoundBuilder([.storage("VBA", [.stream("dir")])]).bytes)
      }
    ),
    (
      "macros of Excel 4", "macros",
      {
        $0.add("xl/macrosheets/sheet1.xml", Array("<a/>".utf8), type: "application/vnd.ms-excel.macrosheet+xml")
      }
    ),
    (
      "a workbook with macros inside", "macros",
      {
        let project = CompoundBuilder([
          .stream("Workbook"), .storage("_VBA_PROJECT_CUR", [.storage("VBA", [.stream("_VBA_PROJECT")])]),
        ])
        $0.add("word/embeddings/a.xls", project.bytes)
      }
    ),
    ("an ActiveX control", "active", { $0.add("word/activeX/activeX1.xml", [0x3C, 0x61, 0x2F, 0x3E]) }),
    ("a control by its type", "active", { $0.add("word/a.xml", [0x3C], type: office + "activeX+xml") }),
    (
      "a template from elsewhere", "active",
      {
        $0.add("word/_rels/settings.xml.rels", rels("attachedTemplate", "https://example.com/a.dotm", isExternal: true))
      }
    ),
    (
      "a template from a file server", "passive",
      {
        $0.add("word/_rels/settings.xml.rels", rels("attachedTemplate", "file:///\\\\server\\a.dotx", isExternal: true))
      }
    ),
    (
      "an object from elsewhere", "active",
      {
        $0.add("word/_rels/document.xml.rels", rels("oleObject", "http://example.com/a.html!", isExternal: true))
      }
    ),
    (
      "an object by another program", "active",
      {
        $0.add(
          "word/_rels/document.xml.rels",
          rels("oleObject", "mhtml:http://a.example!x-usc:http://b", isExternal: true)
        )
      }
    ),
    (
      "a frame from elsewhere", "active",
      {
        $0.add("word/_rels/webSettings.xml.rels", rels("frame", "https://example.com/", isExternal: true))
      }
    ),
    (
      "a link to a program", "active",
      {
        $0.add(
          "xl/externalLinks/externalLink1.xml",
          Array("<externalLink><ddeLink ddeService=\"cmd\"/></externalLink>".utf8)
        )
      }
    ),
    ("a program to start", "active", { $0.add("word/embeddings/oleObject1.bin", package("C:\\a\\run.exe")) }),
    ("a file to open", "passive", { $0.add("word/embeddings/oleObject1.bin", package("C:\\a\\note.txt")) }),
    (
      "a template of the kind", "type_mismatch",
      {
        $0.types[0].type = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
      }
    ),
    ("another media type", "type_mismatch", { $0.types[0].type = "text/html" }),
    (
      "two main parts", "type_mismatch", { $0.relationships.append(OfficeFile.relationship("officeDocument", "a.xml")) }
    ),
    (
      "no main part", "unreadable",
      {
        $0.parts = []; $0.types = []
      }
    ),
    ("no relationship to it", "unreadable", { $0.relationships = [] }),
    ("two types of a part", "unreadable", { $0.types.append(("/WORD/document.xml", "application/xml")) }),
    (
      "XML with entities", "unreadable",
      {
        $0.add("word/_rels/a.rels", Array("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".utf8))
      }
    ),
    (
      "XML of another kind of document", "unreadable",
      { $0.add("word/_rels/a.rels", Array("<!DOCTYPE html><a/>".utf8)) }
    ),
    ("XML that does not end", "unreadable", { $0.add("word/_rels/a.rels", Array("<a><b></a>".utf8)) }),
  ]

  private static func rels(_ type: String, _ target: String, isExternal: Bool = false) -> [UInt8] {
    Array(OfficeFile.list([OfficeFile.relationship(type, target, isExternal: isExternal)]).utf8)
  }

  /// Returns a file embedded as it is, in the form of Windows' Object Packager.
  static func package(_ path: String) -> [UInt8] {
    let text = Array("\(path)\u{0}\(path)\u{0}".utf8)
    let identifier: [UInt8] = [0x0C, 0, 3, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]
    let stream = CompoundBuilder.Node.stream("\u{1}Ole10Native", [9, 0, 0, 0, 2, 0] + text)
    return CompoundBuilder([.storage("a", classID: identifier, [stream])]).bytes
  }

  @Test(arguments: changes.indices)
  func `a document with foreign content is refused or marked`(index: Int) {
    let (name, expected, change) = Self.changes[index]
    var file = OfficeFile(.docx)
    change(&file)
    #expect(verdict(file.bytes, as: .docx) == expected, "\(name)")
  }

  @Test(arguments: [
    ("<w:fldSimple w:instr=' ddeauto c:\\\\cmd.exe'/>", "active"), ("<w:fldSimple w:instr='DATE'/>", "accepted"),
    (
      "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:instrText> DDE</w:instrText><w:instrText>AUTO c</w:instrText>",
      "active"
    ),
    (
      "<w:fldChar w:fldCharType='begin'/><w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType='end'/><w:t>DDE</w:t>",
      "accepted"
    ),
    ("<w:t>DDEAUTO in a text</w:t><w:instrText>HYPERLINK \"DDE\"</w:instrText>", "accepted"),
    ("<w:fldChar/><w:instrText>D<w:x/>DE x</w:instrText><w:fldChar/>", "active"),
    ("<w:fldSimple w:instr='DATE'><w:t>DDE</w:t></w:fldSimple><w:t>DDE</w:t>", "accepted"),
    ("<w:fldChar/><w:instrText><!-- a -->D&#68;E x</w:instrText><w:fldChar/>", "active"),
  ])
  func `a field that starts a program is found in every story`(body: String, expected: String) {
    let xml = Array("<w:document xmlns:w=\"w\">\(body)</w:document>".utf8)
    for part in ["word/header1.xml", "word/footnotes.xml"] {
      var file = OfficeFile(.docx)
      file.add(part, xml)
      #expect(verdict(file.bytes, as: .docx) == expected, "\(part)")
    }
    var file = OfficeFile(.docx)
    file.parts = [("word/document.xml", xml)]
    #expect(verdict(file.bytes, as: .docx) == expected)
  }

  @Test func `content types without a part are harmless`() {
    var file = OfficeFile(.xlsx)
    file.defaults[2].1 = "application/vnd.ms-office.vbaProject"
    #expect(verdict(file.bytes, as: .xlsx) == "accepted")
  }

  @Test func `an encrypted document is reported as such, whatever its type`() {
    let file = CompoundBuilder([.stream("EncryptionInfo"), .stream("EncryptedPackage")]).bytes
    for type in documents where type.structure == .officeOpenXML || type.structure == .compound {
      #expect(verdict(file, as: type) == "encrypted", "\(type)")
    }
    #expect(verdict(file, as: .odt) == "type_mismatch")
  }

  @Test func `an archive without content types is not a document`() {
    let archive = ZipBuilder([.init("word/document.xml", "<document/>")])
    #expect(verdict(archive.bytes, as: .docx) == "type_mismatch")
    #expect(verdict(archive.bytes, as: .odt) == "type_mismatch")
  }
}
