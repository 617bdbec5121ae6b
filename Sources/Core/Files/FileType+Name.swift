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

  /// The name under which a file of this type is saved: its own, and where that does not end as files of the type do, with
  /// the type's ending behind it, since what is judged to be an image shall not be run as a program for its name.
  public func savedName(_ filename: String) -> String {
    FileType(filename: filename) == self ? filename : "\(filename).\(fileExtension)"
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
