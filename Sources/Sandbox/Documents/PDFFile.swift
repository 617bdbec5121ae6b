internal import CQpdf
internal import Core

/// A PDF in which every object that a PDF viewer can reach was checked.
///
/// Source: https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf
struct PDFFile {
  /// The maximum number of objects; a book of a thousand pages has several tens of thousands.
  private static let maximumObjects = 300_000

  let activeContent: ActiveContent

  /// Reads the file without the white space around the PDF; the offsets in a PDF count from its header.
  init(_ file: UnsafeRawBufferPointer) throws(Refusal) {
    guard !ZipDirectory.isArchive(file, leniently: true) else { throw Refusal(.typeMismatch, "also an archive") }
    guard let start = FileType.pdfOffset(in: file.prefix(FileType.pdf.leadingLength)) else {
      throw Refusal(.typeMismatch, "bytes before the header")
    }
    let bytes = UnsafeRawBufferPointer(rebasing: file[start..<Self.endOfContent(file)])
    // An archive can also end in front of the padding.
    guard !ZipDirectory.isArchive(bytes, leniently: true) else { throw Refusal(.typeMismatch, "also an archive") }
    try Self.checkEnd(bytes)
    var findings = cqpdf_findings()
    switch cqpdf_examine(bytes.baseAddress, bytes.count, Self.maximumObjects, &findings) {
    case CQPDF_READ: break
    case CQPDF_ENCRYPTED: throw Refusal(.encrypted, "opens with a password only")
    case CQPDF_TOO_LARGE: throw Refusal(.decompressionBomb, "too many objects, or too much in them")
    default: throw Refusal(.unreadable, "damaged, or a PDF that programs read differently")
    }
    let isPassive = findings.attaches != 0 || findings.submits != 0
    activeContent = findings.acts != 0 ? .active : isPassive ? .passive : .none
  }

  /// Returns the offset behind the last byte that is neither white space nor 1A.
  ///
  /// Stores and transfers pad files to whole blocks, and CP/M and DOS ended text files with 1A (Ctrl-Z).
  private static func endOfContent(_ bytes: UnsafeRawBufferPointer) -> Int {
    var end = bytes.count
    while end > 0 {
      switch bytes[end - 1] {
      case 0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x1A, 0x20: end -= 1
      default: return end
      }
    }
    return end
  }

  /// Throws unless the content ends with the end marker (7.5.5).
  private static func checkEnd(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    let tail = bytes.suffix(1024)
    let mark = Array("%%EOF".utf8)
    guard let end = tail.indices.last(where: { tail[$0...].starts(with: mark) }) else {
      throw Refusal(.unreadable, "no end of file marker")
    }
    guard end + mark.count == tail.endIndex else { throw Refusal(.typeMismatch, "bytes after the end of the PDF") }
  }
}
