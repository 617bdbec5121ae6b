import Core
import FastCGI
import Foundation
import TestSupport
import Testing

@testable import Endpoint

@Suite struct RequestBodyTests {
  private struct Body: RequestBody {
    var name: String
    var size: Int64
    var note: String?
    var numbers: [Int]?

    enum CodingKeys: CodingKey, CaseIterable { case name, size, note, numbers }
  }

  private func read(_ bytes: [UInt8]) throws(StorageError) -> Body {
    try Request(method: "POST", path: "/", body: bytes).json()
  }

  /// Returns the message that a client gets for `bytes`; nil if they are accepted.
  private func refusal(_ bytes: [UInt8]) -> String? {
    do throws(StorageError) {
      _ = try read(bytes)
      return nil
    } catch {
      guard case .invalidRequest(let text) = error else {
        Issue.record("\(error)")
        return nil
      }
      #expect(text.count <= 200 && !text.contains("Swift") && !text.contains("Index"), "\(text)")
      return text
    }
  }

  private func refusal(_ text: String) -> String? { refusal(Array(text.utf8)) }

  @Test func `members are read in any order and spacing`() throws {
    let body = try read(Array("\r\n\t { \"size\" : 5 ,\"numbers\":[1,2], \"name\":\"\\u00fc\\ud83d\\ude00\" } \n".utf8))
    #expect(body.name == "ü😀" && body.size == 5 && body.note == nil && body.numbers == [1, 2])
    #expect(refusal(#"{"name":"a","size":5,"note":null}"#) == nil)
    #expect(refusal(#"{"n\u0061me":"a","size":9223372036854775807}"#) == nil)
  }

