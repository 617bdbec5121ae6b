internal import Core

/// A document of Word, Excel or PowerPoint 97 to 2003.
struct CompoundDocument {
  private let file: CompoundFile

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    guard !ZipDirectory.isArchive(bytes) else { throw Refusal(.typeMismatch, "also an archive") }
    file = try CompoundFile(bytes)
  }

  func inspected(as type: FileType) throws(Refusal) -> ActiveContent {
    guard !file.isEncryptedPackage else { throw Refusal(.encrypted, "an encrypted package") }
    let streams = [(FileType.doc, "WordDocument"), (.xls, "Workbook"), (.xls, "Book"), (.ppt, "PowerPoint Document")]
    let found = streams.compactMap { type, name in file.stream(name).map { (type, $0) } }
    // Excel can write both streams, `Workbook` and `Book`, for Excel programs of either generation.
    guard let main = found.first, found.allSatisfy({ $0.0 == main.0 }), main.0 == type else {
      throw Refusal(.typeMismatch, found.isEmpty ? "no document" : "\(found.map(\.0.rawValue))")
    }
    try file.refuseMacros()
    for (_, stream) in found {
      switch type {
      case .doc: try checkWord(try file.read(stream, atMost: 32))
      case .xls: try checkExcel(try file.read(stream))
      default: try checkPowerPoint(try file.read(stream))
      }
    }
    return try file.attachments()
  }

  /// Checks the first bytes of a Word document: its signature, and the flag for encryption.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-doc/ (2.5.2: FibBase)
  private func checkWord(_ head: [UInt8]) throws(Refusal) {
    guard head.count == 32, [0xA5EC, 0xA5DC].contains(number(head, 0, 2)) else {
      throw Refusal(.unreadable, "no Word document")
    }
    guard number(head, 0x0A, 2) & 0x0100 == 0 else { throw Refusal(.encrypted, "fEncrypted") }
  }

  /// Checks the records of a workbook, up to the end of its last sheet.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/ (2.1.4, 2.4.21: BOF, 2.4.28:
  /// BoundSheet8, 2.4.117: FilePass)
  private func checkExcel(_ stream: [UInt8]) throws(Refusal) {
    guard number(stream, 0, 2) == 0x0809 else { throw Refusal(.unreadable, "no workbook") }
    var position = 0
    var depth = 0
    while position + 4 <= stream.count {
      let kind = number(stream, position, 2)
      let length = number(stream, position + 2, 2)
      let data = position + 4
      guard data + length <= stream.count else { throw Refusal(.unreadable, "a record beyond its stream") }
      switch kind {
      case 0x0809:
        depth += 1
        guard length >= 4, !isMacroSheet(stream, at: position) else { throw Refusal(.macros, "a macro sheet") }
      case 0x000A: depth -= 1
      case 0x002F: throw Refusal(.encrypted, "FilePass")
      case 0x0085:
        guard length >= 6 else { throw .unreadable }
        // Type 1 is a macro sheet, and type 6 is a module of Visual Basic.
        guard ![1, 6].contains(stream[data + 5]), !isMacroSheet(stream, at: number(stream, data, 4)) else {
          throw Refusal(.macros, "a macro sheet")
        }
      default: break
      }
      position = data + length
      // After the last substream, the rest of the stream's last sector can have any bytes.
      if depth == 0, position + 2 <= stream.count, number(stream, position, 2) != 0x0809 { return }
    }
    guard depth == 0 else { throw Refusal(.unreadable, "cut short") }
  }

  private func isMacroSheet(_ stream: [UInt8], at position: Int) -> Bool {
    number(stream, position, 2) == 0x0809 && number(stream, position + 6, 2) == 0x0040
  }

  /// Checks the records of a presentation, including the records in containers.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-ppt/ (2.3.1: RecordHeader, 2.3.2:
  /// CurrentUserAtom, 2.3.7: CryptSession10Container, 2.4.10: VBAInfoAtom)
  private func checkPowerPoint(_ stream: [UInt8]) throws(Refusal) {
    if let user = file.stream("Current User"), number(try file.read(user, atMost: 32), 12, 4) == 0xF3D1_C4DF {
      throw Refusal(.encrypted, "CurrentUserAtom")
    }
    guard stream.count >= 8 else { throw Refusal(.unreadable, "no presentation") }
    var position = 0
    // The records in a container follow its header, so one pass visits the records of all depths.
    while position + 8 <= stream.count {
      let isContainer = stream[position] & 0x0F == 0x0F
      let kind = number(stream, position + 2, 2)
      let length = number(stream, position + 4, 4)
      guard length <= stream.count - position - 8 else { throw Refusal(.unreadable, "a record beyond its stream") }
      if kind == 0x2F14 { throw Refusal(.encrypted, "CryptSession10Container") }
      if kind == 0x0400, number(stream, position + 12, 4) != 0 { throw Refusal(.macros, "VBAInfoAtom") }
      position += 8 + (isContainer ? 0 : length)
    }
  }

  /// Returns a little-endian number; 0 if it is beyond the end of `bytes`.
  private func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
    guard offset >= 0, offset + count <= bytes.count else { return 0 }
    return bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
