internal import Core

/// The roles of a package's parts, from their content types, their names, and the relationships that refer to them.
struct PartMap {
  static let typesName = "[Content_Types].xml"
  private static let rootRelationships = "_rels/.rels"
  /// The cost of following a relationship per byte of both names, in units of `Budget`'s work.
  private static let work = 200

  let types: ContentTypes
  /// The targets of the package's `officeDocument` relationships.
  private(set) var documents: [String] = []
  /// The kinds of the relationships that refer to each existing part.
  private var kinds: [String: Set<String>] = [:]

  /// Reads the package's content types and relationships, and adds the active content of the relationships to
  /// `findings`.
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

  /// Returns the role of a part, which decides what active content is searched for.
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

  /// True if the content type of a part, or a relationship to the part, shows that it is document text.
  private func isText(_ part: String, _ kinds: Set<String>, _ family: String, _ own: Set<String>) -> Bool {
    let type = types[part]
    return !kinds.isDisjoint(with: own) || type.contains(family) && type.hasSuffix("xml")
  }

  private static func isIn(_ folders: [String], _ part: String) -> Bool {
    part.hasSuffix(".xml") && folders.contains { part.hasPrefix($0) }
  }

  /// True if a part is a text of a Word document: body, notes, comments, headers or footers.
  ///
  /// A document has about a dozen of them.
  private static func isStory(_ part: String) -> Bool {
    let components = part.split(separator: "/")
    guard components.count == 2, components[0] == "word", components[1].hasSuffix(".xml") else { return false }
    return ["document", "footnotes", "endnotes", "comments", "header", "footer"].contains {
      components[1].hasPrefix($0)
    }
  }

  /// True if a part is a file that a person can open from the document.
  func isAttached(_ name: String) -> Bool {
    let part = name.lowercased()
    guard !part.hasSuffix("/"), !part.hasSuffix(".rels") else { return false }
    return part.contains("/embeddings/") || !(kinds[part] ?? []).isDisjoint(with: ["oleobject", "package"])
  }

  /// True if an entry is an RTF text that Word imports into the document, with any active content that RTF allows.
  func isRichTextChunk(_ content: Archive.Content) -> Bool {
    let part = content.name.lowercased()
    guard kinds[part]?.contains("afchunk") == true else { return false }
    let space: Set<UInt8> = [0x09, 0x0A, 0x0D, 0x20, 0xEF, 0xBB, 0xBF]
    return types[part].contains("rtf") || part.hasSuffix(".rtf")
      || content.head.drop { space.contains($0) }.starts(with: "{\\rt".utf8)
  }
}
