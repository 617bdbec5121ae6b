import Core
import TestSupport
import Testing

@testable import Documents

struct NamespaceTests {
  private static let names = """
    xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" \
    xmlns:s="http://purl.oclc.org/ooxml/wordprocessingml/main" xmlns:z="urn:z" xmlns:y="urn:y" \
    xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="z"
    """

  private func document(_ body: String) -> [UInt8] {
    var file = OfficeFile(.docx)
    file.parts = [("word/document.xml", Array("<w:document \(Self.names)><w:body>\(body)</w:body></w:document>".utf8))]
    return file.bytes
  }

  @Test(arguments: [
    ("<w:fldSimple w:instr='DDEAUTO c a b' z:instr='PAGE'/>", "active"),
    ("<w:fldSimple z:instr='PAGE' w:instr='DDEAUTO c a b' y:instr='DATE'/>", "active"),
    ("<w:fldSimple w:instr='PAGE' z:instr='DDEAUTO c a b'/>", "accepted"),
    ("<z:fldSimple z:instr='DDEAUTO c a b'/>", "accepted"),
    ("<s:fldSimple s:instr='DDEAUTO c a b'/>", "active"), ("<s:fldSimple w:instr='DDEAUTO c a b'/>", "active"),
    ("<w:fldSimple w:instr='PAGE' instr='PAGE'/>", "accepted"),
    ("<w:fldSimple w:instr='PAGE' instr='DDEAUTO c a b'/>", "unreadable"),
    ("<w:fldSimple w:instr='PAGE' s:instr='DDEAUTO c a b'/>", "unreadable"),
    ("<x:fldSimple xmlns:x='http://schemas.openxmlformats.org/wordprocessingml/2006/main' x:instr='DDE a'/>", "active"),
    ("<fldSimple xmlns='http://purl.oclc.org/ooxml/wordprocessingml/main' instr='DDE a'/>", "active"),
  ])
  func `an attribute of a foreign namespace neither hides nor creates a field's instruction`(
    body: String,
    expected: String
  ) {
    #expect(verdict(document(body), as: .docx) == expected)
  }

  @Test(arguments: [
    "<z:fldChar z:fldCharType='separate'/>", "<z:instrText>PAGE</z:instrText>",
    "<z:any><w:instrText>PAGE</w:instrText></z:any>",
    "<mc:AlternateContent><mc:Choice Requires='z'><w:instrText>X</w:instrText></mc:Choice></mc:AlternateContent>",
    "<w:delInstrText>PAGE</w:delInstrText>", "<w:t>PAGE</w:t>",
    "<w:r><w:pict><y:v><w:txbxContent><w:instrText>PAGE</w:instrText></w:txbxContent></y:v></w:pict></w:r>",
    "<w:fldChar w:fldCharType='begin'/><w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType='end'/>",
    "<w:fldSimple w:instr='PAGE'/>", "<w:bookmarkStart w:id='1'/>", "<!-- PAGE -->", "<?PAGE?>",
    "<w:fldChar z:fldCharType='end'/>",
    "<y:v><w:txbxContent><w:fldChar w:fldCharType='end'/><w:fldChar w:fldCharType='begin'/></w:txbxContent></y:v>",
  ])
  func `ignorable content between two pieces of an instruction does not separate them`(between: String) {
    for ending in ["<w:fldChar w:fldCharType='end'/>", "<w:fldChar w:fldCharType='separate'/>", ""] {
      let body = """
        <w:fldChar w:fldCharType='begin'/><w:instrText>D</w:instrText>\(between)<w:instrText>DE</w:instrText>\
        <w:instrText>AUTO c</w:instrText>\(ending)
        """
      #expect(verdict(document(body), as: .docx) == "active")
    }
  }

