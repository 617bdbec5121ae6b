import Core
import TestSupport
import Testing

@testable import Documents

struct RelationshipTests {
  @Test(arguments: [
    (#"\\evil.example@SSL\DavWWWRoot\x.dotm"#, "active"), (#"\\evil.example@8080\x.dotm"#, "active"),
    (#"\\evil.example\davwwwroot\x.dotm"#, "active"), (#"\\203.0.113.7\a\x.dotm"#, "active"),
    ("//3405803783/a/x.dotm", "active"), ("file://0xcb.0.113.7/a/x.dotm", "active"),
    ("file:////0313.0.0x71.7/a/x.dotm", "active"), (#"file:///\\203.0.113.7\a"#, "active"),
    (#"\\?\UNC\evil.example@SSL\a"#, "active"), ("file://evil.example%40SSL/a", "active"),
    (#"\\2001-db8--1.ipv6-literal.net\a"#, "active"), ("file://[2001:db8::1]/a", "active"),
    (#"\\server\a.dotx"#, "passive"), (#"\\server.example\DavWWWRootX\a.dotx"#, "passive"),
    (#"\\10.1.2.3\a.dotx"#, "passive"), (#"\\192.168.1.1\a.dotx"#, "passive"), (#"\\172.31.0.1\a.dotx"#, "passive"),
    (#"\\172.32.0.1\a.dotx"#, "active"), (#"\\169.254.1.1\a.dotx"#, "passive"), ("file://127.1/a.dotx", "passive"),
    (#"\\fe80--1.ipv6-literal.net\a"#, "passive"), (#"\\fd00--1.ipv6-literal.net\a"#, "passive"),
    (#"\\1.2.3.4.5\a"#, "passive"), (#"\\1.2.3.256\a"#, "passive"), (#"\\server\a@b.dotx"#, "passive"),
    (#"C:\DavWWWRoot\a@b.dotx"#, "accepted"), ("file:///C:/a@b/DavWWWRoot/a.dotx", "accepted"),
  ])
  func `a template at an address that Windows treats as remote counts as remote`(target: String, expected: String) {
    for kind in ["attachedTemplate", "oleObject", "frame"] {
      var file = OfficeFile(.docx)
      let list = OfficeFile.list([OfficeFile.relationship(kind, target, isExternal: true)])
      file.add("word/_rels/settings.xml.rels", Array(list.utf8))
      #expect(verdict(file.bytes, as: .docx) == expected, "\(kind)")
    }
  }

  @Test func `a package whose main part is external is unreadable`() {
    for target in ["https://example.com/a.xml", "word/document.xml"] {
      var file = OfficeFile(.docx)
      file.relationships = [OfficeFile.relationship("officeDocument", target, isExternal: true)]
      #expect(verdict(file.bytes, as: .docx) == "unreadable")
      file.relationships.append(OfficeFile(.docx).relationships[0])
      #expect(verdict(file.bytes, as: .docx) == "unreadable")
    }
  }

  @Test(arguments: ["hlinkClick", "hlinkMouseOver", "hlinkHover"])
  func `an object on a slide that starts a program or a macro is found`(element: String) {
    let folders = ["slides", "slideLayouts", "slideMasters", "notesSlides", "notesMasters", "diagrams"]
    let actions = [
      ("ppaction://program", "active"), ("PPAction://Macro?name=a", "active"), ("ppaction://ole?verb=0", "accepted"),
      ("ppaction://hlinksldjump", "accepted"), ("ppaction://hlinkshowjump?jump=nextslide", "accepted"),
      ("", "accepted"),
    ]
    for (action, expected) in actions {
      let xml = Array("<p:sld xmlns:p=\"p\" xmlns:a=\"a\"><a:\(element) action=\"\(action)\"/></p:sld>".utf8)
      for folder in folders {
        var file = OfficeFile(.pptx)
        file.add("ppt/\(folder)/a1.xml", xml)
        #expect(verdict(file.bytes, as: .pptx) == expected, "\(folder) \(action)")
      }
      var file = OfficeFile(.pptx)
      file.add("a/b.bin", xml)
      let list = OfficeFile.list([OfficeFile.relationship("slide", "../a/b.bin")])
      file.add("ppt/_rels/presentation.xml.rels", Array(list.utf8))
      #expect(verdict(file.bytes, as: .pptx) == expected, "\(action)")
    }
  }
}
