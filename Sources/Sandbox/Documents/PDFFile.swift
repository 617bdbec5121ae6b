internal import CQpdf
internal import Core

/// A PDF in which every object that a PDF viewer can reach was checked.
///
/// Source: https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf
struct PDFFile {
  /// The maximum number of objects; a book of a thousand pages has several tens of thousands.
  private static let maximumObjects = 300_000

  let activeContent: ActiveContent

  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
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

  /// Throws unless the file ends with its end marker, followed only by white space (7.5.5).
  private static func checkEnd(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    let tail = bytes.suffix(1024)
    let mark = Array("%%EOF".utf8)
    guard let end = tail.indices.last(where: { tail[$0...].starts(with: mark) }) else {
      throw Refusal(.unreadable, "no end of file marker")
    }
    let space: Set<UInt8> = [0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x20]
    guard tail[(end + mark.count)...].allSatisfy(space.contains) else {
      throw Refusal(.typeMismatch, "bytes after the end of the PDF")
    }
  }
}