  @Test func `an error names the invalid member`() {
    for (text, expected) in [
      (#"{"size":5}"#, "name: is missing"), ("{}", ": is missing"),
      (#"{"name":5,"size":5}"#, "name: must be a string"),
      (#"{"name":"a","size":"5"}"#, "size: must be a whole number"),
      (#"{"name":"a","size":true}"#, "size: must be a whole number"),
      (#"{"name":"a","size":{}}"#, "size: must be a whole number"),
      (#"{"name":null,"size":5}"#, "name: must be a string, not null"),
      (#"{"name":"a","size":null}"#, "size: must be a whole number, not null"),
      (#"{"name":"a","size":5,"note":[]}"#, "note: must be a string"),
      (#"{"name":"a","size":5,"extra":1}"#, "extra: is not a member of this request"),
      (#"{"name":"a","size":5,"Size":5}"#, "Size: is not a member of this request"),
      (#"{"name":"a","\u0065xtra":[{"size":1}],"size":5}"#, "extra: is not a member of this request"),
      ("[]", "the body: must be an object"), ("5", "the body: must be an object"),
    ] {
      #expect(refusal(text)?.contains(expected) == true, "\(text): \(refusal(text) ?? "taken")")
    }
  }

  @Test func `a duplicate member is refused, however it is spelled`() {
    for text in [
      #"{"name":"a","size":5,"size":5}"#, #"{"name":"a","size":5,"siz\u0065":6}"#,
      #"{"size":50,"name":"a,\"size\":1","size":5}"#, #"{"name":"a","note":null,"note":null,"size":5}"#,
      #"{"name":"a","size":5,"numbers":[],"numbers":[1]}"#, #"{ "size" : 5 , "name" : "a" , "size" : 5 }"#,
      #"{"name":"\\","size":5,"name":"b"}"#,
    ] {
      #expect(refusal(text)?.hasSuffix(": appears twice") == true, "\(text): \(refusal(text) ?? "taken")")
    }
    #expect(refusal(#"{"name":"size","size":5,"note":"{\"size\":1,\"size\":2}"}"#) == nil)
  }

  @Test func `a number out of range is refused, and not echoed`() {
    for number in [
      "9223372036854775808", "-9223372036854775809", "1e400", "-1e400", "5.5", "1e-1", "0x10", "NaN", "Infinity", "+5",
      "05",
      ".5", "5.", "--5", String(repeating: "9", count: 60_000), "1e" + String(repeating: "9", count: 60_000),
    ] {
      #expect(refusal(#"{"name":"a","size":\#(number)}"#) != nil, "\(number.prefix(30))")
    }
  }

  @Test func `a body that is not JSON is refused`() {
    for text in [
      "", " ", "{", "{]", "}", #"{"name":"a","size":5"#, #"{"name":"a","size":5}}"#, #"{"name":"a","size":5} x"#,
      #"{"name":"a","size":5,}"#, #"{name:"a",size:5}"#, #"{'name':'a','size':5}"#,
      "\u{FEFF}{\"name\":\"a\",\"size\":5}",
      #"{"name":"a" "size":5}"#, #"/**/{"name":"a","size":5}"#, "{\"name\":\"a\nb\",\"size\":5}", "null", "\"x\"",
      #"{"name":"\ud800","size":5}"#, #"{"name":"\x","size":5}"#, #"{"name":"a","size":5}{"name":"a","size":5}"#,
      #"{"name":"a","size":5}"# + "\0",
    ] {
      #expect(refusal(text) != nil, "\(text)")
    }
  }

  @Test func `bytes that are not UTF-8 are refused, including other encodings`() throws {
    func around(_ bytes: [UInt8]) -> [UInt8] { Array(#"{"size":5,"name":""#.utf8) + bytes + Array(#""}"#.utf8) }
    for bytes: [UInt8] in [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82],
    ] {
      #expect(refusal(around(bytes)) != nil, "\(bytes)")
    }
    for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf32LittleEndian] {
      let bytes = try #require(#"{"name":"a","size":5}"#.data(using: encoding))
      #expect(refusal(Array(bytes)) != nil, "\(encoding)")
    }
  }

  @Test func `any depth and breadth within the body's limit can fail only the request`() {
    for text in [
      String(repeating: "[", count: 65_000), String(repeating: #"{"a":"#, count: 13_000),
      #"{"name":"a","size":5,"note":"# + String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000)
        + "}",
      #"{"name":"a","size":5,"extra":"# + String(repeating: "{\"a\":", count: 500) + "1"
        + String(repeating: "}", count: 501),
      "{" + (0..<6000).map { #""k\#($0)":1"# }.joined(separator: ",") + "}",
      #"{""# + String(repeating: "k", count: 60_000) + #"":1}"#,
      #"{"name":"a","size":5,"\u0000\u001b[31m\u202e":1}"#,
    ] {
      #expect(refusal(text) != nil, "\(text.prefix(40))")
    }
  }

  @Test func `members, elements, depth, strings, names and numbers are limited, and one less is accepted`() throws {
    func around(_ note: String) -> String { #"{"name":"a","size":5,"note":\#(note)}"# }
    let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    for (limit, made) in [
      (253, { "[" + Array(repeating: "1", count: $0).joined(separator: ",") + "]" }),
      (253, { "{" + (0..<$0).map { #""k\#($0)":1"# }.joined(separator: ",") + "}" }),
      (15, nested), (16 << 10, { "\"" + String(repeating: "x", count: $0) + "\"" }),
      (16 << 10, { "\"" + String(repeating: "\\n", count: $0 / 2) + String(repeating: "x", count: $0 % 2) + "\"" }),
      (256, { "{\"" + String(repeating: "k", count: $0) + "\":1}" }), (64, { String(repeating: "1", count: $0) }),
    ] as [(Int, (Int) -> String)] {
      let (most, more) = (refusal(around(made(limit))) ?? "", refusal(around(made(limit + 1))) ?? "")
      #expect(!most.contains("at most"), "\(most)")
      #expect(more.contains(" at most "), "\(more)")
    }
    #expect(throws: StorageError.self) {
      try StrictJSON.names(in: Array(around("1").utf8), within: JSONLimits(values: 2))
    }
    for (count, isTaken) in [(1_000, true), (1_001, false)] {
      let object = Array(("{" + (0..<count).map { #""k\#($0)":1"# }.joined(separator: ",") + "}").utf8)
      #expect((try? StrictJSON.names(in: object, within: JSONLimits(values: 50_000)))?.count == (isTaken ? count : nil))
    }
    #expect(
      try StrictJSON.names(in: Array(around("1").utf8), within: JSONLimits(values: 3)) == ["name", "size", "note"]
    )
  }

  /// Valid JSON bodies of about `bytes` bytes.
  private static let shapes: [(name: String, made: @Sendable (_ bytes: Int) -> String)] = [
    ("one object", { bytes in "{" + (0..<bytes / 14).map { #""member\#($0)":1"# }.joined(separator: ",") + "}" }),
    ("one list", { bytes in #"{"a":["# + Array(repeating: "1", count: bytes / 2).joined(separator: ",") + "]}" }),
    (
      "a list of objects",
      { bytes in
        #"{"parts":["#
          + (0..<bytes / 66).map { #"{"PartNumber":\#($0),"ETag":"\"0123456789abcdef0123456789abcdef\""}"# }
          .joined(separator: ",") + "]}"
      }
    ),
    (
      "nested objects",
      { bytes in
        let (depth, one) = (12, String(repeating: #"{"a":"#, count: 12))
        return #"{"a":["#
          + Array(repeating: one + "1" + String(repeating: "}", count: depth), count: bytes / 76)
          .joined(separator: ",") + "]}"
      }
    ),
    ("one string", { bytes in #"{"a":""# + String(repeating: "x", count: bytes) + #""}"# }),
    ("one string of escapes", { bytes in #"{"a":""# + String(repeating: "\\u00e9", count: bytes / 6) + #""}"# }),
    (
      "names with escapes",
      { bytes in
        "{" + (0..<bytes / 20).map { #""\u006dember\#($0)":1"# }.joined(separator: ",") + "}"
      }
    ),
    (
      "names of marks",
      { bytes in
        "{"
          + (0..<bytes / 200).map { #""\#($0)"# + String(repeating: "\u{301}\u{323}", count: 48) + "\":1" }
          .joined(separator: ",") + "}"
      }
    ),
    ("white space", { bytes in "{" + String(repeating: " ", count: bytes) + "}" }),
  ]

  @Test func `a body of twice the length takes twice the time, whatever its shape`() throws {
    var limits = JSONLimits(values: .max)
    (limits.members, limits.stringBytes) = (.max, .max)
    for shape in Self.shapes {
      func seconds(_ bytes: Int) throws -> Double {
        let text = Array(shape.made(bytes).utf8)
        var best = Double.infinity
        for _ in 0..<3 {
          let start = ContinuousClock.now
          _ = try StrictJSON.names(in: text, within: limits)
          best = min(best, (ContinuousClock.now - start) / .seconds(1))
        }
        return best
      }
      // Other load of the machine may disturb one comparison, but not each of five.
      var ratios: [Double] = []
      while ratios.allSatisfy({ $0 > 2.6 }), ratios.count < 5 { ratios.append(try seconds(120_000) / seconds(60_000)) }
      #expect(ratios.contains { $0 <= 2.6 }, "\(shape.name): \(ratios)")
    }
  }

  @Test func `the name of an unknown member is quoted shortened and printable`() {
    let text = refusal(#"{"name":"a","size":5,"\u001b[31m<\u202e\#(String(repeating: "x", count: 200))":1}"#)
    #expect(text?.contains("<") == true)
    #expect(text?.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.isASCII } == true)
  }

  @Test func `no mixture of brackets, quotes and backslashes crashes the process`() {
    let alphabet = Array(#"{}[]"":,\ n1"#.utf8) + Array(#""name""size""#.utf8)
    var random = Seeded("soup")
    for _ in 0..<5000 {
      let length = Int.random(in: 0..<24, using: &random)
      let soup = (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
      #expect(refusal(soup) != nil, "\(soup)")
      _ = refusal(Array(#"{"name":"a","size":5"#.utf8) + soup)
    }
  }

  @Test func `a long string is an ordinary string`() throws {
    let long = String(repeating: "ü", count: 8_000)
    #expect(try read(Array(#"{"size":5,"name":"\#(long)"}"#.utf8)).name == long)
  }
}
