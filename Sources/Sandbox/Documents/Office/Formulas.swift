internal import CExpat
internal import Core
internal import Glibc

/// Reads the formulas of cells as they come, and finds what asks another program for its result, or starts one.
///
/// These do: the function `DDE`, Excel's `RTD`, what Excel 4's macros had for it, and a reference such as
/// `cmd|'/c calc'!A0`. Texts and quoted names are passed over.
/// Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part4-formula/OpenDocument-v1.3-os-part4-formula.html
/// (5, 6.11.2)
final class Formulas: MarkupReader {
  /// Functions that ask another program, and those of Excel 4's macros that start one, in lowercase.
  private static let reaching = Set(["dde", "rtd", "call", "exec", "register"].map { number(Array($0.utf8)) })
  /// The length of the longest.
  private static let longest = 8

  private static func number(_ letters: [UInt8]) -> UInt64 { letters.reduce(0) { $0 << 8 | UInt64($1) } }

  enum Grammar { case excel, openFormula }

  /// The elements, of any namespace, whose text is a formula.
  let elements: [String]
  /// The attributes that are formulas, of any element and namespace.
  let attributes: [String]
  /// Whether a bar leads from a program to its topic; in Writer's tables it stands between arguments.
  private let hasBars: Bool
  private let grammar: Grammar
  private(set) var acts = false
  /// With the text of elements inside, and without it, as readers differ in what they take.
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
    /// The first letters of the word that ends here, in lowercase, as one number.
    var word: UInt64 = 0
    var wordLength = 0
    var isWordOver = false
  }

  func begin(_ element: Markup.Element) -> cexpat_interest {
    position = Position()
    directPosition = Position()
    return CEXPAT_TEXT
  }

  /// A formula that is there whole.
  func take(_ value: UnsafePointer<CChar>, of attribute: Int) {
    var position = Position()
    read(UnsafeRawBufferPointer(start: value, count: strlen(value)), &position)
  }

  /// The next piece of the formula that has begun.
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

  /// Whether the byte makes sure that another program is asked.
  private func isStart(_ byte: UInt8, _ position: inout Position) -> Bool {
    if position.isEscaped {
      position.isEscaped = false
      return false
    }
    if let quote = position.quote {
      if byte == quote { position.quote = nil }
      return false
    }
    // Names of a table's columns stand in brackets, where an apostrophe only escapes.
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
    // In braces it ends a row, in brackets it is part of a name.
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
