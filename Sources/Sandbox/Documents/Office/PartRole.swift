internal import Core

/// The role of a part in a package, which decides what active content the part can have.
enum PartRole {
  /// A text of a Word document.
  case story
  /// A worksheet, the workbook with its defined names, or another part with formulas.
  case sheet
  /// A slide, a notes page, or a layout or master of either.
  case slide
  /// A link from a workbook to external data.
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

  /// Returns a parser that finds the active content of the part; nil if the part can have none.
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

  /// The elements with formulas: cells, conditional formats, data validations, defined names, tables, charts and
  /// sparklines.
  private static let formulas = [
    "f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula", "oldFormula",
  ]
  /// The attributes with formulas of shapes and form controls.
  private static let formulaAttributes = ["textlink", "fmlaLink", "fmlaRange", "fmlaGroup", "fmlaTxbx", "fmlaMacro"]

  /// True for the two actions that start a program or a macro.
  ///
  /// Other actions change the slide, play embedded media, or follow links.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_standards/ms-oe376/
  private static func startsProgram(_ action: [UInt8]) -> Bool {
    action.contains(text: "ppaction://program") || action.contains(text: "ppaction://macro")
  }
}
