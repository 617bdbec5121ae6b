internal import CExpat
internal import Core
internal import Glibc

/// Reads cell formulas, and finds calls that query or start another program.
///
/// Such calls are the function `DDE`, Excel's `RTD`, the corresponding functions of Excel 4 macros, and references such
/// as `cmd|'/c calc'!A0`. Strings and quoted names are skipped.
/// Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part4-formula/OpenDocument-v1.3-os-part4-formula.html
/// (5, 6.11.2)
final class Formulas: MarkupReader {
  /// The lowercase names of functions that query another program, and of Excel 4 macro functions that start one.
  private static let reaching = Set(["dde", "rtd", "call", "exec", "register"].map { number(Array($0.utf8)) })
  /// The length of the longest function name.
  private static let longest = 8

  private static func number(_ letters: [UInt8]) -> UInt64 { letters.reduce(0) { $0 << 8 | UInt64($1) } }

  enum Grammar { case excel, openFormula }

  /// The elements, in any namespace, whose text is a formula.
  let elements: [String]
  /// The attributes, of any element and namespace, whose value is a formula.
  let attributes: [String]
  /// True if a vertical bar separates a program from its topic; in tables of Writer it separates arguments.
  private let hasBars: Bool
  private let grammar: Grammar
  private(set) var acts = false
  /// The state with the text of child elements; `directPosition` is the state without.
  ///
  /// Some programs read the text of child elements as part of a formula, and others do not.
  private var position = Position()
  private var directPosition = Position()

  init(_ grammar: Grammar, elements: [String] = [], attributes: [String] = [], hasBars: Bool = true) {
    self.grammar = grammar
    self.elements = elements
    self.attributes = attributes
    self.hasBars = hasBars
  }

  private struct Position {
    var quote: UInt8?
    var isEscaped = false
    var braces = 0
    var brackets = 0
    /// The first letters of the current word in lowercase, packed into one number.
    var word: UInt64 = 0
    var wordLength = 0
    var isWordOver = false
  }

  func begin(_ element: Markup.Element) -> cexpat_interest {
    position = Position()
    directPosition = Position()
    return CEXPAT_TEXT
  }

  /// Reads a complete formula.
  func take(_ value: UnsafePointer<CChar>, of attribute: Int) {
    var position = Position()
    read(UnsafeRawBufferPointer(start: value, count: strlen(value)), &position)
  }

  /// Reads the next piece of the current formula.
  func take(_ text: UnsafeRawBufferPointer, isDirect: Bool) {
    read(text, &position)
    if isDirect { read(text, &directPosition) }
  }

  private func read(_ text: UnsafeRawBufferPointer, _ position: inout Position) {
    guard !acts else { return }
    var moving = position
    for byte in text where isStart(byte, &moving) { acts = true }
    position = moving
  }

  /// Returns true if the formula up to this byte certainly queries another program.
  private func isStart(_ byte: UInt8, _ position: inout Position) -> Bool {
    if position.isEscaped {
      position.isEscaped = false
      return false
    }
    if let quote = position.quote {
      if byte == quote { position.quote = nil }
      return false
    }
    // Column names of a table are in brackets, in which an apostrophe only escapes the next character.
    if position.brackets > 0, grammar == .excel { return skipColumn(byte, &position) }
    if Self.isLetter(byte) {
      if position.isWordOver || position.wordLength == 0 { (position.word, position.wordLength) = (0, 0) }
      position.isWordOver = false
      if position.wordLength < Self.longest { position.word = position.word << 8 | UInt64(byte | 0x20) }
      position.wordLength += 1
      return false
    }
    if byte == 0x20 || (0x09...0x0D).contains(byte) {
      position.isWordOver = true
      return false
    }
    let length = position.wordLength
    position.wordLength = 0
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): position.quote = byte
    case UInt8(ascii: "{"): position.braces += 1
    case UInt8(ascii: "}"): position.braces = max(0, position.braces - 1)
    case UInt8(ascii: "["): position.brackets += 1
    case UInt8(ascii: "]"): position.brackets = max(0, position.brackets - 1)
    case UInt8(ascii: "("): return (1...Self.longest).contains(length) && Self.reaching.contains(position.word)
    // In braces a bar ends a row, and in brackets a bar belongs to a name.
    case UInt8(ascii: "|"): return hasBars && position.braces == 0 && position.brackets == 0
    default: break
    }
    return false
  }

  private func skipColumn(_ byte: UInt8, _ position: inout Position) -> Bool {
    switch byte {
    case UInt8(ascii: "'"): position.isEscaped = true
    case UInt8(ascii: "["): position.brackets += 1
    case UInt8(ascii: "]"): position.brackets -= 1
    default: break
    }
    return false
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
      || byte >= 0x80
  }
}
