internal import Core

/// A relationship of a package or of one of its parts.
///
/// Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 2, 6.5)
struct Relationship: Equatable {
  /// The last component of the relationship's type, in lowercase.
  ///
  /// It is the same in both editions of the standard.
  let kind: String
  let target: String
  let isExternal: Bool

  /// Returns the relationships in a `.rels` part; throws if two different ones have the same identifier.
  static func all(in bytes: [UInt8], _ budget: Budget) throws(Refusal) -> [Relationship] {
    let attributes: Set = ["Id", "Type", "Target", "TargetMode"]
    var byIdentifier: [String: Relationship] = [:]
    return try Markup.list(["Relationship"], attributes: attributes, in: bytes, budget)
      .map { (element) throws(Refusal) -> Relationship in
        let mode = try element.value("TargetMode").lowercased()
        let relationship = Relationship(
          kind: kind(of: try element.value("Type")),
          target: try element.value("Target"),
          isExternal: !["", "internal"].contains(mode)
        )
        let other = byIdentifier.updateValue(relationship, forKey: try element.value("Id"))
        guard other == nil || other == relationship else { throw Refusal(.unreadable, "two relationships of one name") }
        return relationship
      }
  }

  private static func kind(of type: String) -> String {
    let last = type.split(separator: "/").last ?? ""
    return String(last.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }).lowercased()
  }

  /// Returns the lowercase names of the parts to which the relationship can refer.
  ///
  /// `list` is the part that lists the relationship, `…/_rels/….rels`. Some programs decode percent-encoding and others
  /// do not, so both readings count.
  func parts(from list: String) -> Set<String> {
    let path = target.withForwardSlashes
    let folders = path.hasPrefix("/") ? [] : list.split(separator: "/").dropLast(2)
    let whole = (folders + [path[...]]).joined(separator: "/")
    guard whole.utf8.contains(where: { [0x23, 0x25, 0x3F].contains($0) }) else { return [Self.normalized(whole)] }
    let known = Set([whole, String(whole.prefix { $0 != "#" && $0 != "?" })])
    return Set(known.flatMap { [Self.normalized($0), Self.normalized(PercentEncoding.decoded($0))] })
  }

  /// Returns a part's name from the root, in lowercase and without a leading slash.
  static func normalized(_ name: String) -> String {
    var components: [Substring] = []
    for component in name.lowercased().split(separator: "/") where component != "." {
      if component == ".." { _ = components.popLast() } else { components.append(component) }
    }
    return components.joined(separator: "/")
  }

  /// Returns the active content that the relationship causes; throws if its target is a macro.
  func judged() throws(Refusal) -> ActiveContent {
    let macros = ["vbaproject", "wordvbadata", "xlmacrosheet", "xlintlmacrosheet"]
    guard !macros.contains(kind) else { throw Refusal(.macros, "a relationship of the type \(kind)") }
    if kind == "control" || kind == "activexcontrolbinary" { return .active }
    // Word imports a chunk of another format (`altChunk`) with its own importer for this format.
    if kind == "afchunk", !isExternal { return .passive }
    guard isExternal, kind != "hyperlink" else { return .none }
    // Links to pictures, films and workbooks only display data. The following kinds load content that can be active.
    let acting = ["attachedtemplate", "oleobject", "frame", "subdocument", "afchunk", "package", "externaloleobject"]
    guard acting.contains(kind) else { return .none }
    return switch Place(of: target) {
    case .elsewhere: .active
    case .fileServer: .passive
    case .here: .none
    }
  }
}
