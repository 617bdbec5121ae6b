/// How far the first word of a field's instruction may have come, in every reading of what stands before.
///
/// A set of states, one bit each: so it takes no memory, however long the instruction is.
struct FieldName {
  private static let words = [Array("ddeauto".unicodeScalars), Array("quote".unicodeScalars)]
  /// Only space and quotation marks so far.
  private static let start: UInt32 = 1
  /// The bit of a word's first letter: one bit for every letter, in their order.
  private static let firstBits: [UInt32] = [1 << 1, 1 << 8]
  private static let complete: UInt32 = 1 << 3 | 1 << 7
  private static let quote: UInt32 = 1 << 12
  /// Another word, or the word is over.
  private static let over: UInt32 = 1 << 13

  private var states = start

  /// That of a field whose instruction is over.
  static let result: FieldName = {
    var name = FieldName()
    name.states = over
    return name
  }()

  /// Whether more text may change anything.
  var isOpen: Bool { states != Self.over }
  /// Whether it may be `DDE` or `DDEAUTO`, if it ends here.
  var isComplete: Bool { states & Self.complete != 0 }
  /// Whether it may be `QUOTE`, if it ends here.
  var isQuote: Bool { states & Self.quote != 0 }

  mutating func formUnion(_ other: FieldName) { states |= other.states }

  /// Whether the character is not part of a word.
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

  /// Letters, digits, and the sign of a formula, which is the name of its field.
  private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.isASCII else { return scalar.properties.isAlphabetic || scalar.properties.numericType != nil }
    return switch scalar {
    case "0"..."9", "A"..."Z", "a"..."z", "=", "_": true
    default: false
    }
  }
}
