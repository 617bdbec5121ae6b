import Core
import Foundation

/// What Foundation lets pass although JSON between machines does not have it: other encodings than UTF-8, a byte order
/// mark, a comma after the last member, and members that stand there twice, of which one would silently win.
///
/// Only looks for these; whether the text is JSON at all is the decoder's question.
/// Source: https://www.rfc-editor.org/rfc/rfc8259, https://www.rfc-editor.org/rfc/rfc7493#section-2.3
struct StrictJSON {
  private enum Container {
    case array
    case object(members: Set<String>)
  }

  private let text: [UInt8]
  private var open: [Container] = []
  /// The names of the outermost object's members, in order.
  private var names: [String] = []
  /// The last byte that was not white space; of a string its closing quote.
  private var last: UInt8 = 0

  /// The names of the outermost object's members; throws `invalidRequest` at the first such thing in `text`.
  static func names(in text: [UInt8]) throws(StorageError) -> [String] {
    guard String(validating: text, as: UTF8.self) != nil, !text.contains(0), !text.starts(with: [0xEF, 0xBB, 0xBF])
    else { throw .invalidRequest("the body must be JSON in UTF-8, without a byte order mark") }
    var json = StrictJSON(text)
    try json.scan()
    return json.names
  }

  private init(_ text: [UInt8]) { self.text = text }

  private mutating func scan() throws(StorageError) {
    var index = 0
    while index < text.count {
      let byte = text[index]
      switch byte {
      case UInt8(ascii: "{"): open.append(.object(members: []))
      case UInt8(ascii: "["): open.append(.array)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard last != UInt8(ascii: ",") else { throw .invalidRequest("the body has a comma where nothing follows") }
        _ = open.popLast()
      case UInt8(ascii: "\""):
        let end = endOfString(from: index)
        if last == UInt8(ascii: "{") || last == UInt8(ascii: ",") { try note(text[index..<end]) }
        index = end - 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        index += 1
        continue
      default: break
      }
      last = byte
      index += 1
    }
  }

  /// The index behind the closing quote of the string that begins at `start`.
  private func endOfString(from start: Int) -> Int {
    var index = start + 1
    while index < text.count, text[index] != UInt8(ascii: "\"") { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
    return min(index + 1, text.count)
  }

  /// Notes the name of a member, with its quotes, where an object is open.
  private mutating func note(_ quoted: ArraySlice<UInt8>) throws(StorageError) {
    guard case .object(var members) = open.last, let name = Self.name(quoted) else { return }
    guard members.insert(name).inserted else { throw .invalidRequest("\(name.prefixed(64)): stands there twice") }
    open[open.count - 1] = .object(members: members)
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
