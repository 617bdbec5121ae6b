/// The key of an upload in the raw bucket: `{userId}/{fileId}/original{.ext}`, with the user in the written form.
///
/// The extension is that of a checked type; files of all plain types have `bin`.
///
/// ```swift
/// let key = RawKey("ada/01920000-0000-7000-8000-000000000000/original.jpg")
/// key?.type  // .jpeg
/// RawKey("ada/original.jpg")  // nil
/// ```
public struct RawKey: Hashable, Sendable, CustomStringConvertible {
  /// The owner of the file.
  public let user: UserID
  /// The identifier of the file.
  public let file: FileID
  /// The type of the file, which determines the extension of the key; nil for a plain type.
  public let type: FileType?

  /// Creates the key of a new upload; `type` is nil for a file of a plain type.
  public init(user: UserID, file: FileID, type: FileType?) {
    self.user = user
    self.file = file
    self.type = type
  }

  /// Creates the key of a new upload.
  public init(user: UserID, file: FileID, type: UploadType) {
    if case .checked(let type) = type {
      self.init(user: user, file: file, type: type)
    } else {
      self.init(user: user, file: file, type: nil)
    }
  }

  /// Nil if `key` is not exactly `{userId}/{fileId}/original{.ext}`.
  public init?(_ key: String) {
    let parts = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let user = UserID(written: parts[0]), let file = FileID(parts[1]) else { return nil }
    let type = FileType.allCases.first { parts[2] == "original.\($0.fileExtension)" }
    guard type != nil || parts[2] == "original.\(Self.plainExtension)" else { return nil }
    self.init(user: user, file: file, type: type)
  }

  /// The extension in the keys of all plain files.
  private static let plainExtension = "bin"

  private var fileExtension: String { type?.fileExtension ?? Self.plainExtension }

  /// The key as text.
  public var description: String { "\(folder)original.\(fileExtension)" }
  /// The key of the copy of the validated bytes, for stores without versions; no upload URL is ever signed for this
  /// key.
  public var kept: String { "\(folder)kept.\(fileExtension)" }
  /// The common prefix of both keys: `{userId}/{fileId}/`.
  public var folder: String { "\(user.written)/\(file)/" }
}

/// The address of a variant: `{userId}/{fileId}/{v}/{name}.{ext}`.
///
/// It is the path of the image URL without its prefix, and the key in the processed bucket without its `RenderingPlace`.
/// The user is in the written form. `v` is the version of the content, so an address always names the same bytes.
public struct ProcessedKey: Hashable, Sendable, CustomStringConvertible {
  /// The owner of the file.
  public let user: UserID
  /// The identifier of the file.
  public let file: FileID
  /// The version of the variant's content.
  public let version: VariantVersion
  /// The variant's name.
  public let name: VariantName
  /// The type of the variant's bytes.
  public let type: FileType

  /// Creates the key of a variant.
  public init(user: UserID, file: FileID, version: VariantVersion, name: VariantName, type: FileType) {
    self.user = user
    self.file = file
    self.version = version
    self.name = name
    self.type = type
  }

  /// The key as text.
  public var description: String { "\(user.written)/\(file)/\(version)/\(name).\(type.fileExtension)" }
}

/// The path of an image URL: `/{prefix}/{userId}/{fileId}/[{v}/]{name}.{ext}`, with the user in the written form.
///
/// ```swift
/// let path = ImagePath("/images/ada/01920000-0000-7000-8000-000000000000/thumb.webp")
/// path?.visibility  // .public
/// path?.version  // nil: the client asks for the current version
/// ```
public struct ImagePath: Hashable, Sendable {
  /// The visibility that belongs to the first component.
  public let visibility: Visibility
  /// The owner of the file.
  public let user: UserID
  /// The identifier of the file.
  public let file: FileID
  /// The version of the variant's content, or nil to request the current version.
  public let version: VariantVersion?
  /// The variant's name.
  public let name: VariantName
  /// The type that belongs to the extension.
  public let type: FileType

  /// Nil if `path` is not exactly `/{prefix}/{userId}/{fileId}/[{v}/]{name}.{ext}`.
  ///
  /// Percent-encoded characters are not decoded.
  public init?(_ path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 5 || parts.count == 6, parts[0].isEmpty,
      let visibility = Visibility.allCases.first(where: { $0.pathPrefix == parts[1] }),
      let user = UserID(written: parts[2]), let file = FileID(parts[3]), let last = parts.last
    else { return nil }
    if parts.count == 6 {
      guard let version = VariantVersion(parts[4]) else { return nil }
      self.version = version
    } else {
      version = nil
    }
    let leaf = last.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard leaf.count == 2, let name = VariantName(leaf[0]),
      let type = FileType.allCases.first(where: { $0.isImage && $0.fileExtension == leaf[1] })
    else { return nil }
    self.visibility = visibility
    self.user = user
    self.file = file
    self.name = name
    self.type = type
  }
}
