/// An element of a small XML document, without its attributes, comments and processing instructions.
public struct XMLElement: Sendable {
  /// The name without its namespace prefix.
  public let name: String
  /// The text of the element, without the text of its children.
  public internal(set) var text = ""
  /// The child elements, in order.
  public internal(set) var children: [XMLElement] = []

  /// The first child element with this name.
  public subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

  /// The text of the first child of this name.
  public func text(of name: String) -> String? { self[name]?.text }
}

/// Parses the XML of AWS's responses: elements, text, the five predefined entities, character references, CDATA.
///
/// A document type declaration is rejected, so no entity can expand. Element names lose their namespace prefix.
/// Source: https://www.w3.org/TR/xml/
public struct XMLReader {
  /// The document is malformed; `reason` says why.
  public struct Malformed: Error {
    /// The rule that the document breaks, in words.
    public let reason: String
  }

  /// The maximum number of elements inside one another.
  public static let maximumDepth = 16
  /// The maximum number of elements of a document.
  public static let maximumElements = 50_000

  private let bytes: [UInt8]
  private var position = 0
  private var elements = 0

  /// Parses a document and returns its root element.
  public static func read(_ bytes: [UInt8]) throws(Malformed) -> XMLElement {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw Malformed(reason: "not UTF-8") }
    var reader = XMLReader(bytes: bytes)
    try reader.skipMisc()
    guard reader.peek("<") else { throw Malformed(reason: "no root element") }
    let root = try reader.element(depth: 1)
    try reader.skipMisc()
    guard reader.position == bytes.count else { throw Malformed(reason: "content after the root element") }
    return root
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
    if peek("\u{FEFF}") { position = 3 }
  }

  private mutating func element(depth: Int) throws(Malformed) -> XMLElement {
    elements += 1
    guard depth <= Self.maximumDepth else { throw Malformed(reason: "nested too deeply") }
    guard elements <= Self.maximumElements else { throw Malformed(reason: "too many elements") }
    position += 1
    let tag = name()
    guard !tag.isEmpty else { throw Malformed(reason: "an element without a name") }
    var element = XMLElement(name: localName(tag))
    guard try skipAttributes() else { return element }
    var text: [UInt8] = []
    while !peek("</") {
      guard position < bytes.count else { throw Malformed(reason: "cut short in \(element.name)") }
      if let run = plainText() {
        text += run
      } else if peek("<![CDATA[") {
        position += 9
        text += try upTo("]]>")
      } else if peek("<!--") {
        position += 4
        _ = try upTo("-->")
      } else if peek("<?") {
        _ = try upTo("?>")
      } else if peek("<") {
        element.children.append(try self.element(depth: depth + 1))
      } else {
        text += try reference()
      }
    }
    position += 2
    guard name() == tag else { throw Malformed(reason: "the end of another element than \(element.name)") }
    skipSpace()
    guard peek(">") else { throw Malformed(reason: "an end tag without its end") }
    position += 1
    element.text = String(decoding: text, as: UTF8.self)
    return element
  }

  /// Skips the attributes of a start tag; returns false if the element is empty (`/>`).
  private mutating func skipAttributes() throws(Malformed) -> Bool {
    while true {
      skipSpace()
      if peek("/>") {
        position += 2
        return false
      }
      if peek(">") {
        position += 1
        return true
      }
      guard !name().isEmpty else { throw Malformed(reason: "a malformed tag") }
      skipSpace()
      guard peek("=") else { throw Malformed(reason: "an attribute without a value") }
      position += 1
      skipSpace()
      guard peek("\"") || peek("'") else { throw Malformed(reason: "an attribute without quotes") }
      let quote = String(UnicodeScalar(bytes[position]))
      position += 1
      guard !(try upTo(quote)).contains(UInt8(ascii: "<")) else { throw Malformed(reason: "< in an attribute") }
    }
  }

  private mutating func skipMisc() throws(Malformed) {
    while true {
      skipSpace()
      if peek("<?") {
        _ = try upTo("?>")
      } else if peek("<!--") {
        position += 4
        _ = try upTo("-->")
      } else if peek("<!") {
        throw Malformed(reason: "a document type declaration")
      } else {
        return
      }
    }
  }

  /// Returns the text before the next `<` or `&`; nil if there is none.
  private mutating func plainText() -> ArraySlice<UInt8>? {
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "<"), bytes[position] != UInt8(ascii: "&") {
      position += 1
    }
    return start < position ? bytes[start..<position] : nil
  }

  private mutating func reference() throws(Malformed) -> [UInt8] {
    position += 1
    let end = min(bytes.count, position + 12)
    guard let semicolon = bytes[position..<end].firstIndex(of: UInt8(ascii: ";")) else {
      throw Malformed(reason: "an & without an entity")
    }
    let body = String(decoding: bytes[position..<semicolon], as: UTF8.self)
    position = semicolon + 1
    switch body {
    case "lt": return Array("<".utf8)
    case "gt": return Array(">".utf8)
    case "amp": return Array("&".utf8)
    case "quot": return Array("\"".utf8)
    case "apos": return Array("'".utf8)
    default:
      let number = body.hasPrefix("#x") ? UInt32(body.dropFirst(2), radix: 16) : UInt32(body.dropFirst(1))
      guard body.hasPrefix("#"), let number, let scalar = UnicodeScalar(number) else {
        throw Malformed(reason: "an unknown entity")
      }
      return Array(String(Character(scalar)).utf8)
    }
  }

  private func peek(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

  private mutating func upTo(_ end: String) throws(Malformed) -> [UInt8] {
    let start = position
    while position < bytes.count {
      if peek(end) {
        defer { position += end.utf8.count }
        return Array(bytes[start..<position])
      }
      position += 1
    }
    throw Malformed(reason: "\(end) is missing")
  }

  private mutating func name() -> String {
    let start = position
    while position < bytes.count, isNameByte(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }
}

private func localName(_ name: String) -> String {
  name.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? name
}

private func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"),
    UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), 0x80...:
    true
  default: false
  }
}

/// Returns `text` escaped for element content.
///
/// Line ends and tabs become character references, because XML parsers normalise the characters themselves.
///
/// Source: https://www.w3.org/TR/xml/#sec-line-ends
public func xmlEscape(_ text: String) -> String {
  var escaped = ""
  for character in text.unicodeScalars {
    switch character {
    case "&": escaped += "&amp;"
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    case "\r", "\n", "\t": escaped += "&#\(character.value);"
    default: escaped.unicodeScalars.append(character)
    }
  }
  return escaped
}

/// True if XML can contain `text`: most control characters are forbidden, even as references.
///
/// Source: https://www.w3.org/TR/xml/#charsets
public func isWritableInXML(_ text: String) -> Bool {
  text.unicodeScalars.allSatisfy { scalar in
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0xFFFD, 0x10000...: true
    default: false
    }
  }
}
