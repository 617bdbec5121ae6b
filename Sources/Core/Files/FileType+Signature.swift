extension FileType {
  /// The number of bytes at the start of a file that are enough to find a signature at offset 0.
  public static let signatureLength = 64

  /// The type whose signature is at the start of the file, at offset 0.
  ///
  /// Nil if there is no such signature. Nil also for documents in ZIP archives and in compound files, since the first
  /// bytes identify only the container.
  ///
  /// Source: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
  public init?(leadingBytes bytes: some Sequence<UInt8>) {
    let head = Array(bytes.prefix(Self.signatureLength))
    func starts(_ signature: [UInt8], at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: signature) }
    if starts([0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if starts(Array("RIFF".utf8)), starts(Array("WEBPVP".utf8), at: 8) {
      self = .webp
    } else if starts(Array("GIF87a".utf8)) || starts(Array("GIF89a".utf8)) {
      self = .gif
    } else if starts(Array("%PDF-".utf8)) {
      self = .pdf
    } else if let type = Self.branded(head) {
      self = type
    } else {
      return nil
    }
  }

  /// The type that the brands of an ISO base media file name; nil for other files, such as films.
  ///
  /// The first brand decides. The brands of HEIF that name no codec leave the decision to the compatible brands.
  /// Sources: ISO/IEC 14496-12 (4.3), ISO/IEC 23008-12 (10, annex B), https://aomediacodec.github.io/av1-avif/#brands
  private static func branded(_ head: [UInt8]) -> FileType? {
    guard head.count >= 16, head.dropFirst(4).starts(with: "ftyp".utf8), head.starts(with: [0, 0]) else { return nil }
    let length = Int(head[2]) << 8 | Int(head[3])
    guard length >= 16, length % 4 == 0 else { return nil }
    func brand(_ offset: Int) -> String { String(decoding: head[offset..<offset + 4], as: UTF8.self) }
    let compatible = stride(from: 16, to: min(length, head.count - 3), by: 4).map(brand)
    let general = ["mif1", "mif2", "msf1", "miaf"]
    for brand in general.contains(brand(8)) ? compatible : [brand(8)] {
      if ["avif", "avis"].contains(brand) { return .avif }
      if ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"].contains(brand) { return .heic }
    }
    // A file that names no codec is a HEIF file, and `image/heif` counts as HEIC.
    return general.contains(brand(8)) ? .heic : nil
  }

  /// The signature of a compound file (OLE).
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/ (2.2)
  public static let compoundSignature: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]

  /// The signature of a ZIP archive that has at least one entry.
  ///
  /// Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.7)
  public static let archiveSignature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  /// The maximum number of bytes before the header of a PDF.
  ///
  /// Source: ISO 32000-1, H.3, note 13
  public static let longestPDFPreface = 1024

  /// The number of bytes at the start of a file of this type that `mayBegin` needs.
  public var leadingLength: Int { self == .pdf ? Self.longestPDFPreface + 5 : Self.signatureLength }

  /// Returns the offset of the header of a PDF; nil unless only white space and byte order marks precede the header.
  ///
  /// Transfers and scripts that print a file add such bytes, and every viewer skips them. Any other bytes before the
  /// header can be a file of another type.
  public static func pdfOffset(in leadingBytes: some Sequence<UInt8>) -> Int? {
    let bytes = Array(leadingBytes.prefix(FileType.pdf.leadingLength))
    let space: Set<UInt8> = [0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x20]
    var offset = 0
    while offset < bytes.count {
      if space.contains(bytes[offset]) {
        offset += 1
      } else if bytes[offset...].starts(with: [0xEF, 0xBB, 0xBF]) {
        offset += 3
      } else {
        return offset <= longestPDFPreface && bytes[offset...].starts(with: "%PDF-".utf8) ? offset : nil
      }
    }
    return nil
  }

  /// Returns true if a file of this type can start with `leadingBytes`, of which `leadingLength` bytes are enough.
  ///
  /// An encrypted Office Open XML file is a compound file that contains the archive, so such a type has two signatures.
  public func mayBegin(with leadingBytes: some Sequence<UInt8>) -> Bool {
    let head = Array(leadingBytes.prefix(Self.signatureLength))
    let isCompound = head.starts(with: Self.compoundSignature)
    let isArchive = head.starts(with: Self.archiveSignature)
    return switch structure {
    case .image: FileType(leadingBytes: head) == self
    case .pdf: Self.pdfOffset(in: leadingBytes) != nil
    case .officeOpenXML: isArchive || isCompound
    case .openDocument: isArchive
    case .compound: isCompound
    }
  }
}
