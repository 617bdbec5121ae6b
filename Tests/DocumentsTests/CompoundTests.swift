import Core
import TestSupport
import Testing

@testable import Documents

struct CompoundTests {
  private typealias Case = (name: String, type: FileType, expected: String, nodes: [CompoundBuilder.Node])

  private static let word = CompoundBuilder.Node.stream("WordDocument", Document.word())
  private static let user = CompoundBuilder.Node.stream("Current User", Document.currentUser())
  private static let project = CompoundBuilder.Node.storage("VBA", [.stream("dir"), .stream("_VBA_PROJECT")])

  private static func excel(_ stream: [UInt8], name: String = "Workbook") -> [CompoundBuilder.Node] {
    [.stream(name, stream)]
  }

  private static let cases: [Case] = [
    ("macros of Word", .doc, "macros", [word, .storage("Macros", [project])]),
    ("macros of Excel", .xls, "macros", excel(Document.workbook()) + [.storage("_VBA_PROJECT_CUR", [project])]),
    ("macros under another name", .doc, "macros", [word, .storage("Other", [.storage("vba", [])])]),
    ("macros in an object", .doc, "macros", [word, .storage("ObjectPool", [.storage("_1", [project])])]),
    (
      "macros of PowerPoint", .ppt, "macros",
      [
        .stream(
          "PowerPoint Document",
          Document.presentation(Document.atom(0x0400, Document.littleEndian(1, 4) + Document.littleEndian(1, 4)))
        ), user,
      ]
    ),
    ("a sheet of macros", .xls, "macros", excel(Document.workbook(sheetKind: 1))),
    ("a sheet of macros that says it is none", .xls, "macros", excel(Document.workbook(beginning: 0x0040))),
    ("a module as a sheet", .xls, "macros", excel(Document.workbook(sheetKind: 6))),
    ("a chart as a sheet", .xls, "accepted", excel(Document.workbook(sheetKind: 2, beginning: 0x0020))),
    ("Excel 5's stream", .xls, "accepted", excel(Document.workbook(), name: "Book")),
    (
      "both of Excel's streams", .xls, "accepted", excel(Document.workbook()) + excel(Document.workbook(), name: "Book")
    ),
    ("an encrypted workbook", .xls, "encrypted", excel(Document.workbook(extra: Document.record(0x2F, [1, 0])))),
    ("an encrypted document", .doc, "encrypted", [.stream("WordDocument", Document.word(flags: 0x1300))]),
    (
      "an encrypted presentation", .ppt, "encrypted",
      [
        .stream("PowerPoint Document", Document.presentation()),
        .stream("Current User", Document.currentUser(token: 0xF3D1_C4DF)),
      ]
    ),
    (
      "an encrypted presentation by its records", .ppt, "encrypted",
      [
        .stream("PowerPoint Document", Document.presentation(Document.atom(0x2F14, [0]))), user,
      ]
    ),
    ("a document under management of rights", .doc, "encrypted", [.stream("\u{9}DRMContent"), word]),
    ("two documents in one", .doc, "type_mismatch", [word] + excel(Document.workbook())),
    ("a document in a folder", .doc, "type_mismatch", [.storage("a", [word])]),
    ("an installer", .doc, "type_mismatch", [.stream("\u{5}SummaryInformation")]),
    ("a message", .doc, "type_mismatch", [.stream("__properties_version1.0")]),
    ("another stream of that name", .doc, "unreadable", [.stream("WordDocument", [1, 2, 3])]),
    ("a workbook of no records", .xls, "unreadable", excel([9, 9, 9])),
    (
      "a record beyond its stream", .xls, "unreadable",
      excel(Document.workbook(extra: Document.littleEndian(0x42, 2) + Document.littleEndian(0xFFFF, 2)))
    ),
    (
      "a program to start", .doc, "active",
      [
        word,
        .storage(
          "ObjectPool",
          [
            .storage("_1", [.stream("\u{1}Ole10Native", [9, 0, 0, 0, 2, 0] + Array("a\u{0}C:\\a.js\u{0}".utf8))])
          ]
        ),
      ]
    ),
  ]

  @Test(arguments: cases.indices)
  func `the type of a compound file follows from its streams`(index: Int) {
    let (name, type, expected, nodes) = Self.cases[index]
    #expect(verdict(CompoundBuilder(nodes).bytes, as: type) == expected, "\(name)")
  }

  @Test func `macros outside the directory tree are found`() {
    let bytes = CompoundBuilder([Self.word, Self.project]).bytes
    // The root's only child is now the document, which has no siblings any more.
    let directory = 1024
    var hidden = bytes
    hidden.replaceSubrange((directory + 128 + 72)..<(directory + 128 + 76), with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(verdict(hidden, as: .doc) == "macros")
    #expect(verdict(CompoundBuilder([Self.word, .storage("V", [.stream("dir")])]).bytes, as: .doc) == "accepted")
  }

  @Test(arguments: [0x1A, 0x1C, 0x1E, 0x2C, 0x30, 0x4C, 512, 516])
  func `a damaged header or table is unreadable`(offset: Int) {
    var bytes = Document.small(.doc)
    bytes.replaceSubrange(offset..<(offset + 2), with: [0x77, 0x77])
    #expect(verdict(bytes, as: .doc) == "unreadable", "\(offset)")
  }

  @Test func `a cyclic allocation table does not loop for ever`() {
    for index in 0..<20 {
      var bytes = Document.small(.xls)
      for target in [0, 1, index] {
        bytes.replaceSubrange((512 + 4 * index)..<(516 + 4 * index), with: Document.littleEndian(target, 4))
        #expect(!verdict(bytes, as: .xls).isEmpty)
      }
    }
  }

  @Test func `a cyclic directory does not loop for ever`() {
    for field in [68, 72, 76] {
      for (entry, target) in [(0, 0), (1, 1), (1, 0), (2, 1)] {
        var bytes = Document.small(.doc)
        let start = 1024 + 128 * entry + field
        bytes.replaceSubrange(start..<(start + 4), with: Document.littleEndian(target, 4))
        #expect(!verdict(bytes, as: .doc).isEmpty, "\(entry), \(field), \(target)")
      }
    }
  }

  @Test func `a truncated file, or one with trailing data, is refused`() {
    for type in [FileType.doc, .xls, .ppt] {
      let bytes = Document.small(type)
      for length in [8, 511, 512, 1024, 1536, 3000] {
        #expect(verdict(Array(bytes.prefix(length)), as: type) == "unreadable", "\(type) \(length)")
      }
      #expect(verdict(bytes + OfficeFile(.docx).bytes, as: type) == "type_mismatch")
      #expect(verdict(bytes + [UInt8](repeating: 0x41, count: 100_000), as: type) == "type_mismatch")
    }
  }

  @Test func `more storages than the limit are refused, and exactly the limit is accepted`() {
    let most = (0..<9_990).map { CompoundBuilder.Node.storage("s\($0)", []) }
    #expect(verdict(CompoundBuilder([Self.word] + most).bytes, as: .doc) == "accepted")
    let streams = (0..<300).map { number in
      CompoundBuilder.Node.storage("s\(number)", (0..<40).map { .storage("t\($0)", []) })
    }
    #expect(verdict(CompoundBuilder([Self.word] + streams).bytes, as: .doc) == "decompression_bomb")
  }
}
