internal import Core

/// An OpenDocument file: an archive that begins with its media type, and lists what is in it.
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
      watching: { (name) throws(Refusal) in try Self.markup(for: name, in: type) },
      whole: { $0 == Self.manifest || Self.isLibraryList($0) },
      { (content) throws(Refusal) in
        if content.name == Self.manifest {
          try Self.check(manifest: content.bytes, type)
        } else if Self.isLibraryList(content.name) {
          try Self.check(list: content)
        } else if let markup = content.markup {
          let elements = try markup.finish()
          if markup.hasDDEFormula || elements.contains(where: Self.isActive) { findings.note(.active) }
        }
        findings.note(try EmbeddedFile(content: content, outer: archive, isAttached: false).judged())
      }
    )
    return findings.content
  }

  /// What is looked for in the content and the styles of the document, and of every document inside it.
  private static func markup(for name: String, in type: FileType) throws(Refusal) -> Markup? {
    let path = name.lowercased().split(separator: "/")
    guard let last = path.last, last == "content.xml" || last == "styles.xml" else { return nil }
    let acting: Set = ["event-listener", "script", "dde-source", "dde-connection-decl"]
    let formulas = Formulas(.openFormula, areAttributes: true, hasBars: type == .ods || path.count > 1)
    return try Markup(acting, allowingDoctype: true, formulas: formulas)
  }

  private static func check(list: Archive.Content) throws(Refusal) {
    guard try Markup.elements(["element"], in: list.bytes, allowingDoctype: true).isEmpty else {
      throw Refusal(.macros, list.name)
    }
  }

  /// The media type stands first and as it is, so that it can be read without a library.
  private func checkType(_ type: FileType) throws(Refusal) {
    guard let index = archive.names.firstIndex(of: "mimetype"), archive.layout.entries[index].offset == 0,
      archive.layout.entries[index].method == 0
    else { throw Refusal(.typeMismatch, "no media type") }
    var stated: [UInt8] = []
    try archive.read(index) { (piece) throws(Refusal) in stated += piece.prefix(256) }
    guard stated.elementsEqual(type.contentType.utf8) else { throw Refusal(.typeMismatch, "another media type") }
  }

  private static func check(manifest bytes: [UInt8], _ type: FileType) throws(Refusal) {
    for element in try Markup.elements(["file-entry", "encryption-data"], in: bytes, allowingDoctype: true) {
      guard element.name == "file-entry" else { throw Refusal(.encrypted, "an encrypted file") }
      guard element["full-path"] != "/" || element["media-type"] == type.contentType else {
        throw Refusal(.typeMismatch, "the manifest says \(element["media-type"])")
      }
    }
  }

  /// Scripts of any language, and modules of Basic, also of documents inside; the lists of its libraries are there
  /// without any, too.
  static func isMacro(_ name: String) -> Bool {
    let path = name.lowercased()
    guard !path.hasSuffix("/") else { return false }
    let folders = path.split(separator: "/").dropLast()
    return folders.contains("scripts") || folders.contains("basic") && !isLibraryList(name)
  }

  private static func isLibraryList(_ name: String) -> Bool {
    let path = name.lowercased().split(separator: "/")
    let lists = ["script-lc.xml", "script-lb.xml", "dialog-lc.xml", "dialog-lb.xml"]
    return path.dropLast().contains("basic") && path.last.map { lists.contains(String($0)) } == true
  }

  /// What a document has the program do: run scripts on events, or fetch data from another program.
  private static func isActive(_ element: Markup.Element) -> Bool {
    // A presentation's own events, such as turning to the next page, have an action and no script.
    element.name == "event-listener"
      ? element["href"].contains("script") || !element["macro-name"].isEmpty : !element.attributes.isEmpty
  }
}
