import Core
import TestSupport
import Testing

@testable import Documents

struct OpenDocumentEventTests {
  private static let names: String = {
    let odf = ["script", "presentation", "text", "table", "draw", "form", "office", "meta", "style"]
    return odf.map { "xmlns:\($0)='urn:oasis:names:tc:opendocument:xmlns:\($0):1.0' " }.joined()
      + "xmlns:xlink='http://www.w3.org/1999/xlink' xmlns:z='urn:z' xmlns:old='http://openoffice.org/2000/script' "
      + "xmlns:calcext='urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0'"
  }()

  private func judge(_ content: String, as type: FileType = .odt, in part: String = "content.xml") -> String {
    var archive = Document.openDocument(type)
    let xml = ZipBuilder.Entry(part, "<office:document-content \(Self.names)>\(content)</office:document-content>")
    if part == "content.xml" { archive.entries[1] = xml } else { archive.entries.append(xml) }
    return verdict(archive.bytes, as: type)
  }

  @Test(arguments: [
    "vnd.sun.star.script:a.b?language=Basic&amp;location=document", "VND.SUN.STAR.SCRIPT:a",
    " &#9;&#10;macro:///A.B.C()",
    "Macro:///A", ".uno:RunMacro", ".UNO:x", "service:com.sun.star.x", "SERVICE:x", "slot:5500", "javascript:x",
    "vnd.sun.star.scri%70t:a", "%6dacro:x", "ma&#xAD;cro:x", "vnd.sun.star.expand:x", "\u{200B}macro:x",
  ])
  func `a link to a script is found by its scheme, in any place and encoding`(link: String) {
    for content in [
      "<script:event-listener xlink:href='\(link)' z:href='#a'/>", "<old:event xlink:href='\(link)'/>",
      "<text:a xlink:href='\(link)'/>", "<draw:a z:href='https://a.example/' xlink:href='\(link)'/>",
      "<form:button xlink:href='\(link)'/>", "<form:form form:command='\(link)'/>",
      "<presentation:event-listener presentation:action='show' xlink:href='\(link)'/>",
    ] {
      #expect(judge(content) == "active", "\(content)")
      for part in ["meta.xml", "settings.xml", "Object 1/content.xml", "Object 1/styles.xml"] {
        #expect(judge(content, in: part) == "active", "\(part): \(content)")
      }
    }
  }

  @Test(arguments: [
    ("<script:event-listener script:macro-name='A.B' z:macro-name=''/>", "active"),
    ("<old:event old:macro-name='A.B'/>", "active"), ("<script:event-listener xlink:href='a.b'/>", "active"),
    ("<presentation:event-listener presentation:action='execute' xlink:href='file:///c:/a.exe'/>", "active"),
    ("<presentation:event-listener presentation:action='next-page'/>", "accepted"),
    ("<presentation:event-listener presentation:action='show' xlink:href='#page2'/>", "accepted"),
    ("<presentation:event-listener presentation:action='show' xlink:href='https://a.example/'/>", "accepted"),
    ("<presentation:event-listener presentation:action='show' z:action='execute'/>", "accepted"),
    ("<text:execute-macro text:name='A.B'/>", "active"), ("<text:script>x</text:script>", "active"),
    ("<draw:applet/>", "active"), ("<text:dde-connection/>", "active"), ("<text:dde-connection-decls/>", "accepted"),
    ("<table:dde-link><office:dde-source/></table:dde-link>", "active"), ("<office:scripts/>", "accepted"),
    ("<text:a xlink:href='https://macro.example/script:a'/>", "accepted"),
    ("<text:a xlink:href='mailto:a@b.example'/>", "accepted"), ("<text:a xlink:href='a/macro:b'/>", "accepted"),
    ("<draw:image xlink:href='vnd.sun.star.Package:Pictures/a.png'/>", "accepted"),
    ("<draw:image xlink:href='vnd.sun.star.GraphicObject:1'/>", "accepted"),
    ("<draw:object xlink:href='./Object 1'/>", "accepted"),
    ("<draw:object xlink:href='https://a.example/'/>", "active"),
    ("<draw:floating-frame xlink:href='https://a.example/'/>", "active"),
    ("<draw:floating-frame xlink:href='file://server/a.odt'/>", "passive"),
    ("<draw:plugin xlink:href='https://a.example/a.swf' draw:mime-type='application/x-shockwave-flash'/>", "active"),
    ("<draw:plugin xlink:href='https://a.example/a'/>", "active"),
    ("<draw:plugin xlink:href='https://a.example/a.mp4' draw:mime-type='application/vnd.sun.star.media'/>", "accepted"),
    ("<draw:plugin xlink:href='Media/a.mp4' draw:mime-type='application/vnd.sun.star.media'/>", "accepted"),
    ("<text:section-source xlink:href='https://a.example/a.odt'/>", "active"),
    ("<text:section-source xlink:href='../a.odt'/>", "accepted"),
    ("<meta:auto-reload xlink:href='https://a.example/' meta:delay='PT0S'/>", "active"),
    ("<table:table-source xlink:href='https://a.example/a.ods'/>", "accepted"),
    ("<draw:a xlink:href='#a' xmlns:x='http://openoffice.org/2000/x' x:href='#b'/>", "accepted"),
  ])
  func `automatic actions are found, and links that a reader follows are not`(content: String, expected: String) {
    #expect(judge(content) == expected)
    #expect(judge(content, in: "Object 1/styles.xml") == expected)
  }

