/// The possible progress of the first word in a field's instruction, over all readings of the text before.
///
/// It is a set of states with one bit each, so its size does not depend on the length of the instruction.
struct FieldName {
  private static let words = [Array("ddeauto".unicodeScalars), Array("quote".unicodeScalars)]
  /// The state before the first letter: only spaces and quotation marks so far.
  private static let start: UInt32 = 1
  /// The bits of the words' first letters; each further letter has the next higher bit.
  private static let firstBits: [UInt32] = [1 << 1, 1 << 8]
  private static let complete: UInt32 = 1 << 3 | 1 << 7
  private static let quote: UInt32 = 1 << 12
  /// The state for any other word, or after the end of the word.
  private static let over: UInt32 = 1 << 13

  private var states = start

  /// The value for a field whose instruction has ended.
  static let result: FieldName = {
    var name = FieldName()
    name.states = over
    return name
  }()

  /// True if more text can change the result.
  var isOpen: Bool { states != Self.over }
  /// True if the word can be `DDE` or `DDEAUTO`, provided that it ends here.
  var isComplete: Bool { states & Self.complete != 0 }
  /// True if the word can be `QUOTE`, provided that it ends here.
  var isQuote: Bool { states & Self.quote != 0 }

  mutating func formUnion(_ other: FieldName) { states |= other.states }

  /// True if the character does not belong to a word.
  func endsWord(before scalar: Unicode.Scalar) -> Bool { !Self.isWordCharacter(scalar) }

  mutating func take(_ scalar: Unicode.Scalar) {
    guard Self.isWordCharacter(scalar) else {
      states = states & Self.start | (states & ~Self.start == 0 ? 0 : Self.over)
      return
    }
    let letter = scalar.isASCII ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar
    var next: UInt32 = 0
    var moved: UInt32 = 0
    for (word, first) in zip(Self.words, Self.firstBits) {
      for (index, expected) in word.enumerated() where expected == letter {
        let before = index == 0 ? Self.start : first << (index - 1)
        guard states & before != 0 else { continue }
        next |= first << index
        moved |= before
      }
    }
    states = next | (states & ~moved == 0 ? 0 : Self.over)
  }

  /// True for letters, digits, the underscore, and the equals sign, which is the name of the formula field.
  private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.isASCII else { return scalar.properties.isAlphabetic || scalar.properties.numericType != nil }
    return switch scalar {
    case "0"..."9", "A"..."Z", "a"..."z", "=", "_": true
    default: false
    }
  }
}
