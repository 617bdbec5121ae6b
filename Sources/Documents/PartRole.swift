internal import Core

/// What a part of a package is, as far as something that acts may stand in it.
enum PartRole {
  /// Text of Word's.
  case story
  /// A worksheet, or the workbook with its names.
  case sheet
  /// A slide, a page of notes, or what they are laid out by.
  case slide
  /// What a workbook takes from elsewhere.
  case externalLink
  case other

  static let storyKinds: Set = ["officedocument", "footnotes", "endnotes", "comments", "header", "footer"]
  static let slideKinds: Set = [
    "slide", "slidelayout", "slidemaster", "notesslide", "notesmaster", "handoutmaster", "diagramdata",
    "diagramdrawing",
  ]
  static let slideFolders = [
    "slides", "slidelayouts", "slidemasters", "notesslides", "notesmasters", "handoutmasters", "diagrams",
  ]

  /// What finds it.
  func markup() throws(Refusal) -> Markup? {
    switch self {
    case .story: try Markup(Fields.elements)
    case .sheet:
      // Also those of conditional formats, of checked input, and of names.
      try Markup(
        [],
        formulas: Formulas(.excel, elements: ["f", "formula", "formula1", "formula2", "definedName"])
      )
    case .slide: try Markup(["hlinkClick", "hlinkMouseOver", "hlinkHover"])
    case .externalLink: try Markup(["ddeLink"])
    case .other: nil
    }
  }

  /// Whether the part starts a program or a macro; it must be there whole.
  func acts(_ markup: Markup) throws(Refusal) -> Bool {
    let elements = try markup.finish()
    return switch self {
    case .story: Fields.startProgram(elements)
    case .sheet: markup.hasDDEFormula
    case .slide: elements.contains { Self.startsProgram($0["action"].lowercased()) }
    case .externalLink: !elements.isEmpty
    case .other: false
    }
  }

  /// The two that do; others turn slides, play what is embedded, or follow links.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_standards/ms-oe376/
  private static func startsProgram(_ action: String) -> Bool {
    ["ppaction://program", "ppaction://macro"].contains { action.contains($0) }
  }
}
