internal import CExpat
internal import Core

/// Reads the fields of a WordprocessingML text, and finds fields that query another program by DDE, which starts it.
///
/// A field's instruction can be spread over any number of elements, and can have other fields inside. Parts of it can
/// be in content that only some programs process: alternatives, elements of foreign namespaces, and text marked as
/// deleted. The class therefore keeps the possible progress of the instruction's first word in every reading
/// (`FieldName`) instead of the instruction.
/// Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 1, 17.16; part 3, 7)
final class Fields: MarkupReader {
  let elements = ["instrText", "fldChar", "fldSimple", "t", "delInstrText", "delText", "txbxContent"]
  let elementAttributes: Set = ["instr", "fldCharType"]
  let homes = Namespace.wordSpellings
  private(set) var acts = false

  /// The maximum nesting depth, which is higher than Word's.
  private static let maximumDepth = 100

  /// A field that has begun, or the text outside all fields.
  private struct Level {
    var name = FieldName()
    /// True if the level is the text of a text box, which the end of an outer field does not affect.
    var isStory = false
  }

  /// The state at the start of an optional element, which some programs skip.
  private struct Scope {
    let depth: Int
    let name: FieldName
    let isStory: Bool
    var lowestDepth: Int
  }

  private var levels = [Level()]
  private var scopes: [Scope] = []
  private var isOptional = false

  func begin(_ element: Markup.Element) throws(Refusal) -> cexpat_interest {
    switch element.name {
    case "fldChar": try take(mark: try element.value("fldCharType"))
    case "fldSimple": try take(simple: try element.value("instr"))
    case "txbxContent":
      scopes.append(Scope(depth: levels.count, name: levels[levels.count - 1].name, isStory: true, lowestDepth: .max))
      levels.append(Level(isStory: true))
      return CEXPAT_SCOPE
    default:
      isOptional = element.name != "instrText"
      // A break or a tab can precede this element, and ends the word.
      if levels[levels.count - 1].name.isComplete { acts = true }
      return CEXPAT_TEXT
    }
    return CEXPAT_NOTHING
  }

  private func take(mark: String) throws(Refusal) {
    let top = levels.count - 1
    switch mark {
    case "begin":
      try checkDepth()
      if levels[top].name.isComplete { acts = true }
      levels.append(Level())
    case "separate":
      end(top)
      levels[top].name = .result
    case "end":
      end(top)
      guard top > 0, !levels[top].isStory else {
        levels[top].name = FieldName()
        return
      }
      levels.removeLast()
      if let last = scopes.indices.last { scopes[last].lowestDepth = min(scopes[last].lowestDepth, levels.count) }
    default:
      end(top)
      levels[top].name.formUnion(FieldName())
    }
  }

  private func take(simple instruction: String) throws(Refusal) {
    try checkDepth()
    levels.append(Level())
    for scalar in instruction.unicodeScalars where levels[levels.count - 1].name.isOpen {
      step(levels.count - 1, scalar)
    }
    end(levels.count - 1)
    levels.removeLast()
  }

  private func checkDepth() throws(Refusal) {
    guard levels.count < Self.maximumDepth else { throw Refusal(.unreadable, "too many fields in fields") }
  }

  func take(_ text: UnsafeRawBufferPointer, isDirect: Bool) {
    // Text in a field's result belongs to the instruction of the enclosing field. Some programs also treat the text
    // before the result as the instruction. Text outside fields has no effect.
    var level = levels.count - 1
    while isOptional, level > 0, !levels[level].name.isOpen, !levels[level].isStory { level -= 1 }
    guard !isOptional || level > 0 && !levels[level].isStory, levels[level].name.isOpen else { return }
    let before = levels[level].name
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      guard levels[level].name.isOpen else { break }
      step(level, scalar)
    }
    if isOptional { levels[level].name.formUnion(before) }
  }

  private func step(_ level: Int, _ scalar: Unicode.Scalar) {
    if levels[level].name.endsWord(before: scalar) { end(level) }
    levels[level].name.take(scalar)
  }

  /// Ends the first word of a level's instruction.
  private func end(_ level: Int) {
    let name = levels[level].name
    // `{ { QUOTE 68 68 69 } … }` spells the name of the outer field by the character codes of its letters.
    let isSpelling = name.isQuote && level > 1 && levels[level - 1].name.isOpen && !levels[level - 1].isStory
    if name.isComplete || isSpelling { acts = true }
  }

  func enterScope() {
    scopes.append(
      Scope(depth: levels.count, name: levels[levels.count - 1].name, isStory: false, lowestDepth: levels.count)
    )
  }

  func leaveScope() throws(Refusal) {
    guard let scope = scopes.popLast() else { return }
    if scope.isStory {
      for level in scope.depth..<max(scope.depth, levels.count) { end(level) }
      levels.removeLast(max(0, levels.count - scope.depth))
      return
    }
    guard levels.count == scope.depth, scope.lowestDepth >= scope.depth else {
      throw Refusal(.unreadable, "half a field in what may be left out")
    }
    levels[scope.depth - 1].name.formUnion(scope.name)
  }

  func finish() {
    for level in levels.indices { end(level) }
  }
}
