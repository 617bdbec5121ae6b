import Core
import FastCGI
import TestSupport
import Testing

@testable import Endpoint

/// Compares the reader of plain bodies with the reader of all bodies.
@Suite struct FlatJSONTests {
  private struct Whole: RequestBody, Equatable {
    var filename: String
    var size: Int64
    var sha256: String?

    enum CodingKeys: CodingKey, CaseIterable { case filename, size, sha256 }
  }

  private struct Plain: RequestBody, Equatable {
    var whole: Whole
    var wasFlat = false

    typealias CodingKeys = Whole.CodingKeys

    init(from decoder: any Decoder) throws { whole = try Whole(from: decoder) }

    init?(flat: FlatJSON) {
      guard flat.hasOnly("filename", "size", "sha256"), let filename = flat.string("filename"),
        let size = flat.number("size")
      else { return nil }
      whole = Whole(filename: filename, size: size, sha256: flat.string("sha256"))
      guard flat.has("sha256") == (whole.sha256 != nil) else { return nil }
      wasFlat = true
    }
  }

  private func read<Body: RequestBody>(_ body: [UInt8], _: Body.Type) -> Result<Body, StorageError> {
    Result { () throws(StorageError) in try Request(method: "POST", path: "/", body: body).json() }
  }

  /// Reads `body` both ways, and returns true if the reader of plain bodies accepted it.
  private func bothAgree(_ body: [UInt8], _ place: SourceLocation = #_sourceLocation) -> Bool {
    let (plain, whole) = (read(body, Plain.self), read(body, Whole.self))
    let text = String(decoding: body.prefix(200), as: UTF8.self)
    #expect(plain.map(\.whole) == whole, "\(text)", sourceLocation: place)
    return (try? plain.get())?.wasFlat == true
  }

  @Test func `what clients write is plain`() {
    for text in [
      #"{"filename":"photo.jpg","size":1}"#, " {\t\"size\" : 999999999999999999 ,\r\n\"filename\":\"\"}\n",
      "{\"filename\":\"日本 \u{7F}é\",\"size\":0,\"sha256\":\"x\"}", #"{"filename":"a/b","size":10}"#,
    ] {
      #expect(bothAgree(Array(text.utf8)), "\(text)")
    }
  }

  @Test func `hostile bodies get the same answer from both readers`() {
    let digits = String(repeating: "9", count: 70)
    let long = String(repeating: "x", count: 20_000)
    for text in [
      "", " ", "{", "}", "{}", "[]", "null", "5", "\"x\"", "{\"", "{\"filename", "{\"filename\"", "{\"filename\":",
      #"{"filename":"a","size":1"#, #"{"filename":"a","size":1}}"#, #"{"filename":"a","size":1} x"#,
      #"{"filename":"a","size":1,}"#, #"{,"filename":"a","size":1}"#, #"{"filename":"a",,"size":1}"#,
      #"{"filename":"a","size":1,"size":1}"#, #"{"filename":"a","siz\u0065":2,"size":1}"#,
      #"{"filename":"a","filename":"a","size":1}"#, #"{"filename":"a","size":1,"extra":1}"#,
      #"{"filename":"a","size":1,"Size":2}"#, #"{"filename":null,"size":1}"#, #"{"filename":"a","size":null}"#,
      #"{"filename":"a","size":1,"sha256":null}"#, #"{"filename":"a","size":1,"sha256":5}"#,
      #"{"filename":5,"size":"a"}"#, #"{"filename":"a","size":true}"#, #"{"filename":["a"],"size":1}"#,
      #"{"filename":"a","size":{"a":1}}"#, #"{"filename":"\u0000","size":1}"#, #"{"filename":"\ud800","size":1}"#,
      #"{"filename":"\"","size":1}"#, #"{"filename":"\x","size":1}"#, #"{"filename":"a\","size":1}"#,
      "{\"filename\":\"a\0b\",\"size\":1}", "{\"filename\":\"a\u{1}b\",\"size\":1}",
      "{\"filename\":\"a\nb\",\"size\":1}",
      "{\"filename\":\"a\",\"size\":1}\0", "\0{\"filename\":\"a\",\"size\":1}",
      "\u{FEFF}{\"filename\":\"a\",\"size\":1}",
      "{\u{B}\"filename\":\"a\",\"size\":1}", "{\u{A0}\"filename\":\"a\",\"size\":1}",
      "{\"filename\":\"\u{2028}\",\"size\":1}", #"{"filename":"\#(long)","size":1}"#, #"{"\#(long)":"a","size":1}"#,
      #"{"filename":"\#(String(repeating: "x", count: 16 << 10))","size":1}"#,
      String(repeating: "[", count: 8_000), String(repeating: #"{"filename":"#, count: 600),
      "{" + (0..<500).map { #""k\#($0)":1"# }.joined(separator: ",") + "}",
    ]
      + [
        "01", "00", "-0", "-1", "+1", "1.0", "1.5", "1e2", "1E2", "0x1", ".5", "5.", "--5", "NaN", "Infinity", "1 2",
        "999999999999999999", "1000000000000000000", "9223372036854775807", "9223372036854775808", digits, "1\0", "1a",
        "\u{661}", "٣",
      ].map({ #"{"filename":"a","size":\#($0)}"# })
    {
      _ = bothAgree(Array(text.utf8))
    }
  }

  @Test func `bytes that are not UTF-8 get the same answer from both readers`() {
    for bytes: [UInt8] in [
      [0xFF], [0x80], [0xC0, 0x80], [0xC0, 0xA2], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82],
      [0xF4, 0x90, 0x80, 0x80], [0xE0, 0x80, 0xAF],
    ] {
      for name in ["filename", "sha256"] {
        let body = Array(#"{"size":1,"\#(name)":""#.utf8) + bytes + Array(#"","other":"a"}"#.utf8)
        #expect(!bothAgree(body))
        let last = Array(#"{"size":1,"filename":"a","\#(name)":""#.utf8) + bytes + Array(#""}"#.utf8)
        #expect(!bothAgree(last))
      }
      #expect(!bothAgree(Array(#"{"size":1,"filename":""#.utf8) + bytes + Array(#""}"#.utf8)))
      #expect(!bothAgree(Array(#"{"size":1,"filename":"a""#.utf8) + bytes + Array("}".utf8)))
    }
  }

  @Test func `changed bodies get the same answer from both readers`() {
    let alphabet = Array("{}[]\":,\\ \n0159-.eEnulltruefilenamesize\0".utf8) + [0x80, 0xC3, 0xA9, 0xFF]
    let whole = Array(#"{"filename":"photo é.jpg","size":2048,"sha256":"0a"}"#.utf8)
    var random = Seeded("plain bodies")
    var plain = 0
    for _ in 0..<6_000 {
      var body = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<body.count, using: &random)
        let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
        switch Int.random(in: 0..<3, using: &random) {
        case 0: body[place] = byte
        case 1: body.insert(byte, at: place)
        default: body.remove(at: place)
        }
      }
      if bothAgree(body) { plain += 1 }
    }
    #expect(plain > 100 && plain < 5_000, "\(plain)")
  }
}
