/// The type of an uploaded file: a type whose content Stowage checks by its structure, or a plain type.
///
/// ```swift
/// UploadType(contentType: "image/jpg")  // .checked(.jpeg)
/// UploadType(fileExtension: "csv")?.contentType  // text/csv
/// ```
public enum UploadType: Hashable, Sendable {
  /// A type whose content Stowage checks by its structure.
  case checked(FileType)
  /// A type that is kept, scanned and only ever downloaded as an attachment.
  case plain(PlainType)

  /// The group of a type, as `kind` in the API.
  public enum Kind: String, Sendable, CaseIterable {
    /// An image, of which Stowage renders variants.
    case image
    /// A document, which Stowage checks and does not render.
    case document
    /// A file of a plain type.
    case plain
  }

  /// The type with this media type or one of its other names; nil if no known type has the name.
  public init?(contentType: String) {
    self.init(FileType(contentType: FileType.aliases[contentType] ?? contentType), or: PlainType(known: contentType))
  }

  /// The known type with this extension, which must be in lower case; nil if the extension belongs to no known type.
  public init?(fileExtension: String) {
    self.init(FileType(fileExtension: fileExtension), or: PlainType(fileExtension: fileExtension))
  }

  private init?(_ checked: FileType?, or plain: @autoclosure () -> PlainType?) {
    guard let type = checked.map(Self.checked) ?? plain().map(Self.plain) else { return nil }
    self = type
  }

  /// The group of the type.
  public var kind: Kind {
    switch self {
    case .checked(let type): type.isImage ? .image : .document
    case .plain: .plain
    }
  }

  /// The type of an image; nil for other files.
  public var imageType: FileType? {
    guard case .checked(let type) = self, type.isImage else { return nil }
    return type
  }

  /// The media type in lower case, without parameters.
  public var contentType: String {
    switch self {
    case .checked(let type): type.contentType
    case .plain(let type): type.contentType
    }
  }

  /// The extensions of files of this type, the usual one first.
  public var extensions: [String] {
    switch self {
    case .checked(let type): type.extensions
    case .plain(let type): type.extensions
    }
  }

  /// The type as one word of the decoder protocol: `jpeg` for a checked type, the media type for a plain type.
  var word: String {
    switch self {
    case .checked(let type): type.rawValue
    case .plain(let type): type.contentType
    }
  }

  /// The type that `word` stands for; nil if `word` is neither a checked type nor a media type.
  init?(word: String) {
    self.init(FileType(rawValue: word), or: PlainType(contentType: word))
  }

  /// Returns true if some clients send `essence` for files with an extension of this type.
  ///
  /// Windows with Excel sends Excel's media type for csv files, and old browsers send `application/zip` for docx.
  func isReported(as essence: String) -> Bool {
    switch self {
    case .checked(let type):
      let isArchive = type.structure == .officeOpenXML || type.structure == .openDocument
      return isArchive && UploadType(contentType: essence)?.contentType == "application/zip"
        || type.isImage && essence == "image/*"
    case .plain(let type): return type.isReported(as: essence)
    }
  }

  /// Returns the name under which a browser saves a file of this type, in at most `FileName.maximumBytes` bytes.
  ///
  /// The name is `filename` if it has an extension of the type; otherwise the extension is appended. An image with a
  /// name such as `setup.exe` would otherwise run as a program. `filename` is cut in front of the extension if the
  /// result would be too long.
  ///
  /// ```swift
  /// UploadType.checked(.png).savedName("holiday.PNG")  // holiday.PNG
  /// UploadType.checked(.png).savedName("setup.exe")  // setup.exe.png
  /// ```
  public func savedName(_ filename: String) -> String {
    let found = FileName.fileExtension(of: filename)
    switch self {
    case .checked(let type):
      guard found == nil || found.flatMap({ FileType(fileExtension: $0) }) != type else { break }
      return FileName.fitted(filename, ending: ".\(type.fileExtension)")
    case .plain(let type):
      // A claim or a new name with an extension of another type was refused.
      guard found == nil else { break }
      return FileName.fitted(filename, ending: ".\(type.fileExtension)")
    }
    let ending = "." + filename.suffix(found?.count ?? 0)
    return FileName.fitted(String(filename.dropLast(ending.count)), ending: ending)
  }

  /// Returns a sentence that names both types if the extension of `filename` belongs to another type; nil if it fits.
  ///
  /// The extension of a plain file must belong to its type, because its content says little about the type. The
  /// extension of any other file can also belong to no known type.
  func contradiction(to filename: String) -> String? {
    guard let found = FileName.fileExtension(of: filename), !extensions.contains(found) else { return nil }
    let own = "\(contentType)\(extensions.first.map { " (.\($0))" } ?? "")"
    if let other = UploadType(fileExtension: found) {
      return ".\(found) is the extension of \(other.contentType), and this file is \(own)"
    }
    guard case .plain = self else { return nil }
    return ".\(found) is no extension of \(own)"
  }
}
