import Core
import Testing

@Suite struct FileFilterTests {
  @Test func `without a filter the list has ready, pending, received and rejected files`() throws {
    let filter = try FileFilter()
    #expect(filter.states == [.pending, .received, .ready, .rejected] && !filter.isSelective)
  }

  @Test(arguments: ["", ",", "ready,", "ready,ready", "Ready", "ready pending", "gone", "ready,gone"])
  func `states are known names, each at most once`(states: String) {
    #expect(throws: StorageError.self) { try FileFilter(states: states) }
  }

  @Test(arguments: [
    "", "*", "*/*", "image", "image/", "/png", "image/*/x", "IMAGE/png", "image/p%", "image/png; q=1", "im*/png",
  ])
  func `types are media types, or all subtypes of one type`(type: String) {
    #expect(throws: StorageError.self) { try FileFilter(type: type) }
  }

  @Test func `names have a length limit, and visibility has three values`() throws {
    for name in ["", String(repeating: "ä", count: 101), "a\u{0}"] {
      #expect(throws: StorageError.self) { try FileFilter(name: name) }
    }
    #expect(try FileFilter(name: String(repeating: "ä", count: 100)).isSelective)
    #expect(throws: StorageError.self) { try FileFilter(visibility: "images") }
    #expect(try FileFilter(type: "application/vnd.ms-excel", visibility: "premium").visibility == .premium)
  }

  @Test func `an order is a member of the record, in one of two directions`() throws {
    #expect(try FileOrder(claimed: nil) == .newest && FileOrder(claimed: "-createdAt") == .newest)
    #expect(try FileOrder(claimed: "filename") == .name && FileOrder(claimed: "-size") == .largest)
    for text in ["", "-", "name", "FILENAME", "--size", "size ", "+size", "size,filename"] {
      #expect(throws: StorageError.self, "\(text)") { try FileOrder(claimed: text) }
    }
  }

  @Test(arguments: [
    ("Straße", "STRASSE"), ("STRAẞE", "straße"), ("e\u{301}", "É"), ("Σας", "σΑσ"), ("ﬁle", "FILE"), ("Å", "a\u{30A}"),
    ("İ", "i\u{307}"),
  ])
  func `texts that differ only in case or Unicode composition fold alike`(one: String, other: String) {
    #expect(Array(FileName.folded(one).utf8) == Array(FileName.folded(other).utf8))
    #expect(Array(FileName.folded(FileName.folded(one)).utf8) == Array(FileName.folded(one).utf8))
  }
}
