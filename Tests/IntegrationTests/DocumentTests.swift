import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: isRunning, howToRun)) struct DocumentTests {
  private let stack: Stack
  private let bucket: BucketView

  init() throws {
    stack = try #require(Stack.current)
    bucket = try BucketView(stack)
  }

  @Test(arguments: [
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("xls", "application/vnd.ms-excel"), ("odt", "application/vnd.oasis.opendocument.text"),
  ])
  func `an ordinary document becomes ready without variants`(name: String, type: String) throws {
    let document = try #require(Document.small(named: name))
    let file = try stack.upload(document, "a.\(name)", type: type)
    #expect(file.state == "ready" && file.variants.isEmpty && file.activeContent == nil)
    #expect(try bucket.versions(of: file.id).count == 1)
  }

  @Test func `a macro document with the extension of one without macros is rejected and deleted`() throws {
    let type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    try expectRejected(try stack.upload(Document.withMacros(), "a.docx", type: type), "macros")
    try expectRejected(
      try stack.upload(try #require(Document.small(named: "xls")), "a.docx", type: type),
      "type_mismatch"
    )
  }

  @Test func `a PDF that runs a script is rejected, and one with an attachment is marked`() throws {
    func pdf(_ catalog: String) -> [UInt8] {
      let text = "%PDF-1.7\n%\(UUID())\n1 0 obj<</Type/Catalog\(catalog)>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
      return Array(text.utf8)
    }
    let script = pdf("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>")
    try expectRejected(try stack.upload(script, "a.pdf", type: "application/pdf"), "active_content")
    let attached = pdf("/AF[<</Type/Filespec/EF<</F<<>>>>>>]")
    let file = try stack.upload(attached, "a.pdf", type: "application/pdf")
    #expect(file.state == "ready" && file.activeContent == true)
  }

  private func expectRejected(_ file: Stack.File, _ reason: String) throws {
    #expect(file.state == "rejected" && file.reason == reason)
    let end = Date.now + 60
    while try !bucket.versions(of: file.id).isEmpty, Date.now < end { usleep(50_000) }
    #expect(try bucket.versions(of: file.id).isEmpty)
  }
}