  @Test(arguments: [
    "<mc:AlternateContent><mc:Choice Requires='z'>@</mc:Choice><mc:Fallback>#</mc:Fallback></mc:AlternateContent>",
    "<mc:AlternateContent><mc:Choice Requires='z'>#</mc:Choice><mc:Fallback>@</mc:Fallback></mc:AlternateContent>",
    "<z:any>@</z:any>", "<w:ins><w:r>@</w:r></w:ins>", "<w:sdt><w:sdtContent>@</w:sdtContent></w:sdt>",
    "<w:pict><y:v><w:txbxContent><w:p>@</w:p></w:txbxContent></y:v></w:pict>",
  ])
  func `a field is found in every alternative, text box and wrapper`(wrapper: String) {
    let field = "<w:fldChar w:fldCharType='begin'/><w:instrText>DDE c</w:instrText><w:fldChar w:fldCharType='end'/>"
    for body in [field, "<w:fldSimple w:instr='ddeauto c'/>"] {
      let text = wrapper.replacing("@", with: body).replacing("#", with: "<w:instrText>PAGE</w:instrText>")
      #expect(verdict(document(text), as: .docx) == "active")
    }
  }

  @Test func `an ambiguous list of relationships is unreadable`() {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    let one =
      "<Relationship Id=\"a\" Type=\"\(office)hyperlink\" Target=\"https://a.example/\" TargetMode=\"External\"/>"
    let other = one.replacing("a.example", with: "b.example")
    for (list, expected) in [
      ([one, one], "accepted"), ([one, other], "unreadable"),
      ([one, other.replacing("\"a\"", with: "\"b\"")], "accepted"),
      ([one, "<z:Relationship xmlns:z=\"urn:z\"/>"], "unreadable"),
      (
        [
          "<Relationship xmlns:z=\"urn:z\" z:Target=\"x\" z:Type=\"y\" Id=\"r\" Type=\"\(office)image\" Target=\"a.png\"/>"
        ],
        "accepted"
      ),
      (
        [
          "<Relationship xmlns:z=\"urn:z\" Id=\"r\" Type=\"\(office)attachedTemplate\" Target=\"https://a.example/\" "
            + "TargetMode=\"External\" z:Target=\"a.dotx\" z:Type=\"image\" z:TargetMode=\"Internal\"/>"
        ], "active"
      ),
    ] {
      var file = OfficeFile(.docx)
      file.add("word/_rels/document.xml.rels", Array(OfficeFile.list(list).utf8))
      #expect(verdict(file.bytes, as: .docx) == expected, "\(list)")
    }
  }

  @Test func `a manifest with contradictory entries for one path is unreadable`() {
    for (manifest, expected) in [
      (
        "<m:file-entry m:full-path=\"a\" m:media-type=\"x\"/><m:file-entry m:full-path=\"a\" m:media-type=\"x\"/>",
        "accepted"
      ),
      (
        "<m:file-entry m:full-path=\"a\" m:media-type=\"x\"/><m:file-entry m:full-path=\"a\" m:media-type=\"y\"/>",
        "unreadable"
      ),
      ("<z:file-entry xmlns:z=\"urn:z\" z:full-path=\"a\"/>", "unreadable"),
      (
        "<m:file-entry xmlns:z=\"urn:z\" m:full-path=\"/\" z:full-path=\"a\" m:media-type=\"x\" z:media-type=\"y\"/>",
        "unreadable"
      ),
    ] {
      #expect(verdict(Document.openDocument(.odt, manifest: manifest).bytes, as: .odt) == expected, "\(manifest)")
    }
  }

  @Test func `an action on a slide is not hidden by an attribute of a foreign namespace`() {
    for (attributes, expected) in [
      ("action='ppaction://program' z:action=''", "active"), ("action='' z:action='ppaction://program'", "accepted"),
      ("action='ppaction://program' a:action='ppaction://noaction'", "unreadable"),
    ] {
      var file = OfficeFile(.pptx)
      let xml = "<a:sld xmlns:a='urn:a' xmlns:z='urn:z'><a:hlinkClick \(attributes)/></a:sld>"
      file.add("ppt/slides/slide1.xml", Array(xml.utf8))
      #expect(verdict(file.bytes, as: .pptx) == expected, "\(attributes)")
    }
  }
}
