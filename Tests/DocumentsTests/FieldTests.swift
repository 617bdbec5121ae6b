import Core
import TestSupport
import Testing

@testable import Documents

struct FieldTests {
  private static let space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

  private func document(_ body: String, encoding: String = "UTF-8") -> [UInt8] {
    var file = OfficeFile(.docx)
    let xml =
      "<?xml version=\"1.0\" encoding=\"\(encoding)\"?><w:document xmlns:w=\"\(Self.space)\">\(body)</w:document>"
    let bytes =
      encoding == "UTF-16"
      ? [0xFF, 0xFE] + xml.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] } : Array(xml.utf8)
    file.parts = [("word/document.xml", bytes)]
    return file.bytes
  }

  private func field(_ instruction: String) -> String {
    "<w:fldChar w:fldCharType='begin'/><w:instrText>\(instruction)</w:instrText><w:fldChar w:fldCharType='separate'/>"
      + "<w:t>a</w:t><w:fldChar w:fldCharType='end'/>"
  }

  @Test(arguments: [" ", "&#32;", "&#x9;", "\n", "&#xA0;", "\u{2003}", "\u{200B}", "\"", "\u{201C}"])
  func `whitespace of any length and kind before the instruction hides nothing`(space: String) {
    for count in [1, 1000, 70_000] {
      let instruction = String(repeating: space, count: count) + "DDEAUTO c a b"
      #expect(verdict(document(field(instruction)), as: .docx) == "active", "\(count)")
      let pieces = String(repeating: "<w:instrText>\(space)</w:instrText>", count: min(count, 5000))
      let body = "<w:fldChar w:fldCharType='begin'/>\(pieces)<w:instrText>DDE c</w:instrText>"
      #expect(verdict(document(body), as: .docx) == "active", "\(count) pieces")
      guard !space.contains("\"") else { continue }
      #expect(verdict(document("<w:fldSimple w:instr=\"\(instruction)\"/>"), as: .docx) == "active", "\(count)")
    }
  }

  @Test(arguments: [
    ("DDE c", "active"), ("ddeauto\tc", "active"), ("DdEaUtO\"c\"", "active"), ("DDEAUTO", "active"),
    ("DDE\\* MERGEFORMAT", "active"), ("<![CDATA[DDE]]>AUTO c", "active"), ("&#68;&#x44;E c", "active"),
    ("D<!-- x -->D<?x y?>E c", "active"), ("D<w:x>X</w:x>DE c", "active"),
    ("PAGE DDE", "accepted"), ("DDEX c", "accepted"), ("ADDE c", "accepted"), ("HYPERLINK \"DDE c\"", "accepted"),
    ("=DDE 1", "accepted"), ("_DDE c", "accepted"), ("REF DDE \\h", "accepted"), ("DDE1 c", "accepted"),
    ("ÄDDE c", "accepted"), ("QUOTE 68 68 69", "accepted"),
  ])
  func `an instruction is judged by its first word`(instruction: String, expected: String) {
    #expect(verdict(document(field(instruction)), as: .docx) == expected)
    #expect(verdict(document(field(instruction), encoding: "UTF-16"), as: .docx) == expected)
    let piece = instruction.first == "&" || instruction.contains("<") ? "" : String(instruction.dropFirst())
    guard !piece.isEmpty, let first = instruction.first else { return }
    let split = "\(first)</w:instrText></w:r><w:r><w:rPr/><w:instrText>\(piece)"
    let body = "<w:r><w:fldChar w:fldCharType='begin'/><w:instrText>\(split)</w:instrText></w:r>"
    #expect(verdict(document(body), as: .docx) == expected, "in two runs")
  }

  @Test(arguments: [
    (#"{<i>DDEAUTO {QUOTE 99}"c"</i>"#, "active"), (#"{<i>{QUOTE 68 68 69} c</i>"#, "active"),
    (#"{<i>IF {PAGE} = 1 DDE x</i>"#, "accepted"), (#"{<i>{DDE c}</i>"#, "active"),
    (#"{<i>D{PAGE}DE c</i>"#, "active"), (#"{<i>{MERGEFIELD a} b</i>"#, "accepted"),
    (#"{<i>= {PAGE} - 1</i>"#, "accepted"), (#"{<i>IF 1 = 1 {DDEAUTO c}</i>"#, "active"),
    (#"{<i>PAGE</i>|<t>x</t><i>DDE c</i>"#, "accepted"), (#"<t>DDE c</t>"#, "accepted"),
    (#"{<i>D</i><t>DE</t><i> c</i>"#, "active"), (#"{<i>{PAGE|<t>DDE</t>} c</i>"#, "active"),
    (#"{<i>D</i><m>begin</m><i>DE c</i>"#, "active"),
  ])
  func `nested fields are judged, and what they insert into the outer one`(short: String, expected: String) {
    // { begins a field, | separates its parts and } ends it. <i> interrupts the instruction.
    let mark = { (type: String) in "<w:fldChar w:fldCharType='\(type)'/>" }
    var isInstruction = false
    var body = ""
    var rest = short[...]
    let tags = [
      ("<i>", "<w:instrText>"), ("</i>", "</w:instrText>"), ("<t>", "<w:t>"), ("</t>", "</w:t>"),
      ("<m>begin</m>", "<w:fldChar w:fldCharType='Begin'/>"),
    ]
    while let next = rest.first {
      if let tag = tags.first(where: { rest.hasPrefix($0.0) }) {
        body += tag.0 == "<t>" && isInstruction ? "</w:instrText><w:t>" : tag.1
        if tag.0 == "</t>", isInstruction { body += "<w:instrText>" }
        if tag.0 == "<i>" { isInstruction = true }
        if tag.0 == "</i>" { isInstruction = false }
        rest = rest.dropFirst(tag.0.count)
        continue
      }
      let marks: [Character: String] = ["{": mark("begin"), "|": mark("separate"), "}": mark("end")]
      let text = marks[next] ?? String(next)
      body += marks[next] != nil && isInstruction ? "</w:instrText>\(text)<w:instrText>" : text
      rest = rest.dropFirst()
    }
    #expect(verdict(document(body + mark("end")), as: .docx) == expected, "\(body)")
  }

  @Test func `half a field in optional content, and too many nested fields, are unreadable`() {
    let begin = "<w:fldChar w:fldCharType='begin'/>"
    #expect(verdict(document("<z:a xmlns:z='urn:z'>\(begin)</z:a>"), as: .docx) == "unreadable")
    #expect(verdict(document(String(repeating: begin, count: 101)), as: .docx) == "unreadable")
    #expect(verdict(document(String(repeating: begin, count: 50)), as: .docx) == "accepted")
    let boxes = String(repeating: "<z:a xmlns:z='urn:z'><w:txbxContent>\(begin)", count: 40)
    let ends = String(repeating: "</w:txbxContent></z:a>", count: 40)
    #expect(verdict(document(boxes + ends + field("DDE c")), as: .docx) == "active")
  }

  @Test func `a field is found in a story that only a relationship or a content type names`() {
    let xml = Array("<w:hdr xmlns:w=\"\(Self.space)\">\(field("DDE c"))</w:hdr>".utf8)
    let type = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
    var file = OfficeFile(.docx)
    file.add("a/b.bin", xml)
    #expect(verdict(file.bytes, as: .docx) == "accepted")
    for target in ["../a/b.bin", "/a/b.bin", "../a/%62.bin", "..\\a\\b.bin", "../a/b.bin#x"] {
      var file = file
      let list = OfficeFile.list([OfficeFile.relationship("header", target)])
      file.add("word/_rels/document.xml.rels", Array(list.utf8))
      #expect(verdict(file.bytes, as: .docx) == "active", "\(target)")
    }
    file.types.append(("/a/b.bin", type))
    #expect(verdict(file.bytes, as: .docx) == "active")
  }
}
