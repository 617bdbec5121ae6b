public import Core

/// Checks documents and plain files.
///
/// The checks of a document are its type, integrity and size, the absence of macros, and its active content. Documents
/// are not rendered. Of an archive inside a document, only names and types are read.
public enum Inspector {
  /// Returns the result of checking `bytes` against `request`; the reply has no renderings.
  ///
  /// `opinion` is libmagic's answer; it counts for plain types only.
  public static func answer(_ request: DecoderRequest, _ bytes: [UInt8], opinion: String? = nil) -> DecoderReply {
    do throws(Refusal) {
      switch request.claimed {
      case .checked(let type):
        let content = try inspect(bytes, as: type)
        return .decoded(DecoderReply.ImageFacts(document: type, activeContent: content), [])
      case .plain(let type):
        try check(bytes, as: type, opinion: opinion ?? "application/octet-stream")
        return .decoded(DecoderReply.ImageFacts(plain: type), [])
      }
    } catch {
      return .refused(error.reason, error.exceeded)
    }
  }

  static func check(_ bytes: [UInt8], as type: PlainType, opinion: String) throws(Refusal) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) in
      try PlainFile(UnsafeRawBufferPointer(bytes), type, opinion: opinion).check()
    }
  }

  static func inspect(_ bytes: [UInt8], as type: FileType) throws(Refusal) -> ActiveContent {
    try bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) -> ActiveContent in
      let bytes = UnsafeRawBufferPointer(bytes)
      guard type.mayBegin(with: bytes.prefix(type.leadingLength)) else {
        throw Refusal(.typeMismatch, "another signature")
      }
      if type.structure != .pdf, bytes.prefix(1024).contains(text: "%PDF-") {
        throw Refusal(.typeMismatch, "also a PDF")
      }
      switch type.structure {
      case .image: throw Refusal(.typeMismatch, "no document")
      case .pdf: return try PDFFile(bytes).activeContent
      case .compound: return try CompoundDocument(bytes).inspected(as: type)
      case .officeOpenXML:
        // Office wraps every encrypted document in a compound file, for all document types.
        guard !bytes.starts(with: FileType.compoundSignature) else { throw encryptedOrForeign(bytes) }
        return try OfficePackage(bytes).inspected(as: type)
      case .openDocument: return try OpenDocumentPackage(bytes).inspected(as: type)
      }
    }
  }

  private static func encryptedOrForeign(_ bytes: UnsafeRawBufferPointer) -> Refusal {
    (try? CompoundFile(bytes))?.isEncryptedPackage == true
      ? Refusal(.encrypted, "an encrypted package") : Refusal(.typeMismatch, "a compound file")
  }

  /// Lets every library read a small input, so that no library file is loaded later; false if that fails.
  public static func warmUp() -> Bool {
    var compound = FileType.compoundSignature + [UInt8](repeating: 0, count: 1016)
    for (offset, byte) in [(0x1A, 3), (0x1C, 0xFE), (0x1D, 0xFF), (0x1E, 9), (0x2C, 1)] {
      compound[offset] = UInt8(byte)
    }
    for (type, bytes) in [(FileType.docx, smallestArchive), (.odt, smallestArchive), (.doc, compound)] {
      guard (try? inspect(bytes, as: type)) == nil else { return false }
    }
    let elements = try? Markup.list(["a"], attributes: [], in: Array("<a/>".utf8), Budget())
    let pdf = Array(
      "%PDF-1.4\n1 0 obj<</Type/Catalog/JS(AFDate_Format\\(0\\))>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".utf8
    )
    return elements?.count == 1 && (try? inspect(pdf, as: .pdf)) == ActiveContent.none
  }

  /// An archive with one empty entry, `a`.
  private static let smallestArchive: [UInt8] =
    FileType.archiveSignature + [20, 0, 0, 0, 0, 0] + zeros(16) + [1, 0, 0, 0, 0x61]
    + [0x50, 0x4B, 1, 2, 20, 0, 20, 0, 0, 0, 0, 0] + zeros(16) + [1, 0] + zeros(16) + [0x61]
    + [0x50, 0x4B, 5, 6] + zeros(4) + [1, 0, 1, 0, 47, 0, 0, 0, 31, 0, 0, 0, 0, 0]

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}

extension Collection<UInt8> {
  /// True if the UTF-8 bytes of `text` occur in this collection.
  func contains(text: StaticString) -> Bool {
    text.withUTF8Buffer { text in
      indices.contains { self[$0] == text.first && self[$0...].starts(with: text) }
    }
  }
}
