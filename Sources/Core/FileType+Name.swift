extension FileType {
  /// The type that the extension of a file's name announces, in any case; nil where it announces none of these.
  public init?(filename: String) {
    guard let dot = filename.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    let ending = filename[filename.index(after: dot)...].lowercased()
    // Source: https://www.iana.org/assignments/media-types/image/jpeg
    let usual = ["jpeg", "jpe", "jfif"].contains(ending) ? "jpg" : ending
    guard let type = Self.allCases.first(where: { $0.fileExtension == usual }) else { return nil }
    self = type
  }

  /// The type that a client claims: by its media type, or by the file's name where its browser knows none.
  ///
  /// Then a browser leaves it empty, and some libraries write `application/octet-stream`.
  /// Source: https://www.w3.org/TR/FileAPI/#dfn-type
  public init?(contentType: String, filename: String) {
    if ["", "application/octet-stream"].contains(contentType) {
      self.init(filename: filename)
    } else {
      self.init(contentType: contentType)
    }
  }
}
