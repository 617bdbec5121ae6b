internal import Core

/// A file inside an Office or OpenDocument package, checked by its content.
struct EmbeddedFile {
  let content: Archive.Content
  /// The archive that contains the file.
  let outer: Archive
  /// True if the file is attached for a person to open, and false if the document needs it for its display.
  let isAttached: Bool

  /// Returns the active content of the file; throws if the file has macros.
  func judged() throws(Refusal) -> ActiveContent {
    var findings = Findings()
    if Self.isProgram(named: content.name) || isExecutable { findings.note(.active) }
    if content.isCompound {
      findings.note(try CompoundFile.content(embedded: content.bytes, outer.budget))
    } else if content.isArchive {
      findings.note(try archiveContent())
    } else if isAttached, !isPage {
      findings.note(.passive)
    }
    return findings.content
  }

  /// True if the file is a Windows program, independent of its name.
  ///
  /// An obfuscated font of Office (`.odttf`) can begin with any bytes.
  private var isExecutable: Bool {
    content.head.starts(with: "MZ".utf8) && !content.name.lowercased().hasSuffix(".odttf")
  }

  /// True if the file is an image or a PDF.
  private var isPage: Bool {
    // The signatures of Windows metafiles, in which Office stores drawings: EMF, and WMF with a placeable header.
    let metafiles: [[UInt8]] = [[0x01, 0, 0, 0], [0xD7, 0xCD, 0xC6, 0x9A]]
    return FileType(leadingBytes: content.head) != nil || content.head.starts(with: "%PDF-".utf8)
      || metafiles.contains { content.head.starts(with: $0) }
  }

  /// Returns the active content of an archive, from its names and content types; no other entry is unpacked.
  private func archiveContent() throws(Refusal) -> ActiveContent {
    do throws(Refusal) {
      return try content.bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) -> ActiveContent in
        let archive = try Archive(UnsafeRawBufferPointer(bytes), inside: outer)
        let index = archive.names.firstIndex { $0.lowercased() == "[content_types].xml" }
        let types = if let index { try ContentTypes(try archive.text(index), archive.budget) } else { ContentTypes() }
        let isOpenDocument = archive.names.first == "mimetype"
        var findings = Findings()
        for name in archive.names {
          if try types.isControl(name) { findings.note(.passive) }
          guard !isOpenDocument || !OpenDocumentPackage.isMacro(name) else { throw Refusal(.macros, name) }
        }
        if index == nil, !isOpenDocument { findings.note(.passive) }
        return findings.content
      }
    } catch {
      // An unreadable archive counts as an attachment.
      guard error.reason != .macros, error.reason != .decompressionBomb else { throw error }
      return .passive
    }
  }

  /// True if a double click on Windows would run a file of this name, by its extension.
  static func isProgram(named name: String) -> Bool {
    let name = name.lowercased()
    return name.contains(".") && programs.contains(String(name.split(separator: ".").last ?? ""))
  }

  private static let programs: Set = [
    "bat", "chm", "cmd", "com", "cpl", "dll", "docm", "dotm", "exe", "hta", "iqy", "jar", "js", "jse", "lnk", "msc",
    "msi", "pif", "potm", "ppam", "ppsm", "pptm", "ps1", "reg", "scf", "scr", "sct", "settingcontent-ms", "slk", "url",
    "vb", "vbe", "vbs", "wsc", "wsf", "wsh", "xlam", "xlsb", "xlsm", "xltm",
  ]
}
