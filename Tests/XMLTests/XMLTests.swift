import Testing
import XML

@Suite struct `The XML reader` {
  private func read(_ text: String) throws -> XMLElement { try XMLReader.read(Array(text.utf8)) }

  @Test(arguments: [
    "", " ", "text", "<a>", "<a", "<a b>", "<a b=c/>", "<a b='<'/>", "<a></a", "<a></b>", "<a/><b/>", "<a/>text",
    "</a>",
    "<a>&nope;</a>", "<a>&#xD800;</a>", "<a>&#;</a>", "<a>& </a>", "<a><![CDATA[</a>", "<a><!-- </a>", "<?xml",
    "<1a/><",
    "<!DOCTYPE a><a/>", "<a><!DOCTYPE b></a>", "<a>&lolololololololololol;</a>",
  ])
  func `refuses what is malformed`(text: String) {
    #expect(throws: XMLReader.Malformed.self) { try read(text) }
  }

  @Test func `refuses what is not UTF-8`() {
    #expect(throws: XMLReader.Malformed.self) { try XMLReader.read(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) }
  }

  @Test func `bounds depth and number of elements`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    _ = try read(nested(XMLReader.maximumDepth))
    #expect(throws: XMLReader.Malformed.self) { try read(nested(XMLReader.maximumDepth + 1)) }
    #expect(throws: XMLReader.Malformed.self) {
      try read("<r>" + String(repeating: "<a/>", count: XMLReader.maximumElements) + "</r>")
    }
  }

  @Test func `reads elements, references, CDATA and comments`() throws {
    let root = try read(
      """
      \u{FEFF}<?xml version="1.0"?><!-- c --><s:r xmlns:s='x' y="1>2"> <K>a&amp;b&lt;&#x41;&#228;</K><!-- <K>no</K> -->
      <K><![CDATA[<&>]]]]></K><E/><?pi?><E a="b" /></s:r>\n
      """
    )
    #expect(root.name == "r" && root.children.map(\.name) == ["K", "K", "E", "E"])
    #expect(root.children.map(\.text) == ["a&b<Aä", "<&>]]", "", ""])
    #expect(root.text(of: "K") == "a&b<Aä" && root.text(of: "none") == nil)
  }
}
