internal import Core

extension CompoundFile {
  /// Returns the active content of an object embedded in a document; throws if the object has macros.
  ///
  /// A damaged object cannot be opened by any program, so it is only searched for macros.
  static func content(embedded bytes: [UInt8], _ budget: Budget) throws(Refusal) -> ActiveContent {
    try bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) -> ActiveContent in
      let bytes = UnsafeRawBufferPointer(bytes)
      let file: CompoundFile
      do throws(Refusal) {
        file = try CompoundFile(bytes, budget)
      } catch {
        guard error.reason != .decompressionBomb else { throw error }
        try refuseMacros(listedIn: bytes)
        return .passive
      }
      try file.refuseMacros()
      return try file.attachments()
    }
  }

  /// Throws if the file has a VBA project, in the tree or in any directory entry outside the tree.
  ///
  /// Another program can follow directory entries that libgsf ignores.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-ovba/ (2.2.1)
  func refuseMacros() throws(Refusal) {
    if let macro = nodes.first(where: { Self.macroNames.contains($0.name) }) {
      throw Refusal(.macros, macro.path.joined(separator: "/"))
    }
    try Self.refuseMacros(listedIn: bytes)
  }

  private static let macroNames: Set = ["vba", "_vba_project", "_vba_project_cur", "macros"]

  /// Throws if a directory entry has the name of a VBA project.
  ///
  /// An entry has 128 bytes: the name in UTF-16, the name's length at 64, and the type at 66.
  private static func refuseMacros(listedIn bytes: UnsafeRawBufferPointer) throws(Refusal) {
    for name in ["_vba_project", "_vba_project_cur"] {
      let length = 2 * (name.utf8.count + 1)
      for entry in stride(from: 512, through: bytes.count - 128, by: 128)
      where bytes[entry + 64] == length && bytes[entry + 65] == 0 && (1...2).contains(bytes[entry + 66]) {
        let letters = stride(from: entry, to: entry + length - 2, by: 2)
        guard letters.allSatisfy({ bytes[$0 + 1] == 0 }) else { continue }
        let found = String(decoding: letters.map { bytes[$0] }, as: UTF8.self)
        guard found.lowercased() != name else { throw Refusal(.macros, "\(found), outside the tree") }
      }
    }
  }

  /// Returns the active content of files that were attached to the document for a person to open.
  func attachments() throws(Refusal) -> ActiveContent {
    var findings = Findings()
    for node in nodes where node.name == "\u{1}ole10native" {
      let storage = nodes[node.parent]
      let isPackage = storage.classID == Self.packageClass || storage.classID == [UInt8](repeating: 0, count: 16)
      guard isPackage else { continue }
      let head = try read(node, atMost: 1024)
      findings.note(Self.isProgram(head) ? .active : .passive)
    }
    return findings.content
  }

  /// The class {0003000C-0000-0000-C000-000000000046} of an attached file (OLE package).
  private static let packageClass: [UInt8] = [0x0C, 0, 3, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]

  /// True if the extension of the label or the path belongs to a program on Windows.
  private static func isProgram(_ head: [UInt8]) -> Bool {
    let texts = head.dropFirst(6).split(separator: 0, maxSplits: 2).prefix(2)
    return texts.contains { text in
      EmbeddedFile.isProgram(named: String(decoding: text, as: UTF8.self))
    }
  }
}
