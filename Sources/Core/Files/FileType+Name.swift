extension FileType {
  /// The extensions of files of this type in lower case, the usual one first.
  ///
  /// Source: https://www.iana.org/assignments/media-types/image/jpeg (jpg, jpeg, jpe, jfif); browsers on Windows also
  /// save JPEG files as pjpeg and pjp.
  public var extensions: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg", "jpe", "jfif", "pjpeg", "pjp"]
    case .heic: ["heic", "heif", "hif"]
    default: [fileExtension]
    }
  }

  /// The type with this extension, which must be in lower case; nil if the extension belongs to no type.
  public init?(fileExtension: String) {
    guard let type = Self.allCases.first(where: { $0.extensions.contains(fileExtension) }) else { return nil }
    self = type
  }

  /// The type that belongs to the extension of `filename`, in any case; nil if the extension belongs to no type.
  public init?(filename: String) {
    guard let found = FileName.fileExtension(of: filename) else { return nil }
    self.init(fileExtension: found)
  }

  /// The media types by the other names that browsers, operating systems and libraries send for them.
  static let aliases: [String: String] = {
    var types: [String: String] = [:]
    for (type, names) in otherNames {
      for name in names.split(separator: " ") { types[String(name)] = type.contentType }
    }
    return types
  }()

  private static let otherNames: [(FileType, String)] = [
    (.jpeg, "image/jpg image/pjpeg image/pjp image/jpe image/jfif image/x-jpeg image/x-jpg image/x-citrix-jpeg"),
    (.png, "image/x-png image/x-citrix-png image/apng image/vnd.mozilla.apng"),
    (.webp, "image/x-webp"),
    (.gif, "image/x-gif image/x-citrix-gif"),
    (.pdf, "application/x-pdf application/acrobat application/vnd.pdf applications/vnd.pdf text/pdf text/x-pdf"),
    (.pdf, "image/pdf"),
    (.doc, "application/doc application/word application/winword application/x-msword application/vnd.msword"),
    (.xls, "application/xls application/x-xls application/excel application/x-excel application/msexcel"),
    (.xls, "application/x-msexcel"),
    (.ppt, "application/ppt application/powerpoint application/mspowerpoint application/x-mspowerpoint"),
    (.odt, "application/x-vnd.oasis.opendocument.text"),
    (.ods, "application/x-vnd.oasis.opendocument.spreadsheet"),
    (.odp, "application/x-vnd.oasis.opendocument.presentation"),
  ]
}
