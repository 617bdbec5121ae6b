import Core
import Foundation

/// Limits of a JSON body, as small as its route allows.
public struct JSONLimits: Sendable {
  /// The maximum number of members and elements in all objects and arrays together.
  public var values: Int
  /// The maximum number of members of one object.
  public var members: Int
  /// The maximum nesting of objects and arrays.
  public var depth = 16
  /// The maximum length of a string, in encoded bytes.
  public var stringBytes = 16 << 10
  /// The maximum length of a member name, in encoded bytes.
  public var nameBytes = 256
  /// The maximum length of a number, in bytes.
  public var numberBytes = 64

  /// Creates limits of `values` members and elements in total, and of at most 1,000 members per object.
  public init(values: Int) {
    self.values = values
    members = min(values, 1_000)
  }
}

/// Rejects JSON that Foundation accepts although the standards forbid it, and JSON beyond the limits.
///
/// Forbidden are encodings other than UTF-8, a byte order mark, a comma after the last member, and repeated members, of
/// which Foundation would silently use one. The scan reads the text once; the decoder afterwards checks whether it is
/// valid JSON.
/// Source: https://www.rfc-editor.org/rfc/rfc8259, https://www.rfc-editor.org/rfc/rfc7493#section-2.3
struct StrictJSON {
  private struct Container {
    let isObject: Bool
    /// The member names; from the eighth on they are also in the set `many`.
    private var few: [String] = []
    private var many: Set<String> = []

    init(isObject: Bool) { self.isObject = isObject }

    var count: Int { max(few.count, many.count) }

    /// Returns false if the name was inserted before.
    mutating func insert(_ name: String) -> Bool {
      guard many.isEmpty else { return many.insert(name).inserted }
      guard !few.contains(name) else { return false }
      few.append(name)
      if few.count == 8 { many = Set(few) }
      return true
    }
  }

  private let text: [UInt8]
  private let limits: JSONLimits
  private var open: [Container] = []
  private var values = 0
  /// The member names of the outermost object, in order.
  private var names: [String] = []
  /// The last byte that was not white space; for a string its closing quote.
  private var last: UInt8 = 0

  /// Returns the member names of the outermost object; throws `invalidRequest` at the first violation.
  static func names(in text: [UInt8], within limits: JSONLimits) throws(StorageError) -> [String] {
    guard String(validating: text, as: UTF8.self) != nil, !text.contains(0), !text.starts(with: [0xEF, 0xBB, 0xBF])
    else { throw .invalidRequest("the body must be JSON in UTF-8, without a byte order mark") }
    var json = StrictJSON(text, limits)
    try json.scan()
    return json.names
  }

  private init(_ text: [UInt8], _ limits: JSONLimits) {
    self.text = text
    self.limits = limits
  }

  private mutating func scan() throws(StorageError) {
    var index = 0
    while index < text.count {
      let byte = text[index]
      var end = index + 1
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        index = end
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): try enter(isObject: byte == UInt8(ascii: "{"))
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard last != UInt8(ascii: ",") else { throw .invalidRequest("the body has a comma without a following value") }
        _ = open.popLast()
      case UInt8(ascii: ","): try count()
      case UInt8(ascii: ":"): break
      case UInt8(ascii: "\""):
        end = endOfString(from: index)
        try take(text[index..<end])
      default:
        end = endOfWord(from: index)
        guard end - index <= limits.numberBytes else {
          throw .invalidRequest("a number has at most \(limits.numberBytes) digits")
        }
      }
      last = byte
      index = end
    }
  }

  private mutating func enter(isObject: Bool) throws(StorageError) {
    guard open.count < limits.depth else {
      throw .invalidRequest("the body may nest objects and lists at most \(limits.depth) deep")
    }
    open.append(Container(isObject: isObject))
    try count()
  }

  /// Counts a value: a value follows each comma and each opening bracket.
  private mutating func count() throws(StorageError) {
    values += 1
    guard values <= limits.values else {
      throw .invalidRequest("the body has at most \(limits.values) members and elements")
    }
  }

  /// Returns the index after the closing quote of the string that begins at `start`.
  private func endOfString(from start: Int) -> Int {
    var index = start + 1
    while index < text.count, text[index] != UInt8(ascii: "\"") { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
    return min(index + 1, text.count)
  }

  /// Returns the index after the number or other bare word that begins at `start`.
  private func endOfWord(from start: Int) -> Int {
    var index = start + 1
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "{"),
        UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"),
        UInt8(ascii: "\""):
        return index
      default: index += 1
      }
    }
    return index
  }

  /// Checks a string, including its quotes; at the position of a member name the string is recorded as a name.
  private mutating func take(_ quoted: ArraySlice<UInt8>) throws(StorageError) {
    let isName = (last == UInt8(ascii: "{") || last == UInt8(ascii: ",")) && open.last?.isObject == true
    let longest = isName ? limits.nameBytes : limits.stringBytes
    guard quoted.count - 2 <= longest else {
      throw .invalidRequest("a \(isName ? "member's name" : "string") has at most \(longest) bytes")
    }
    guard isName, let name = Self.name(quoted) else { return }
    // Inserted in place: a copy per member would make the time grow with the square of the number of members.
    guard open[open.count - 1].insert(name) else {
      throw .invalidRequest("\(name.prefixed(64)): appears twice")
    }
    guard open[open.count - 1].count <= limits.members else {
      throw .invalidRequest("an object has at most \(limits.members) members")
    }
    if open.count == 1 { names.append(name) }
  }

  /// Decodes a quoted name; only a name with an escape needs a JSON decoder.
  private static func name(_ quoted: ArraySlice<UInt8>) -> String? {
    guard quoted.contains(UInt8(ascii: "\\")) else {
      return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }
    return try? JSONDecoder().decode(String.self, from: Data(quoted))
  }
}
