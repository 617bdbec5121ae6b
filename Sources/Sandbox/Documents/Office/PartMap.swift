internal import Core

/// What the parts of a package are, by their types, their names, and the relationships that lead to them.
struct PartMap {
  static let typesName = "[Content_Types].xml"
  private static let rootRelationships = "_rels/.rels"
  /// What following a relationship takes for each byte of both names, in `Budget`'s work.
  private static let work = 200

  let types: ContentTypes
  /// Where the package's own relationships say that its document is.
  private(set) var documents: [String] = []
  /// The kinds of the relationships that lead to a part that is there.
  private var kinds: [String: Set<String>] = [:]

  /// Also notes what the relationships bring about.
  init(_ archive: Archive, _ findings: inout Findings) throws(Refusal) {
    let typesIndex = archive.names.firstIndex(of: Self.typesName)
    types = if let typesIndex { try ContentTypes(try archive.text(typesIndex), archive.budget) } else { ContentTypes() }
    let parts = Set(archive.names.map { $0.lowercased() })
    for (index, name) in archive.names.enumerated() where name.lowercased().hasSuffix(".rels") {
      let isRoot = name.lowercased() == Self.rootRelationships
      for relationship in try Relationship.all(in: try archive.text(index), archive.budget) {
        findings.note(try relationship.judged())
        try archive.budget.spend(work: Self.work * (name.utf8.count + relationship.target.utf8.count))
        let leads = relationship.parts(from: name)
        if isRoot, relationship.kind == "officedocument" {
          guard !relationship.isExternal else { throw Refusal(.unreadable, "the document is elsewhere") }
          documents.append(Relationship.normalized(relationship.target))
        }
        guard !relationship.isExternal else { continue }
        for part in leads where parts.contains(part) { kinds[part, default: []].insert(relationship.kind) }
      }
    }
  }

  /// What is to be looked for in a part.
  func role(of name: String, in type: FileType) -> PartRole {
    let part = name.lowercased()
    let kinds = kinds[part] ?? []
    if part.contains("/externallinks/externallink") || kinds.contains("externallink"), !part.hasSuffix(".rels") {
      return .externalLink
    }
    return switch type {
    case .docx where Self.isStory(part) || isText(part, kinds, "wordprocessingml", PartRole.storyKinds): .story
    case .xlsx
    where Self.isIn(PartRole.sheetFolders, part) || isText(part, kinds, "spreadsheetml", PartRole.sheetKinds):
      .sheet
    case .pptx
    where Self.isIn(PartRole.slideFolders, part) || isText(part, kinds, "presentationml", PartRole.slideKinds):
      .slide
    default: .other
    }
  }

  /// Whether a part is one of the document's own by its type, or by what leads to it.
  private func isText(_ part: String, _ kinds: Set<String>, _ family: String, _ own: Set<String>) -> Bool {
    let type = types[part]
    return !kinds.isDisjoint(with: own) || type.contains(family) && type.hasSuffix("xml")
  }

  private static func isIn(_ folders: [String], _ part: String) -> Bool {
    part.hasSuffix(".xml") && folders.contains { part.hasPrefix($0) }
  }

  /// Whether a part is text of Word's, of which there are a dozen at most: body, notes, comments, headers, footers.
  private static func isStory(_ part: String) -> Bool {
    let components = part.split(separator: "/")
    guard components.count == 2, components[0] == "word", components[1].hasSuffix(".xml") else { return false }
    return ["document", "footnotes", "endnotes", "comments", "header", "footer"].contains {
      components[1].hasPrefix($0)
    }
  }

  /// Whether a part is a file that somebody may open from the document.
  func isAttached(_ name: String) -> Bool {
    let part = name.lowercased()
    guard !part.hasSuffix("/"), !part.hasSuffix(".rels") else { return false }
    return part.contains("/embeddings/") || !(kinds[part] ?? []).isDisjoint(with: ["oleobject", "package"])
  }

  /// Whether an entry is a text in RTF that Word takes into the document, with all that RTF can carry.
  func isRichTextChunk(_ content: Archive.Content) -> Bool {
    let part = content.name.lowercased()
    guard kinds[part]?.contains("afchunk") == true else { return false }
    let space: Set<UInt8> = [0x09, 0x0A, 0x0D, 0x20, 0xEF, 0xBB, 0xBF]
    return types[part].contains("rtf") || part.hasSuffix(".rtf")
      || content.head.drop { space.contains($0) }.starts(with: "{\\rt".utf8)
  }
}
