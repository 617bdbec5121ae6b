internal import Core

/// What a part of a package is, as far as something that acts may stand in it.
enum PartRole {
  /// Text of Word's.
  case story
  /// A worksheet, the workbook with its names, or another part with formulas.
  case sheet
  /// A slide, a page of notes, or what they are laid out by.
  case slide
  /// What a workbook takes from elsewhere.
  case externalLink
  case other

  static let storyKinds: Set = ["officedocument", "footnotes", "endnotes", "comments", "header", "footer"]
  static let sheetKinds: Set = ["officedocument", "worksheet", "table", "drawing", "chart", "ctrlprop"]
  static let slideKinds: Set = [
    "officedocument", "slide", "slidelayout", "slidemaster", "notesslide", "notesmaster", "handoutmaster",
    "diagramdata", "diagramdrawing",
  ]
  static let sheetFolders = ["worksheets", "chartsheets", "dialogsheets", "tables", "drawings", "charts", "ctrlprops"]
    .map { "xl/\($0)/" }
  static let slideFolders = [
    "slides", "slidelayouts", "slidemasters", "notesslides", "notesmasters", "handoutmasters", "diagrams",
  ].map { "ppt/\($0)/" }

  /// What finds it.
  func markup(_ budget: Budget) throws(Refusal) -> Markup? {
    guard let reader else { return nil }
    return try Markup(reader, budget)
  }

  private var reader: (any MarkupReader)? {
    switch self {
    case .story: Fields()
    case .sheet: Formulas(.excel, elements: Self.formulas, attributes: Self.formulaAttributes)
    case .slide:
      ElementTest(["hlinkClick", "hlinkMouseOver", "hlinkHover"], attributes: ["action"]) { (element) throws(Refusal) in
        Self.startsProgram(Array(try element.value("action").lowercased().utf8))
      }
    case .externalLink: ElementTest(["ddeLink"])
    case .other: nil
    }
  }

  /// Of cells, conditional formats, checked input, names, tables, charts and their small kin in cells.
  private static let formulas = [
    "f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula", "oldFormula",
  ]
  /// Of shapes and form controls, which show or take what they refer to.
  private static let formulaAttributes = ["textlink", "fmlaLink", "fmlaRange", "fmlaGroup", "fmlaTxbx", "fmlaMacro"]

  /// The two that do; others turn slides, play what is embedded, or follow links.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_standards/ms-oe376/
  private static func startsProgram(_ action: [UInt8]) -> Bool {
    action.contains(text: "ppaction://program") || action.contains(text: "ppaction://macro")
  }
}
