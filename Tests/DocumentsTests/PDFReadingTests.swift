import Core
import Foundation
import TestSupport
import Testing

@testable import Documents

/// PDFs that readers interpret in different ways.
struct PDFReadingTests {
  private static let script = "<</S/JavaScript/JS(app.alert\\(1\\))>>"

  private func pdf(_ catalog: String = "", _ objects: String...) -> PDFText {
    PDFText(["<</Type/Catalog/Pages 2 0 R\(catalog)>>", "<</Type/Pages/Kids[]/Count 0>>"] + objects)
  }

  @Test(arguments: [
    " 0 %x\nobj\n", " 0\(String(repeating: " ", count: 101))obj\n", " 0\(String(repeating: "\n", count: 70_000))obj",
    "%x\r0%y\robj%z\r", " %1 0 obj\n0 obj", "\t0\u{0C}obj", "\0\00\0\0obj\0", " 0obj ", " 0 obj",
    " 00000 obj\r\n", "\r\n0\r\nobj\r\n", " 0 %\(String(repeating: "x", count: 5000))\n%\n obj",
  ])
  func `an object is recognised however its beginning is written`(opening: String) {
    var file = pdf("/OpenAction\(Self.script)")
    file.opening = opening
    #expect(verdict(file.bytes, as: .pdf) == "active")
    #expect(verdict(file.withoutTable, as: .pdf) == "active")
    var harmless = pdf()
    harmless.opening = opening
    #expect(verdict(harmless.bytes, as: .pdf) == "accepted")
    #expect(verdict(harmless.withoutTable, as: .pdf) == "accepted")
  }

  @Test(arguments: [
    "9 0 obj\(script)endobj\n", "% 9 0 obj\(script)endobj\n", "9 0 %\nobj\(script)", "<< 9 0 obj\(script)endobj\n",
    "7 0 obj<</X(\n9 0 obj \(script) endobj\n)>>endobj\n", "9 0 obj[[\(script)\nendobj\n",
    "9 0 obj<</Length 90>>stream\n8 0 obj\(script)endobj\nendstream endobj\n", "trailer<</X\(script)>>\n",
    "9 99 obj\(script)endobj\n", "99999999999 0 obj\(script)endobj\n", "8 0 obj<</A 1/S/Java#53cript/J#53(1)>>",
  ])
  func `an object that no table lists is found, as by readers that search for objects`(object: String) {
    var file = pdf()
    file.unlisted = object
    let expected = object.contains("[[") ? "unreadable" : "active"
    #expect(verdict(file.bytes, as: .pdf) == expected)
    #expect(verdict(file.withoutTable, as: .pdf) == expected)
  }

  @Test func `if two objects share a number, both count`() {
    let (visit, view) = ("<</S/URI/URI(https://example.com)>>", "<</S/GoTo/D[2 0 R/Fit]>>")
    for (listed, unlisted) in [(visit, "3 0 obj\(view)endobj\n"), (view, "3 0 obj\(visit)endobj\n")] {
      var file = pdf("/OpenAction 3 0 R", listed)
      file.unlisted = unlisted
      #expect(verdict(file.bytes, as: .pdf) == "active")
      file.objects[2] = view
      file.unlisted = "3 0 obj\(view)endobj\n"
      #expect(verdict(file.bytes, as: .pdf) == "accepted")
    }
    #expect(verdict(pdf("/OpenAction 3 7 R", visit).bytes, as: .pdf) == "active")
  }

  @Test(arguments: [
    "/OpenAction\(script)/OpenAction[3 0 R/Fit]", "/OpenAction[3 0 R/Fit]/OpenAction\(script)",
    "/AA<<>>/AA<</WC<</S/URI/URI(https://example.com)>>>>", "/AA<</WC<</S/URI/URI(https://example.com)>>>>/#41A<<>>",
    "/X<</S/JavaScript/S/GoTo/JS(1)>>", "/X<</S/JavaScript/JS(AFa_b\\(\\))/JS(1)>>",
    "/X<</S/JavaScript/JS(1)/JS(AFa_b\\(\\))>>", "/Names<</JavaScript\(script)>>/Names<<>>/XFA null",
  ])
  func `a duplicate key makes the file unreadable`(catalog: String) {
    #expect(["active", "unreadable"].contains(verdict(pdf(catalog).bytes, as: .pdf)))
    #expect(verdict(pdf(catalog).bytes, as: .pdf) != "accepted")
  }

  @Test(arguments: [
    "<</A 1/OpenAction", "<</A[1 2>>", "<</A 1]/B 2>>", "[1 2", "<</A(", "<</JS 1 2 /A>>", "<</AA<</A>>/B>>",
    "<</S/JavaScript#00/JS(1)>>",
  ])
  func `an object that the table points to must be complete`(object: String) {
    #expect(verdict(pdf("", object).bytes, as: .pdf) == "unreadable")
  }

  @Test func `a text about trailers and objects is only text`() {
    let lines = ["a trailer, 7 0 obj << /A [b] >>", "xref 1 2 n", "startxref", "8 0 obj 1 endobj", "trailer <<"]
    let text = String(repeating: lines.map { "BT (\($0)) Tj ET\n" }.joined(), count: 100)
    let page = "<</Length \(text.utf8.count)>>stream\n\(text)\nendstream"
    #expect(verdict(pdf("", page).bytes, as: .pdf) == "accepted")
  }

  @Test(arguments: [
    "", "/Root 9 0 R", "/Root<<>>", "/Root 2 0 R/Encrypt 2 0 R", "/Root null",
    "/Root 1 0 R>>trailer<</Encrypt<<>>/Root 1 0 R",
  ])
  func `a trailer must lead to a catalog`(trailer: String) {
    var file = pdf()
    file.trailer = trailer
    #expect(["unreadable", "encrypted"].contains(verdict(file.bytes, as: .pdf)))
    #expect(["unreadable", "encrypted"].contains(verdict(file.withoutTable, as: .pdf)))
  }

  private static let corpora = ProcessInfo.processInfo.environment["STOWAGE_CORPORA"]

  @Test(.enabled(if: corpora != nil, "STOWAGE_CORPORA is not set"), arguments: ["jsc.pdf", "p_goto-next-uri.pdf"])
  func `a file that once bypassed the check is refused`(name: String) throws {
    let file = try Data(contentsOf: URL(filePath: "\(try #require(Self.corpora))/hostile/\(name)"))
    #expect(verdict(Array(file), as: .pdf) == "active")
  }
}
