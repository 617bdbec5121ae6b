internal import Core

/// A file of a plain type, compared with libmagic's opinion on its content.
///
/// libmagic does not know every format, so an unknown content is accepted for types that libmagic recognises only
/// sometimes. The content of a ZIP archive is checked whatever the claimed type.
struct PlainFile {
  let bytes: UnsafeRawBufferPointer
  let type: PlainType
  /// The media type that libmagic finds, by its usual name.
  let opinion: String

  private static let unknown = "application/octet-stream"

  init(_ bytes: UnsafeRawBufferPointer, _ type: PlainType, opinion: String) {
    self.bytes = bytes
    self.type = type
    self.opinion = UploadType(contentType: opinion.lowercased())?.contentType ?? opinion.lowercased()
  }

  /// Throws unless the content can be of the claimed type, and is no archive bomb.
  func check() throws(Refusal) {
    if PlainText.isText(type) {
      try PlainText(bytes, type, opinion: opinion).check()
    } else {
      guard agrees else { throw Refusal(.typeMismatch, "libmagic says \(opinion)") }
    }
    if isArchive { try PlainArchive.check(bytes) }
  }

  private var isArchive: Bool {
    bytes.starts(with: FileType.archiveSignature) || bytes.starts(with: PlainArchive.emptySignature)
  }

  private var agrees: Bool {
    guard FileType(leadingBytes: bytes.prefix(FileType.signatureLength)) == nil else { return false }
    if opinion == type.contentType { return true }
    if let family = Self.families.first(where: { $0.contains(type.contentType) }) {
      return family.contains(opinion) || opinion == Self.unknown && hasFileTypeBox && family.contains("video/mp4")
    }
    if Self.certain.contains(type.contentType) { return false }
    if type.isWellKnown { return opinion == Self.unknown }
    return Self.general.contains(opinion)
      || opinion.replacing("/x-", with: "/") == type.contentType.replacing("/x-", with: "/")
  }

  /// True if the file begins with the box that names an ISO media format; libmagic knows only some of these formats.
  ///
  /// Source: ISO/IEC 14496-12, 4.3
  private var hasFileTypeBox: Bool { bytes.dropFirst(4).starts(with: "ftyp".utf8) }

  /// Types that share a container, in which libmagic cannot always tell sound from pictures.
  private static let families: [Set<String>] = [
    ["video/mp4", "audio/mp4", "video/quicktime", "video/3gpp", "video/3gpp2"],
    ["video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska"],
    ["audio/ogg", "video/ogg"],
    ["video/x-ms-asf", "video/x-ms-wmv", "audio/x-ms-wma", "application/vnd.ms-asf"],
  ]

  /// Types that libmagic always recognises.
  private static let certain: Set = [
    "application/zip", "application/gzip", "application/x-tar", "application/x-7z-compressed", "application/vnd.rar",
    "application/x-bzip2", "application/x-xz", "application/zstd", "application/epub+zip", "application/rtf",
    "video/x-msvideo", "audio/wav", "audio/flac", "audio/aiff", "audio/midi", "image/tiff", "image/bmp",
    "image/vnd.adobe.photoshop",
  ]

  /// libmagic's answers for formats that build on another format, and for formats that it does not know.
  private static let general: Set = [
    unknown, "text/plain", "text/csv", "application/json", "application/x-ndjson", "application/zip",
    "application/gzip", "application/x-ole-storage", "application/cdfv2", "application/x-sqlite3",
    "application/vnd.sqlite3",
  ]
}
