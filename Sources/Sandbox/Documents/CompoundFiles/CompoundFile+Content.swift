internal import Core

extension CompoundFile {
  /// What an object that is embedded in a document brings along; refuses macros.
  ///
  /// A damaged one cannot be opened by anybody, and is only searched for macros.
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

  /// Refuses a VBA project, wherever it lies: by the tree, and by every directory entry that a reader of another mind
  /// may come upon.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-ovba/ (2.2.1)
  func refuseMacros() throws(Refusal) {
    if let macro = nodes.first(where: { Self.macroNames.contains($0.name) }) {
      throw Refusal(.macros, macro.path.joined(separator: "/"))
    }
    try Self.refuseMacros(listedIn: bytes)
  }

  private static let macroNames: Set = ["vba", "_vba_project", "_vba_project_cur", "macros"]

  /// An entry is 128 bytes long: its name in UTF-16, the name's length at 64, its type at 66.
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

  /// Files that were put into the document as they are, for somebody to open them.
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

  /// {0003000C-0000-0000-C000-000000000046}: a file as it is.
  private static let packageClass: [UInt8] = [0x0C, 0, 3, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]

  /// By the extension of the label or the path: what a double click on Windows would run.
  private static func isProgram(_ head: [UInt8]) -> Bool {
    let texts = head.dropFirst(6).split(separator: 0, maxSplits: 2).prefix(2)
    return texts.contains { text in
      EmbeddedFile.isProgram(named: String(decoding: text, as: UTF8.self))
    }
  }
}
