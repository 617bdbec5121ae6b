internal import Core

/// An Office Open XML file: a package of parts, of which one is the document.
///
/// Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 2)
struct OfficePackage {
  private static let typesName = "[Content_Types].xml"
  private static let rootRelationships = "_rels/.rels"

  private let archive: Archive
  private let parts: Set<String>

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    archive = try Archive(bytes)
    parts = Set(archive.names.map { $0.lowercased() })
    guard archive.names.contains(Self.typesName) else {
      throw Refusal(.typeMismatch, "an archive without content types")
    }
  }

  func inspected(as type: FileType) throws(Refusal) -> ActiveContent {
    var types = ContentTypes()
    var documents: [String] = []
    var findings = Findings()
    var stories: [String: Markup] = [:]
    for name in archive.names where Self.isStory(name) { stories[name] = try Markup(Fields.elements) }
    try archive.visit(
      streaming: stories,
      { name in
        name == Self.typesName || name.lowercased().hasSuffix(".rels")
          || name.lowercased().contains("/externallinks/externallink")
      },
      { (name, bytes) throws(Refusal) in
        if bytes.starts(with: FileType.compoundSignature) {
          findings.note(try CompoundFile.content(embedded: bytes))
        } else if name == Self.typesName {
          types = try ContentTypes(bytes)
        } else if name.lowercased().hasSuffix(".rels") {
          let relationships = try Relationship.all(in: bytes)
          if name.lowercased() == Self.rootRelationships {
            documents += relationships.filter { $0.kind == "officedocument" }.map(\.part)
          }
          for relationship in relationships { findings.note(try relationship.judged()) }
        } else if try !Markup.elements(["ddeLink"], in: bytes).isEmpty {
          findings.note(.active)
        }
      }
    )
    for story in stories.values where Fields.startProgram(try story.finish()) { findings.note(.active) }
    for name in archive.names {
      if try types.isControl(name) { findings.note(.active) }
    }
    try check(documents, types, type)
    return findings.content
  }

  /// Whether a part is text of Word's, of which there are a dozen at most: body, notes, comments, headers, footers.
  private static func isStory(_ name: String) -> Bool {
    let components = name.lowercased().split(separator: "/")
    guard components.count == 2, components[0] == "word", components[1].hasSuffix(".xml") else { return false }
    return ["document", "footnotes", "endnotes", "comments", "header", "footer"].contains {
      components[1].hasPrefix($0)
    }
  }

  /// There must be one document, and it of the type.
  private func check(_ documents: [String], _ types: ContentTypes, _ type: FileType) throws(Refusal) {
    guard documents.count == 1 else {
      throw Refusal(documents.isEmpty ? .unreadable : .typeMismatch, "\(documents.count) main parts")
    }
    guard let expected = type.mainPart else { throw Refusal(.typeMismatch) }
    // A relationship that leads nowhere tells nothing: then the document is the part that has its usual name.
    let part = parts.contains(documents[0]) ? documents[0] : expected.name
    guard parts.contains(part) else {
      let isOther = FileType.allCases.contains { $0.mainPart.map { parts.contains($0.name) } ?? false }
      throw Refusal(isOther || types.hasMainPart ? .typeMismatch : .unreadable, "no main part")
    }
    let stated = types[part]
    if stated == expected.contentType { return }
    // What is no media type states nothing either.
    guard !stated.contains("/"), part == expected.name else { throw Refusal(.typeMismatch, "main part: \(stated)") }
  }
}

extension FileType {
  /// The usual name and the media type of the part that is the document, both in lowercase.
  fileprivate var mainPart: (name: String, contentType: String)? {
    let family = "application/vnd.openxmlformats-officedocument."
    return switch self {
    case .docx: ("word/document.xml", family + "wordprocessingml.document.main+xml")
    case .xlsx: ("xl/workbook.xml", family + "spreadsheetml.sheet.main+xml")
    case .pptx: ("ppt/presentation.xml", family + "presentationml.presentation.main+xml")
    default: nil
    }
  }
}
