extension FileType {
  /// How many leading bytes a signature is looked for in.
  public static let signatureLength = 16

  /// The type that the first bytes of a file announce, each signature at offset 0; nil also for documents in archives and
  /// compound files, whose first bytes say no more than that.
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
    } else {
      return nil
    }
  }

  /// What a compound file begins with.
  ///
  /// Source: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/ (2.2)
  public static let compoundSignature: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]

  /// What an archive with something in it begins with.
  ///
  /// Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.7)
  public static let archiveSignature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  /// Whether a file of this type may begin so; an encrypted Office Open XML file is a compound file around the archive.
  public func mayBegin(with leadingBytes: some Sequence<UInt8>) -> Bool {
    let head = Array(leadingBytes.prefix(Self.signatureLength))
    let isCompound = head.starts(with: Self.compoundSignature)
    let isArchive = head.starts(with: Self.archiveSignature)
    return switch structure {
    case .image, .pdf: FileType(leadingBytes: head) == self
    case .officeOpenXML: isArchive || isCompound
    case .openDocument: isArchive
    case .compound: isCompound
    }
  }
}
