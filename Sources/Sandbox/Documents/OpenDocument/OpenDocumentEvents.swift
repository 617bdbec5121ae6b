internal import CExpat
internal import Core
internal import Glibc

/// Finds active content in an OpenDocument file: scripts on events, links to scripts, queries to other programs (DDE),
/// and active content from elsewhere.
///
/// Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part3-schema/OpenDocument-v1.3-os-part3-schema.html
/// (10.4.13, 14.4 to 14.6, 19.2, 19.400)
final class OpenDocumentEvents: MarkupReader {
  /// The elements that are active by themselves.
  private static let acting: Set = [
    "script", "execute-macro", "applet", "dde-source", "dde-connection", "dde-connection-decl", "library-linked",
  ]
  private static let events: Set = ["event-listener", "event"]
  /// The elements that load another document, which can be active, into this document or in its place.
  private static let loading: Set = ["floating-frame", "object", "object-ole", "section-source", "auto-reload", plugin]
  private static let plugin = "plugin"
  /// The media type that LibreOffice writes for films and sounds, which it plays itself.
  private static let media = "application/vnd.sun.star.media"
  private static let condition = "condition"

  let elements = Array(acting) + Array(events) + Array(loading) + [condition]
  let elementAttributes: Set = ["href", "macro-name", "action", "value", "filter-name", "mime-type"]
  let attributes = ["href", "macro-name", "command", "target-location", "formula", "expression", "condition"]
  /// The number of leading `attributes` that are links; the others are formulas.
  private static let links = 4

  private let formulas: Formulas
  /// The same formulas in Excel's grammar, for prefixes that can mean it.
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

  /// True if an event runs a script.
  ///
  /// Events of a presentation, such as a change to the next page, have an action without a script.
  private static func runs(_ element: Markup.Element, _ link: String) throws(Refusal) -> Bool {
    let action = try element.openDocumentValue("action").trimmingSpace.lowercased()
    guard !["execute", "macro"].contains(action) else { return true }
    guard try element.openDocumentValue("macro-name").isEmpty else { return true }
    return element.namespace == .presentation ? Scheme.runs(link) : !link.isEmpty
  }

  /// Reads a formula in the grammar of its prefix.
  ///
  /// The prefixes of LibreOffice are known. A formula with any other prefix is also read in Excel's grammar.
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
  /// The string without whitespace at both ends.
  var trimmingSpace: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
