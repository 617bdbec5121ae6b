import Core
import Glibc
import TestSupport
import Testing

@testable import Documents

/// The cost of checking a crafted document: at most the cost of the largest real document.
@Suite(.serialized)
struct PriceTests {
  private static let word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

  /// A Python expression for XML, and the verdict.
  ///
  /// Each would take minutes or all memory if time or memory grew faster than the document.
  private static let parts: [(name: String, part: String, expected: String, xml: String)] = [
    ("a comment of 400 MB", "word/document.xml", "decompression_bomb", "[b'<a><!--'] + [noise] * 4000 + [b'--></a>']"),
    ("a value of 400 MB", "word/document.xml", "decompression_bomb", "[b'<a b=\"'] + [noise] * 4000 + [b'\"/></a>']"),
    (
      "four comments of 12 MB", "word/document.xml", "accepted",
      "[b'<a>'] + ([b'<!--'] + [noise] * 120 + [b'-->']) * 4 + [b'</a>']"
    ),
    (
      "a hundred million elements", "word/document.xml", "decompression_bomb",
      "[b'<a>'] + [b'<a/>' * 20000 + b'<!--' + noise[:700] + b'-->'] * 6000 + [b'</a>']"
    ),
    (
      "a long namespace in front of every name", "word/document.xml", "decompression_bomb",
      "[b'<a xmlns=\"' + b'u' * 1000000 + b'\">'] + [b'<a/>' * 20000] * 100 + [b'</a>']"
    ),
    (
      "a namespace in front of every attribute", "word/document.xml", "decompression_bomb",
      "[b'<a xmlns:z=\"' + b'u' * 500 + b'\">'] + [b'<a z:b=\"\" z:c=\"\" z:d=\"\"/>' * 4000 + b'<!--' + noise[:1000] + b'-->'] * 4000 + [b'</a>']"
    ),
    ("a million depths", "word/document.xml", "decompression_bomb", "[b'<a>' * 1000000]"),
    (
      "ten million marks of fields", "word/document.xml", "decompression_bomb",
      "[b'<w:a xmlns:w=\"\(word)\">'] + [b'<w:fldChar/>' * 8000 + b'<!--' + noise[:700] + b'-->'] * 5000 + [b'</w:a>']"
    ),
    (
      "half a million relationships under a long name", String(repeating: "a/", count: 30_000) + "_rels/a.rels",
      "malformed_archive",
      "[b'<a>'] + [b'<Relationship/>'] * 250000 + [b'</a>']"
    ),
    (
      "a million relationships", "word/_rels/%d.rels", "decompression_bomb",
      "[b'<a>'] + [b'<Relationship Id=\"%d\" Type=\"a/b\" Target=\"c\"/>' % n for n in range(100000)] + [b'</a>']"
    ),
  ]

  /// These cases use up the whole budget, which takes a minute without optimisation.
  private static let isShort: @Sendable (Int) -> Bool = { index in
    !["a hundred million elements", "a namespace in front of every attribute", "ten million marks of fields"]
      .contains(parts[index].name)
  }

  @Test(arguments: parts.indices.filter { LongRun.isWanted || isShort($0) })
  func `a document that compresses well costs at most as much as the largest real document`(index: Int) throws {
    let (name, part, expected, xml) = Self.parts[index]
    let folder = try ScratchFolder()
    try folder.write(OfficeFile(.docx).bytes, to: "a.docx")
    let program = """
      import random, zipfile
      noise = random.Random(1).randbytes(500).hex().encode() + b"x" * 99000
      with zipfile.ZipFile("a.docx") as old, zipfile.ZipFile("b.docx", "w", zipfile.ZIP_DEFLATED) as new:
          for name in old.namelist():
              if name != "\(part)":
                  new.writestr(name, old.read(name))
          for number in range(10 if "%" in "\(part)" else 1):
              with new.open("\(part)".replace("%d", str(number)), "w") as file:
                  for piece in \(xml):
                      file.write(piece)
      """
    try folder.write(Array(program.utf8), to: "a.py")
    try folder.run("python3", ["a.py"])
    let bytes = try folder.bytes("b.docx")
    #expect(bytes.count < 8 << 20)
    let start = cpuSeconds()
    #expect(verdict(bytes, as: .docx) == expected, "\(name)")
    // Without optimisation, on any machine. A cost that grows too fast would take minutes to hours.
    if Self.isShort(index) { #expect(cpuSeconds() - start < 30, "\(name)") }
  }

  @Test(.enabled(if: LongRun.isWanted, "minutes"))
  func `a real document of nearly the largest size stays within its cost`() throws {
    let folder = try ScratchFolder()
    try Python.run("large.py", [], in: folder)
    for type in [FileType.docx, .xlsx, .ods] {
      let bytes = try folder.bytes("large.\(type.rawValue)")
      #expect((40 << 20..<50 << 20).contains(bytes.count), "\(type) of \(bytes.count) bytes")
      #expect(verdict(bytes, as: type) == "accepted", "\(type)")
    }
  }

  private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
