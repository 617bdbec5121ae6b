internal import Core

/// A relationship of a package or of one of its parts.
///
/// Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 2, 6.5)
struct Relationship {
  /// The last component of its type, in lowercase, which the two editions of the standard have in common.
  let kind: String
  let target: String
  let isExternal: Bool

  /// Those that a `.rels` part lists.
  static func all(in bytes: [UInt8]) throws(Refusal) -> [Relationship] {
    try Markup.elements(["Relationship"], in: bytes).map { element in
      Relationship(
        kind: element["Type"].split(separator: "/").last?.lowercased() ?? "",
        target: element["Target"],
        isExternal: element["TargetMode"].lowercased() == "external"
      )
    }
  }

  /// The part that it leads to, by its name in lowercase; `list` is the part that lists it, `…/_rels/….rels`.
  func part(from list: String) -> String {
    guard !target.hasPrefix("/") else { return Self.normalized(target) }
    let folders = list.split(separator: "/").dropLast(2)
    return Self.normalized((folders + [target[...]]).joined(separator: "/"))
  }

  /// A part's name from the root, in lowercase and without a leading slash.
  static func normalized(_ name: String) -> String {
    var components: [Substring] = []
    for component in name.lowercased().split(separator: "/") where component != "." {
      if component == ".." { _ = components.popLast() } else { components.append(component) }
    }
    return components.joined(separator: "/")
  }

  /// What it brings about when the document is opened; refuses one to macros.
  func judged() throws(Refusal) -> ActiveContent {
    let macros = ["vbaproject", "wordvbadata", "xlmacrosheet", "xlintlmacrosheet"]
    guard !macros.contains(kind) else { throw Refusal(.macros, "a relationship of the type \(kind)") }
    if kind == "control" || kind == "activexcontrolbinary" { return .active }
    // Word takes a chunk of another format into the document, by that format's own reader.
    if kind == "afchunk", !isExternal { return .passive }
    guard isExternal, kind != "hyperlink" else { return .none }
    // Links to pictures, films and workbooks show what is there; these load what may act.
    let acting = ["attachedtemplate", "oleobject", "frame", "subdocument", "afchunk", "package", "externaloleobject"]
    guard acting.contains(kind) else { return .none }
    return switch Place(of: target) {
    case .elsewhere: .active
    case .fileServer: .passive
    case .here: .none
    }
  }
}
