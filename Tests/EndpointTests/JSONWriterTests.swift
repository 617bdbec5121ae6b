import TestSupport
import Testing

@testable import Endpoint

@Suite struct JSONWriterTests {
  private struct Ticket: Encodable {
    struct Put: Encodable {
      var headers: [String: String]
      var url: String
    }
    var fileId: String
    var put: Put
    var size: Int64
  }

  /// Returns the text of the writer and the text of the encoder.
  private func both(_ text: String, _ number: Int64) -> (written: String, encoded: String) {
    var json = JSONWriter()
    json.object {
      $0.member("fileId", text)
      $0.member("put") {
        $0.member("headers") {
          $0.member("if-none-match", "*")
          $0.member("x-amz-meta-original-filename", text)
        }
        $0.member("url", text)
      }
      $0.member("size", number)
    }
    let headers = ["x-amz-meta-original-filename": text, "if-none-match": "*"]
    let encoded = JSON.encode(Ticket(fileId: text, put: .init(headers: headers, url: text), size: number))
    return (String(decoding: json.bytes, as: UTF8.self), String(decoding: encoded, as: UTF8.self))
  }

  @Test func `the text is the encoder's, for every character of ASCII and some others`() {
    let others = ["", "é", "日本", "😀", "\u{2028}", "\u{FEFF}", "e\u{301}", "\u{10FFFF}", "a/b?c=d&e", "\r\n"]
    for text in (0..<0x80).map({ "a" + String(Unicode.Scalar(UInt8($0))) + "b" }) + others {
      let texts = both(text, .max)
      #expect(texts.written == texts.encoded)
    }
  }

  @Test func `the text is the encoder's, for random strings and numbers`() {
    var random = Seeded("json")
    for _ in 0..<500 {
      let scalars = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
        Unicode.Scalar(UInt32.random(in: 0..<0x300, using: &random)) ?? "x"
      }
      let texts = both(String(String.UnicodeScalarView(scalars)), .random(in: .min ... .max, using: &random))
      #expect(Array(texts.written.utf8) == Array(texts.encoded.utf8))
    }
  }

  @Test func `an empty object, and members after an object, are separated correctly`() {
    var json = JSONWriter()
    json.object {
      $0.member("a") { _ in }
      $0.member("b", 1)
    }
    #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a":{},"b":1}"#)
  }
}
