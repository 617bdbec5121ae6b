/// The fields in a text of Word's: instructions whose results stand in the text.
///
/// Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 1, 17.16)
enum Fields {
  static let elements: Set = ["fldChar", "instrText", "fldSimple"]

  /// Whether one asks another program for its result, and so starts it; an instruction may be spread over many elements.
  static func startProgram(_ elements: [Markup.Element]) -> Bool {
    var instruction = ""
    for element in elements {
      switch element.name {
      case "instrText": instruction += element.text
      case "fldSimple" where asksProgram(element["instr"]): return true
      default:
        if asksProgram(instruction) { return true }
        instruction = ""
      }
    }
    return asksProgram(instruction)
  }

  private static func asksProgram(_ instruction: String) -> Bool {
    let word = instruction.split(whereSeparator: { $0.isWhitespace || $0 == "\"" }).first?.lowercased()
    return word == "dde" || word == "ddeauto"
  }
}
