import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

struct DocumentTests {
  @Test func `confined children check documents of every type`() throws {
    let folder = try ScratchFolder()
    let pool = DecoderPool(executable: decoderPath)
    let types = FileType.allCases.filter { !$0.isImage }
    for type in types { try folder.write(Document.small(type), to: "a.\(type)") }
    try folder.write(Document.withMacros(), to: "macros.docx")
    for round in 1...2 {
      for type in types {
        for claim in types {
          let error: DecodeError? = claim == type ? nil : .refused(.typeMismatch)
          #expect(try pool.failure(folder.file("a.\(type)"), as: claim) == error, "\(round) \(claim)")
        }
      }
      #expect(try pool.failure(folder.file("macros.docx"), as: .docx) == .refused(.macros))
    }
  }

  @Test func `a document of 50 MB is checked within the decoder's limits`() throws {
    let folder = try ScratchFolder()
    try folder.write(OfficeFile(.docx).bytes, to: "a.docx")
    let program = """
      import os, zipfile
      with zipfile.ZipFile("a.docx", "a", zipfile.ZIP_DEFLATED) as archive:
          words = b"".join(b"<b>%d</b>" % (number * 7919 % 1000003) for number in range(3000000))
          archive.writestr("word/document2.xml", b"<a>" + words + b"</a>")
          for number in range(10):
              archive.writestr(f"word/media/image{number}.jpeg", os.urandom(5000000), zipfile.ZIP_STORED)
      """
    try folder.run("python3", ["-c", program])
    let decoded = try DecoderPool(executable: decoderPath).decode(
      path: folder.file("a.docx"),
      as: .docx
    )
    #expect(decoded.image == DecoderReply.ImageFacts(document: .docx, activeContent: .none))
    #expect(decoded.renderings.isEmpty)
  }
}
