internal import FoundationEssentials

/// Finds what a decoder of JSON accepts and a reader would misread, in one pass over the bytes.
enum JSONOutline {
  /// The maximum depth of a document; those of S3 need less than ten levels.
  private static let maximumDepth = 32

  /// Returns a name that an object has twice, or the excess of depth, in words; nil if there is none.
  static func flaw(in json: [UInt8]) -> String? {
    /// The names so far of each open object; nil for an array.
    var open: [Set<String>?] = []
    var index = 0
    while index < json.count {
      switch json[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open.append(json[index] == UInt8(ascii: "{") ? [] : nil)
        if open.count > maximumDepth { return "nested more than \(maximumDepth) levels deep" }
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
      case UInt8(ascii: "\""):
        let start = index
        index = end(ofStringAt: start, in: json)
        guard index < json.count, let last = open.indices.last, open[last] != nil, isName(before: index + 1, in: json)
        else { break }
        let name = text(json[start...index])
        if open[last]?.insert(name).inserted == false { return "the name \"\(name)\" is there twice in one object" }
      default: break
      }
      index += 1
    }
    return nil
  }

  private static func end(ofStringAt start: Int, in json: [UInt8]) -> Int {
    var index = start + 1
    while index < json.count, json[index] != UInt8(ascii: "\"") { index += json[index] == UInt8(ascii: "\\") ? 2 : 1 }
    return index
  }

  private static func isName(before index: Int, in json: [UInt8]) -> Bool {
    json[index...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
  }

  /// Returns a string without its quotes; a malformed one as it is, because the decoder refuses it.
  private static func text(_ string: ArraySlice<UInt8>) -> String {
    (try? JSONDecoder().decode(String.self, from: Data(string))) ?? String(decoding: string, as: UTF8.self)
  }
}
