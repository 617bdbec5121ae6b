extension FileType {
  /// The type that belongs to the extension of `filename`, in any case; nil if the extension belongs to no type.
  public init?(filename: String) {
    guard let dot = filename.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    let ending = filename[filename.index(after: dot)...].lowercased()
    // Source: https://www.iana.org/assignments/media-types/image/jpeg
    let usual = ["jpeg", "jpe", "jfif"].contains(ending) ? "jpg" : ["heif", "hif"].contains(ending) ? "heic" : ending
    guard let type = Self.allCases.first(where: { $0.fileExtension == usual }) else { return nil }
    self = type
  }

  /// Returns the name under which a browser saves a file of this type.
  ///
  /// The name is `filename` if it has the extension of the type; otherwise the extension is appended. An image with a
  /// name such as `setup.exe` would otherwise run as a program.
  ///
  /// ```swift
  /// FileType.png.savedName("holiday.PNG")  // holiday.PNG
  /// FileType.png.savedName("setup.exe")  // setup.exe.png
  /// ```
  public func savedName(_ filename: String) -> String {
    FileType(filename: filename) == self ? filename : "\(filename).\(fileExtension)"
  }

  /// The type that a client claims: by the media type, or by the name of the file if the client does not know the media
  /// type.
  ///
  /// For an unknown type a browser sends an empty media type, and some libraries send `application/octet-stream`.
  ///
  /// ```swift
  /// FileType(contentType: "application/pdf", filename: "a.bin")  // .pdf
  /// FileType(contentType: "", filename: "a.docx")  // .docx
  /// ```
  ///
  /// Source: https://www.w3.org/TR/FileAPI/#dfn-type
  public init?(contentType: String, filename: String) {
    if ["", "application/octet-stream"].contains(contentType) {
      self.init(filename: filename)
    } else {
      self.init(contentType: contentType)
    }
  }
}
