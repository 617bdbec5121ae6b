internal import CExpat
internal import Core
internal import Glibc

/// Finds what the content of an OpenDocument file has the program do: run scripts on events, follow links to scripts, ask
/// other programs for data, load what acts from elsewhere.
///
/// Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part3-schema/OpenDocument-v1.3-os-part3-schema.html
/// (10.4.13, 14.4 to 14.6, 19.2, 19.400)
final class OpenDocumentEvents: MarkupReader {
  /// What runs or asks by being there.
  private static let acting: Set = [
    "script", "execute-macro", "applet", "dde-source", "dde-connection", "dde-connection-decl", "library-linked",
  ]
  private static let events: Set = ["event-listener", "event"]
  /// What loads another document that may act, into this one or instead of it.
  private static let loading: Set = ["floating-frame", "object", "object-ole", "section-source", "auto-reload", plugin]
  private static let plugin = "plugin"
  /// What LibreOffice writes of a film or a sound, which it plays itself.
  private static let media = "application/vnd.sun.star.media"
  private static let condition = "condition"

  let elements = Array(acting) + Array(events) + Array(loading) + [condition]
  let elementAttributes: Set = ["href", "macro-name", "action", "value", "filter-name", "mime-type"]
  let attributes = ["href", "macro-name", "command", "target-location", "formula", "expression", "condition"]
  /// How many of these are links, and not formulas.
  private static let links = 4

  private let formulas: Formulas
  /// The same, read as Excel reads them, where they may be its own.
  private let excelFormulas: Formulas
  private var findings = Findings()

  init(hasBars: Bool) {
    formulas = Formulas(.openFormula, hasBars: hasBars)
    excelFormulas = Formulas(.excel, hasBars: hasBars)
  }

  var content: ActiveContent { acts ? .active : findings.content }
  var acts: Bool { findings.content == .active || formulas.acts || excelFormulas.acts }

  func begin(_ element: Markup.Element) throws(Refusal) -> cexpat_interest {
    let link = try element.openDocumentValue("href")
    if Self.acting.contains(element.name) {
      findings.note(.active)
    } else if Self.events.contains(element.name) {
      if try Self.runs(element, link) { findings.note(.active) }
    } else if element.name == Self.plugin, try element.openDocumentValue("mime-type") == Self.media {
      return CEXPAT_NOTHING
    } else if Self.loading.contains(element.name) {
      switch Place(of: link.trimmingSpace) {
      case .elsewhere where !link.isEmpty: findings.note(.active)
      case .fileServer: findings.note(.passive)
      default: break
      }
    } else {
      for attribute in element.attributes where attribute.name == "value" {
        attribute.value.withCString { take(formula: $0) }
      }
    }
    return CEXPAT_NOTHING
  }

  /// A presentation's own events, such as turning to the next page, have an action and no script.
  private static func runs(_ element: Markup.Element, _ link: String) throws(Refusal) -> Bool {
    let action = try element.openDocumentValue("action").trimmingSpace.lowercased()
    guard !["execute", "macro"].contains(action) else { return true }
    guard try element.openDocumentValue("macro-name").isEmpty else { return true }
    return element.namespace == .presentation ? Scheme.runs(link) : !link.isEmpty
  }

  /// A prefix tells the grammar: LibreOffice's own are known, any other may stand for Excel's.
  private func take(formula: UnsafePointer<CChar>) {
    formulas.take(formula, of: 0)
    let prefix = UnsafeRawBufferPointer(start: formula, count: strcspn(formula, ":="))
    let own = ["of", "oooc", "ooow"].contains { prefix.elementsEqual($0.utf8) }
    guard formula[prefix.count] == 0x3A, !own else { return }
    excelFormulas.take(formula, of: 0)
  }

  func take(_ value: UnsafePointer<CChar>, of attribute: Int) {
    guard attribute < Self.links else { return take(formula: value) }
    let isName = attributes[attribute] == "macro-name"
    if isName ? value.pointee != 0 : Scheme.runs(String(cString: value)) { findings.note(.active) }
  }
}

extension String {
  /// Without space at both ends.
  var trimmingSpace: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