  @Test(arguments: [
    ("<table:content-validation table:condition='of:cell-content-is-in-list(DDE(1;2;3))'/>", "active"),
    ("<style:map style:condition='cell-content()=DDE(1;2;3)'/>", "active"),
    ("<calcext:condition calcext:value='formula-is(DDE(1;2;3))'/>", "active"),
    ("<calcext:condition calcext:value='=\"DDE(\"'/>", "accepted"),
    ("<table:content-validation table:condition='of:cell-content-is-in-list(\"a|b\")'/>", "accepted"),
    ("<table:table-cell office:value='DDE(1;2;3)'/>", "accepted"),
  ])
  func `conditions count as formulas`(content: String, expected: String) {
    #expect(judge(content, as: .ods) == expected)
  }

  @Test(arguments: [
    ("<l:library l:name='Standard' l:link='false'/>", "accepted"),
    ("<l:library l:name='S' l:link='true'/>", "macros"), ("<l:library l:name='S' l:link='1'/>", "macros"),
    ("<l:library l:name='S' l:link='false' x:href='https://a.example/script.xlb'/>", "macros"),
    ("<l:library l:name='S'><l:element l:name='M'/></l:library>", "macros"),
    ("<l:library l:link='false' x:href=''/>", "accepted"),
  ])
  func `a linked Basic library counts as a macro`(library: String, expected: String) {
    for name in ["Basic/script-lc.xml", "Basic/Standard/dialog-lb.xml", "Object 1/Basic/dialog-lc.xml"] {
      var archive = Document.openDocument(.ods)
      let names = "xmlns:l='http://openoffice.org/2000/library' xmlns:x='http://www.w3.org/1999/xlink'"
      archive.entries.append(.init(name, "<l:libraries \(names)>\(library)</l:libraries>"))
      #expect(verdict(archive.bytes, as: .ods) == expected, "\(name)")
    }
  }

  @Test func `an entity declared in another file makes the document unreadable`() {
    let content = "<!DOCTYPE a SYSTEM \"a.dtd\"><a>&b;</a>"
    var archive = Document.openDocument(.odt)
    archive.entries[1] = .init("content.xml", content)
    #expect(verdict(archive.bytes, as: .odt) == "unreadable")
  }

  @Test func `an attribute that the document type adds counts`() {
    var archive = Document.openDocument(.odt)
    let type = "<!DOCTYPE a [<!ATTLIST b x:href CDATA 'macro:a' xmlns:x CDATA 'http://www.w3.org/1999/xlink'>]>"
    archive.entries[1] = .init("content.xml", "\(type)<a><b/></a>")
    #expect(verdict(archive.bytes, as: .odt) == "active")
  }
}
