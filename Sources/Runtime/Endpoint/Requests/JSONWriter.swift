/// The JSON text of a response, written member by member without an encoder.
///
/// The text equals what `Response.json` encodes if the members are written in the order of their names: no white space, no
/// escaped slashes.
///
/// ```swift
/// var json = JSONWriter()
/// json.object {
///   $0.member("name", "photo.jpg")
///   $0.member("size", 70_210)
/// }
/// // {"name":"photo.jpg","size":70210}
/// ```
public struct JSONWriter {
  /// The text so far.
  public private(set) var bytes: [UInt8] = []
  private var isFirst = true

  /// Creates an empty text.
  public init() { bytes.reserveCapacity(1_024) }

  /// Writes an object with the members that `members` writes.
  public mutating func object(_ members: (inout JSONWriter) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
    members(&self)
    isFirst = false
    bytes.append(UInt8(ascii: "}"))
  }

  /// Writes a member with a string.
  public mutating func member(_ name: String, _ text: String) {
    begin(name)
    string(text)
  }

  /// Writes a member with a number.
  public mutating func member(_ name: String, _ number: Int64) {
    begin(name)
    bytes += number.description.utf8
  }

  /// Writes a member with an object.
  public mutating func member(_ name: String, _ members: (inout JSONWriter) -> Void) {
    begin(name)
    object(members)
  }

  private mutating func begin(_ name: String) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    string(name)
    bytes.append(UInt8(ascii: ":"))
  }

  /// Writes a string; quotes, backslashes and control characters are escaped.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc8259#section-7
  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
      bytes += text.utf8
    } else {
      for byte in text.utf8 { append(escaping: byte) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(escaping byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): bytes += "\\\"".utf8
    case UInt8(ascii: "\\"): bytes += "\\\\".utf8
    case 0x08: bytes += "\\b".utf8
    case 0x09: bytes += "\\t".utf8
    case 0x0A: bytes += "\\n".utf8
    case 0x0C: bytes += "\\f".utf8
    case 0x0D: bytes += "\\r".utf8
    case ..<0x20:
      bytes += byte < 0x10 ? "\\u000".utf8 : "\\u00".utf8
      bytes += String(byte, radix: 16).utf8
    default: bytes.append(byte)
    }
  }
}
