import Core
import Foundation

/// How much JSON a body may hold: so much as its route has a use for.
public struct JSONLimits: Sendable {
  /// The most members and elements, of all objects and lists together.
  public var values: Int
  /// The most members of one object.
  public var members: Int
  /// How deep objects and lists may lie in one another.
  public var depth = 16
  /// The longest string, in bytes as it is written.
  public var stringBytes = 16 << 10
  /// The longest name of a member, in bytes as it is written.
  public var nameBytes = 256
  /// The longest number, in bytes.
  public var numberBytes = 64

  /// So many members and elements, and 1,000 members of one object at most.
  public init(values: Int) {
    self.values = values
    members = min(values, 1_000)
  }
}

/// Refuses what Foundation lets pass although JSON between machines does not have it, and what is more than its reader has
/// a use for.
///
/// The former are other encodings than UTF-8, a byte order mark, a comma after the last member, and members that stand
/// there twice, of which one would silently win. Only looks for these, once from the first byte to the last; whether the text is JSON at all is the decoder's question.
/// Source: https://www.rfc-editor.org/rfc/rfc8259, https://www.rfc-editor.org/rfc/rfc7493#section-2.3
struct StrictJSON {
  private struct Container {
    let isObject: Bool
    /// The names of its members; behind the eighth they are looked up in `many`.
    private var few: [String] = []
    private var many: Set<String> = []

    init(isObject: Bool) { self.isObject = isObject }

    var count: Int { max(few.count, many.count) }

    /// False where it is there already.
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
  /// The names of the outermost object's members, in order.
  private var names: [String] = []
  /// The last byte that was not white space; of a string its closing quote.
  private var last: UInt8 = 0

  /// The names of the outermost object's members; throws `invalidRequest` at the first such thing in `text`.
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
        guard last != UInt8(ascii: ",") else { throw .invalidRequest("the body has a comma where nothing follows") }
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
      throw .invalidRequest("the body has objects and lists in one another, at most \(limits.depth) deep")
    }
    open.append(Container(isObject: isObject))
    try count()
  }

  /// Counts a value: one begins behind each comma and each opening bracket.
  private mutating func count() throws(StorageError) {
    values += 1
    guard values <= limits.values else {
      throw .invalidRequest("the body has at most \(limits.values) members and elements")
    }
  }

  /// The index behind the closing quote of the string that begins at `start`.
  private func endOfString(from start: Int) -> Int {
    var index = start + 1
    while index < text.count, text[index] != UInt8(ascii: "\"") { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
    return min(index + 1, text.count)
  }

  /// The index behind the number, or whatever stands for one, that begins at `start`.
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

  /// Takes a string, with its quotes; where an object waits for a name, it is one.
  private mutating func take(_ quoted: ArraySlice<UInt8>) throws(StorageError) {
    let isName = (last == UInt8(ascii: "{") || last == UInt8(ascii: ",")) && open.last?.isObject == true
    let longest = isName ? limits.nameBytes : limits.stringBytes
    guard quoted.count - 2 <= longest else {
      throw .invalidRequest("a \(isName ? "member's name" : "string") has at most \(longest) bytes")
    }
    guard isName, let name = Self.name(quoted) else { return }
    // In place: a copy for each member would make the work grow with the square of their number.
    guard open[open.count - 1].insert(name) else {
      throw .invalidRequest("\(name.prefixed(64)): stands there twice")
    }
    guard open[open.count - 1].count <= limits.members else {
      throw .invalidRequest("an object has at most \(limits.members) members")
    }
    if open.count == 1 { names.append(name) }
  }

  /// What a quoted name says; a decoder is needed only where it has an escape.
  private static func name(_ quoted: ArraySlice<UInt8>) -> String? {
    guard quoted.contains(UInt8(ascii: "\\")) else {
      return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }
    return try? JSONDecoder().decode(String.self, from: Data(quoted))
  }
}
