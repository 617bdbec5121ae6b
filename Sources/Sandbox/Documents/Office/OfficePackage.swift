internal import Core

/// An Office Open XML file: a package of parts, one of which is the main document.
///
/// Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 2)
struct OfficePackage {
  private let archive: Archive
  private let parts: Set<String>

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    archive = try Archive(bytes)
    parts = Set(archive.names.map { $0.lowercased() })
    guard archive.names.contains(PartMap.typesName) else {
      throw Refusal(.typeMismatch, "an archive without content types")
    }
  }

  func inspected(as type: FileType) throws(Refusal) -> ActiveContent {
    var findings = Findings()
    let map = try PartMap(archive, &findings)
    try archive.visit(
      watching: { (name) throws(Refusal) in try map.role(of: name, in: type).markup(archive.budget) },
      { (content) throws(Refusal) in
        if content.markup?.reader.acts == true { findings.note(.active) }
        let isAttached = map.isAttached(content.name)
        findings.note(try EmbeddedFile(content: content, outer: archive, isAttached: isAttached).judged())
        if map.isRichTextChunk(content) { findings.note(.active) }
      }
    )
    for name in archive.names {
      if try map.types.isControl(name) { findings.note(.active) }
    }
    try check(map.documents, map.types, type)
    return findings.content
  }

  /// Throws unless the package has exactly one main document, of the claimed type.
  private func check(_ documents: [String], _ types: ContentTypes, _ type: FileType) throws(Refusal) {
    guard documents.count == 1 else {
      throw Refusal(documents.isEmpty ? .unreadable : .typeMismatch, "\(documents.count) main parts")
    }
    guard let expected = type.mainPart else { throw Refusal(.typeMismatch) }
    // If the relationship's target does not exist, the part with the usual name is the main document.
    let part = parts.contains(documents[0]) ? documents[0] : expected.name
    guard parts.contains(part) else {
      let isOther = FileType.allCases.contains { $0.mainPart.map { parts.contains($0.name) } ?? false }
      throw Refusal(isOther || types.hasMainPart ? .typeMismatch : .unreadable, "no main part")
    }
    let stated = types[part]
    if stated == expected.contentType { return }
    // A value without a slash is no media type, and counts as missing.
    guard !stated.contains("/"), part == expected.name else { throw Refusal(.typeMismatch, "main part: \(stated)") }
  }
}

extension FileType {
  /// The usual name and the media type of the main document, both in lowercase.
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
