import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

/// Files of plain types, with libmagic's opinion as the decoder asks for it.
struct PlainFileTests {
  private func verdict(_ contentType: String, _ bytes: [UInt8]) throws -> String {
    let pool = DecoderPool(executable: decoderPath)
    let type = try #require(PlainType(contentType: contentType))
    let folder = try ScratchFolder()
    try folder.write(bytes, to: "a")
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.file("a")))
    defer { try? file.close() }
    do throws(DecodeError) {
      let decoded = try pool.decode(
        file: file.fileDescriptor,
        size: bytes.count,
        claimed: .plain(type),
        variants: VariantSpecification.defaults
      )
      return decoded.image == .init(plain: type) && decoded.renderings.isEmpty ? "accepted" : "other facts"
    } catch {
      guard case .refused(let reason, _) = error else { throw error }
      return reason.rawValue
    }
  }

  private static func box(_ brand: String) -> [UInt8] {
    [0, 0, 0, 24] + Array("ftyp\(brand)".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8)
      + [UInt8](repeating: 0, count: 40)
  }

  @Test(arguments: [
    ("text/csv", "a,b\n1,2\n"), ("text/csv", "1"), ("text/csv", "ID;Price\n1;2\n"), ("text/csv", "ID3;x\n1;2\n"),
    ("text/csv", "Handle,Body\nx,\"<p>hello</p><table><tr><td>1</td></tr></table>\"\n"),
    ("text/csv", "\u{FEFF}a;b\r\n"),
    ("text/plain", "hello\n"), ("text/plain", "From: a@b\nSubject: x\n\nhello\n"),
    ("text/plain", "#include <stdio.h>\n"),
    ("text/plain", "1\n00:00:01,000 --> 00:00:02,000\nhi\n"), ("text/plain", "MZ CR\n"), ("text/plain", "Straße\n"),
    ("text/plain", "<3 you\n"), ("text/plain", "Write <script>alert(1)</script> at the end.\n"),
    ("text/plain", String(repeating: "prose\n", count: 200) + "<html><body onload=alert(1)><?php echo 1; ?>\n"),
    ("text/markdown", "# Title\n\n<p>text</p>\n"), ("application/json", "{\"a\":1}"),
    ("application/x-ndjson", "{\"a\":1}\n{\"b\":2}\n"),
    ("text/calendar", "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n"),
    ("application/x-foo", "hello\n"), ("application/rtf", "{\\rtf1 hello}"),
  ])
  func `text is accepted as text`(type: String, text: String) throws {
    #expect(try verdict(type, Array(text.utf8)) == "accepted")
  }

  @Test(arguments: [
    "<!DOCTYPE html><html><body>x</body></html>", "\n <HTML><script>alert(1)</script></html>", "<body onload=alert(1)>",
    "<script>alert(1)</script>\n", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>",
    "<?xml version=\"1.0\"?><a/>", "#!/bin/sh\nrm -rf /\n", "\"use strict\";\nconst a = require(\"x\");\n",
    "<?php echo 1;", "@echo off\r\ndel x\r\n", "%!PS-Adobe-3.0\n", "{\\rtf1 hello}",
    "%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF",
    "[InternetShortcut]\r\nURL=http://x\r\n", "a\u{0}b\n", "\u{1}\u{2}\u{3}\u{4}",
  ])
  func `text that acts, and what is no text, is refused as text`(text: String) throws {
    #expect(try verdict("text/plain", Array(text.utf8)) == "type_mismatch")
  }

  @Test(arguments: [
    "<html><script>alert(1)</script>", "<p>x</p>", "ID;PWXL;N;E\nC;X1;Y1;K\"x\"\nE\n", "#!/bin/sh\nx\n",
  ])
  func `a table that is a page, a workbook or a script is refused`(text: String) throws {
    #expect(try verdict("text/csv", Array(text.utf8)) == "type_mismatch")
  }

  @Test func `texts in other encodings are accepted`() throws {
    #expect(try verdict("text/csv", Array("Stra".utf8) + [0xDF] + Array("e;1\n2;3\n".utf8)) == "accepted")
    let wide: [UInt8] = Array("a;b\r\n1;2\r\n".utf8).flatMap { [$0, UInt8(0)] }
    #expect(try verdict("text/csv", [0xFF, 0xFE] + wide) == "accepted")
    #expect(try verdict("text/plain", Array(repeating: UInt8(ascii: "a"), count: 100_000) + [0]) == "type_mismatch")
  }

  @Test(arguments: [
    ("video/mp4", "isom"), ("video/mp4", "dash"), ("video/mp4", "MSNV"), ("audio/mp4", "M4A "),
    ("video/quicktime", "qt  "),
    ("video/mp4", "zzzz"), ("video/3gpp", "3gp4"),
  ])
  func `a film of any brand is accepted`(type: String, brand: String) throws {
    #expect(try verdict(type, Self.box(brand)) == "accepted")
    #expect(try verdict("video/webm", Self.box(brand)) == "type_mismatch")
    #expect(try verdict("text/plain", Self.box(brand)) == "type_mismatch")
  }

  @Test func `content that libmagic does not know is accepted only for types that it knows in part`() throws {
    let noise: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 200, 201, 202, 203, 204]
    #expect(try verdict("audio/mpeg", noise) == "accepted" && verdict("application/x-foo", noise) == "accepted")
    for type in ["application/zip", "video/mp4", "audio/flac", "text/plain", "application/json", "application/rtf"] {
      #expect(try verdict(type, noise) == "type_mismatch", "\(type)")
    }
    let sound = [0xFF, 0xFB, 0x90, 0x64] + [UInt8](repeating: 0, count: 600)
    #expect(try verdict("audio/mpeg", sound) == "accepted" && verdict("video/mp4", sound) == "type_mismatch")
  }

  @Test func `a picture, a document or a program is no plain file`() throws {
    let folder = try ScratchFolder()
    let photo = try folder.bytes(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let program = Array("MZ".utf8) + [0x90, 0, 3, 0, 0, 0, 4, 0] + [UInt8](repeating: 0, count: 200)
    for type in ["text/csv", "application/zip", "video/mp4", "application/x-foo", "image/tiff"] {
      for bytes in [photo, program, OfficeFile(.docx).bytes, Self.box("heic")] {
        #expect(try verdict(type, bytes) == "type_mismatch", "\(type)")
      }
    }
    #expect(try verdict("application/zip", ZipBuilder([.init("a", "b")]).bytes) == "accepted")
    #expect(try verdict("application/zip", ZipBuilder([.init("a\\b", "b")]).bytes) == "malformed_archive")
  }
}
