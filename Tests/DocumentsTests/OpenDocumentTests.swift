import Core
import TestSupport
import Testing

@testable import Documents

struct OpenDocumentTests {
  private static let changes: [(name: String, expected: String, change: @Sendable (inout ZipBuilder) -> Void)] = [
    ("a module of Basic", "macros", { $0.entries.append(.init("Basic/Standard/Module1.xml", "<a/>")) }),
    (
      "a module in letters of another case", "macros",
      { $0.entries.append(.init("BASIC/Standard/Module1.xml", "<a/>")) }
    ),
    ("a script of Python", "macros", { $0.entries.append(.init("Scripts/python/a.py", "print()")) }),
    (
      "a list of modules", "macros",
      {
        $0.entries.append(
          .init("Basic/Standard/script-lb.xml", "<l:library xmlns:l=\"l\"><l:element l:name=\"M\"/></l:library>")
        )
      }
    ),
    (
      "a library of dialogs", "accepted",
      {
        let list = "<l:library xmlns:l=\"l\" l:link=\"false\"><l:element l:name=\"D\"/></l:library>"
        $0.entries.append(.init("Dialogs/Standard/dialog-lb.xml", list))
        $0.entries.append(.init("Dialogs/Standard/D.xml", "<a/>"))
      }
    ),
    (
      "a library of dialogs by link", "macros",
      {
        let list =
          "<l:libraries xmlns:l=\"l\" xmlns:x=\"http://www.w3.org/1999/xlink\">"
          + "<l:library x:href=\"https://a.example/dialog-lb.xml\" l:link=\"true\"/></l:libraries>"
        $0.entries.append(.init("Dialogs/dialog-lc.xml", list))
      }
    ),
    ("a module in an object", "macros", { $0.entries.append(.init("Object 1/Basic/Standard/M.xml", "<a/>")) }),
    ("a script in an object's object", "macros", { $0.entries.append(.init("a/b/scripts/python/a.py", "")) }),
    (
      "a list of modules in an object", "macros",
      {
        $0.entries.append(.init("Object 1/Basic/Standard/script-lb.xml", "<l:l xmlns:l=\"l\"><l:element/></l:l>"))
      }
    ),
    (
      "an empty list of modules in an object", "accepted",
      {
        $0.entries.append(.init("Object 1/Basic/script-lc.xml", "<a/>"))
        $0.entries.append(.init("Object 1/Scripts/", ""))
        $0.entries.append(.init("Pictures/Basic", ""))
      }
    ),
    ("content that does not end in an object", "unreadable", { $0.entries.append(.init("O/content.xml", "<a>")) }),
    (
      "an empty list of modules", "accepted",
      {
        $0.entries.append(.init("Basic/Standard/script-lb.xml", "<!DOCTYPE a PUBLIC \"b\" \"c.dtd\"><a/>"))
        $0.entries.append(.init("Basic/", ""))
      }
    ),
    ("another first entry", "malformed_archive", { $0.entries.swapAt(0, 1) }),
    ("a media type that is packed", "malformed_archive", { $0.entries[0].method = 8 }),
    ("no media type", "type_mismatch", { $0.entries.removeFirst() }),
    (
      "a template", "type_mismatch",
      {
        $0.entries[0] = .init("mimetype", "application/vnd.oasis.opendocument.text-template")
      }
    ),
    (
      "a media type with more behind it", "type_mismatch",
      { $0.entries[0] = .init("mimetype", "application/vnd.oasis.opendocument.text\n") }
    ),
    ("a manifest of another type", "type_mismatch", { $0.entries[2] = Document.openDocument(.odp).entries[2] }),
    ("no manifest", "unreadable", { $0.entries.removeLast() }),
    ("no content", "unreadable", { $0.entries.remove(at: 1) }),
    (
      "entities", "unreadable",
      {
        $0.entries[1] = .init("content.xml", "<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d \"&b;&b;\">]><a>&d;</a>")
      }
    ),
    ("content that does not end", "unreadable", { $0.entries[1] = .init("content.xml", "<a>") }),
    (
      "a project of macros", "macros",
      {
        $0.entries.append(.init("Object 1", CompoundBuilder([.storage("Macros", [])]).bytes))
      }
    ),
    ("a file to open", "passive", { $0.entries.append(.init("Object 1", OfficePackageTests.package("a.txt"))) }),
  ]

  @Test(arguments: changes.indices)
  func `an archive that is more than an OpenDocument text is refused or marked`(index: Int) {
    let (name, expected, change) = Self.changes[index]
    var archive = Document.openDocument(.odt)
    change(&archive)
    #expect(verdict(archive.bytes, as: .odt) == expected, "\(name)")
  }

  @Test(arguments: [
    (
      "<s:event-listener xmlns:s=\"s\" xmlns:x=\"x\" s:event-name=\"dom:load\" x:href=\"vnd.sun.star.script:a\"/>",
      "active"
    ),
    ("<s:event-listener xmlns:s=\"s\" s:event-name=\"on-click\" s:macro-name=\"Standard.M.main\"/>", "active"),
    ("<p:event-listener xmlns:p=\"p\" p:event-name=\"dom:click\" p:action=\"next-page\"/>", "accepted"),
    ("<o:scripts/>", "accepted"),
    ("<o:scripts><o:script xmlns:s=\"s\" s:language=\"ooo:Basic\"/></o:scripts>", "active"),
    ("<o:dde-source o:dde-application=\"soffice\"/>", "active"),
  ])
  func `active content is marked`(content: String, expected: String) {
    let archive = Document.openDocument(.odt, content: content)
    #expect(verdict(archive.bytes, as: .odt) == expected)
    for name in ["styles.xml", "Object 1/content.xml", "a/b/Styles.xml"] {
      var outer = Document.openDocument(.odt)
      outer.entries.append(.init(name, archive.entries[1].data))
      #expect(verdict(outer.bytes, as: .odt) == expected, "\(name)")
    }
  }

  @Test func `an encrypted file inside makes the document encrypted`() {
    let manifest =
      "<m:file-entry m:full-path=\"content.xml\" m:media-type=\"text/xml\"><m:encryption-data m:checksum=\"x\"/></m:file-entry>"
    #expect(verdict(Document.openDocument(.ods, manifest: manifest).bytes, as: .ods) == "encrypted")
  }
}
