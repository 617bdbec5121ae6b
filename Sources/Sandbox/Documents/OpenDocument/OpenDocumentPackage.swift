internal import Core

/// An OpenDocument file: an archive that begins with its media type and has a manifest of its entries.
///
/// Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part2-packages/OpenDocument-v1.3-os-part2-packages.html
struct OpenDocumentPackage {
  private static let manifest = "META-INF/manifest.xml"

  private let archive: Archive

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    archive = try Archive(bytes)
  }

  func inspected(as type: FileType) throws(Refusal) -> ActiveContent {
    try checkType(type)
    guard archive.names.contains(Self.manifest), archive.names.contains("content.xml") else {
      throw Refusal(.unreadable, "no manifest, or no content")
    }
    for name in archive.names where Self.isMacro(name) { throw Refusal(.macros, name) }
    var findings = Findings()
    try archive.visit(
      watching: { (name) throws(Refusal) in try markup(for: name, in: type) },
      whole: { $0 == Self.manifest || Self.isLibraryList($0) },
      { (content) throws(Refusal) in
        if content.name == Self.manifest {
          try Self.check(manifest: content.bytes, type, archive.budget)
        } else if Self.isLibraryList(content.name) {
          try Self.check(list: content, archive.budget)
        } else if let events = content.markup?.reader as? OpenDocumentEvents {
          findings.note(events.content)
        }
        findings.note(try EmbeddedFile(content: content, outer: archive, isAttached: false).judged())
      }
    )
    return findings.content
  }

  /// Returns a parser for an XML file of the document or of an embedded document; nil for other entries.
  private func markup(for name: String, in type: FileType) throws(Refusal) -> Markup? {
    let path = name.lowercased().split(separator: "/")
    guard let last = path.last, ["content.xml", "styles.xml", "meta.xml", "settings.xml"].contains(last) else {
      return nil
    }
    let events = OpenDocumentEvents(hasBars: type == .ods || path.count > 1)
    return try Markup(events, allowingDoctype: true, archive.budget)
  }

  /// Throws if a library list has modules, or a link to a library with modules or dialogs elsewhere.
  private static func check(list: Archive.Content, _ budget: Budget) throws(Refusal) {
    let names = ["element", "library"]
    let found = try Markup.list(names, attributes: ["href", "link"], in: list.bytes, allowingDoctype: true, budget)
    for element in found {
      let isLink = element.attributes.contains { $0.name == "href" ? !$0.value.isEmpty : $0.value != "false" }
      let isModule = element.name == "element" && !isDialogList(list.name)
      guard !isModule, !isLink else { throw Refusal(.macros, list.name) }
    }
  }

  /// Throws unless the first entry is the uncompressed media type, which programs can read without a ZIP library.
  private func checkType(_ type: FileType) throws(Refusal) {
    guard let index = archive.names.firstIndex(of: "mimetype") else { throw Refusal(.typeMismatch, "no media type") }
    guard archive.layout.entries[index].offset == 0, archive.layout.entries[index].method == 0 else {
      throw Refusal(.malformedArchive, "the media type is compressed or not the first entry")
    }
    var stated: [UInt8] = []
    try archive.read(index) { (piece) throws(Refusal) in stated += piece.prefix(256) }
    guard stated.elementsEqual(type.contentType.utf8) else { throw Refusal(.typeMismatch, "another media type") }
  }

  /// Throws if the manifest contradicts the claimed type, lists encrypted files, or has two different entries for one
  /// path.
  private static func check(manifest bytes: [UInt8], _ type: FileType, _ budget: Budget) throws(Refusal) {
    let names = ["file-entry", "encryption-data"]
    let attributes: Set = ["full-path", "media-type"]
    var types: [String: String] = [:]
    for element in try Markup.list(names, attributes: attributes, in: bytes, allowingDoctype: true, budget) {
      guard element.name == "file-entry" else { throw Refusal(.encrypted, "an encrypted file") }
      let path = try element.openDocumentValue("full-path")
      let stated = try element.openDocumentValue("media-type")
      guard types.updateValue(stated, forKey: path) ?? stated == stated else {
        throw Refusal(.unreadable, "two types of \(path)")
      }
      guard path != "/" || stated == type.contentType else {
        throw Refusal(.typeMismatch, "the manifest says \(stated)")
      }
    }
  }

  /// True for scripts of any language and modules of Basic, also in embedded documents.
  ///
  /// Lists of Basic libraries also exist in documents without modules, so they do not count.
  static func isMacro(_ name: String) -> Bool {
    let path = name.lowercased()
    guard !path.hasSuffix("/") else { return false }
    let folders = path.split(separator: "/").dropLast()
    return folders.contains("scripts") || folders.contains("basic") && !isLibraryList(name)
  }

  private static func isLibraryList(_ name: String) -> Bool {
    let path = name.lowercased().split(separator: "/")
    let lists = ["script-lc.xml", "script-lb.xml", "dialog-lc.xml", "dialog-lb.xml"]
    return path.dropLast().contains { $0 == "basic" || $0 == "dialogs" }
      && path.last.map { lists.contains(String($0)) } == true
  }

  private static func isDialogList(_ name: String) -> Bool {
    !name.lowercased().split(separator: "/").dropLast().contains("basic")
  }
}
