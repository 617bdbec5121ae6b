public import Core

extension Document {
  /// Returns a small OpenDocument file of `type`, entry by entry; `content` is the body of its XML.
  public static func openDocument(_ type: FileType, content: String = "", manifest: String = "") -> ZipBuilder {
    let office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    let space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    let root = "<m:file-entry m:full-path=\"/\" m:media-type=\"\(type.contentType)\"/>"
    return ZipBuilder([
      .init("mimetype", type.contentType),
      .init(
        "content.xml",
        "<?xml version=\"1.0\"?><o:document-content xmlns:o=\"\(office)\">\(content)</o:document-content>"
      ),
      .init(
        "META-INF/manifest.xml",
        "<?xml version=\"1.0\"?><m:manifest xmlns:m=\"\(space)\">\(root)\(manifest)</m:manifest>"
      ),
    ])
  }

  /// Returns the first bytes of a `WordDocument` stream with these flags.
  public static func word(flags: Int = 0x1200) -> [UInt8] {
    littleEndian(0xA5EC, 2) + littleEndian(0x00C1, 2) + littleEndian(0, 6) + littleEndian(flags, 2)
      + [UInt8](repeating: 0, count: 500)
  }

  /// Returns a `Workbook` stream with one sheet; `extra` are records among the workbook's own.
  public static func workbook(extra: [UInt8] = [], sheetKind: UInt8 = 0, beginning: Int = 0x0010) -> [UInt8] {
    let globals = record(0x0809, littleEndian(0x0600, 2) + littleEndian(0x0005, 2) + littleEndian(0, 12)) + extra
    let end = record(0x000A, [])
    let name: [UInt8] = [1, 0, 0x41]
    let start = globals.count + 4 + 6 + name.count + end.count
    let sheet = record(0x0085, littleEndian(start, 4) + [0, sheetKind] + name)
    return globals + sheet + end
      + record(0x0809, littleEndian(0x0600, 2) + littleEndian(beginning, 2) + littleEndian(0, 12)) + end
  }

  /// Returns a record of an Excel stream.
  public static func record(_ kind: Int, _ data: [UInt8]) -> [UInt8] {
    littleEndian(kind, 2) + littleEndian(data.count, 2) + data
  }

  /// Returns a `PowerPoint Document` stream whose document contains these records.
  public static func presentation(_ records: [UInt8] = []) -> [UInt8] {
    littleEndian(0x0F, 2) + littleEndian(0x03E8, 2) + littleEndian(records.count, 4) + records
  }

  /// Returns a record of a PowerPoint stream.
  public static func atom(_ kind: Int, _ data: [UInt8]) -> [UInt8] {
    littleEndian(0, 2) + littleEndian(kind, 2) + littleEndian(data.count, 4) + data
  }

  /// Returns a `Current User` stream with this token.
  public static func currentUser(token: Int = 0xE391_C05F) -> [UInt8] {
    atom(0x0FF6, littleEndian(20, 4) + littleEndian(token, 4) + [UInt8](repeating: 0, count: 40))
  }

  /// Returns a small, valid document by its extension; nil for the extension of an image.
  public static func small(named fileExtension: String) -> [UInt8]? {
    FileType(rawValue: fileExtension).flatMap { $0.isImage ? nil : small($0) }
  }

  /// Returns a Word document with macros (docm).
  public static func withMacros() -> [UInt8] {
    var file = OfficeFile(.docx)
    file.types[0].type = "application/vnd.ms-word.document.macroEnabled.main+xml"
    file.add("word/vbaProject.bin", Array("a project".utf8))
    return file.bytes
  }

  /// Returns a small, valid document of `type`, which is not an image.
  public static func small(_ type: FileType) -> [UInt8] {
    switch type {
    case .docx, .xlsx, .pptx: OfficeFile(type).bytes
    case .odt, .ods, .odp: openDocument(type).bytes
    case .doc: CompoundBuilder([.stream("WordDocument", word()), .stream("1Table")]).bytes
    case .xls: CompoundBuilder([.stream("Workbook", workbook())]).bytes
    case .ppt:
      CompoundBuilder([.stream("PowerPoint Document", presentation()), .stream("Current User", currentUser())]).bytes
    default: pdf()
    }
  }
}
