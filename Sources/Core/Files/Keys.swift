/// The key of an upload in the raw bucket: `{userId}/{fileId}/original{.ext}`.
public struct RawKey: Hashable, Sendable, CustomStringConvertible {
  /// The owner.
  public let user: UserID
  /// The file.
  public let file: FileID
  /// The type whose extension the key carries.
  public let type: FileType

  /// The key of a new upload.
  public init(user: UserID, file: FileID, type: FileType) {
    self.user = user
    self.file = file
    self.type = type
  }

  /// Nil where `key` is not exactly of the form above.
  public init?(_ key: String) {
    let parts = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let user = UserID(parts[0]), let file = FileID(parts[1]),
      let type = FileType.allCases.first(where: { parts[2] == "original.\($0.fileExtension)" })
    else { return nil }
    self.init(user: user, file: file, type: type)
  }

  /// The key itself.
  public var description: String { "\(folder)original.\(type.fileExtension)" }
  /// Where a store without versions keeps the bytes that were judged; no URL is ever signed for an upload to it.
  public var kept: String { "\(folder)kept.\(type.fileExtension)" }
  /// What both begin with: `{userId}/{fileId}/`.
  public var folder: String { "\(user)/\(file)/" }
}

/// The key of a variant in the processed bucket: `{userId}/{fileId}/{v}/{name}.{ext}`, content-addressed by `v`.
public struct ProcessedKey: Hashable, Sendable, CustomStringConvertible {
  /// The owner.
  public let user: UserID
  /// The file.
  public let file: FileID
  /// The content.
  public let version: VariantVersion
  /// The variant's name.
  public let name: VariantName
  /// The type of the variant's bytes.
  public let type: FileType

  /// The key of a variant.
  public init(user: UserID, file: FileID, version: VariantVersion, name: VariantName, type: FileType) {
    self.user = user
    self.file = file
    self.version = version
    self.name = name
    self.type = type
  }

  /// The key itself.
  public var description: String { "\(user)/\(file)/\(version)/\(name).\(type.fileExtension)" }
}

/// What an image URL asks for: `/{prefix}/{userId}/{fileId}/[{v}/]{name}.{ext}`.
public struct ImagePath: Hashable, Sendable {
  /// Who may look, by the first component.
  public let visibility: Visibility
  /// The owner.
  public let user: UserID
  /// The file.
  public let file: FileID
  /// The content, or nil for whichever is current.
  public let version: VariantVersion?
  /// The variant's name.
  public let name: VariantName
  /// The type that the extension names.
  public let type: FileType

  /// Nil where `path` is not exactly of the form above; percent-encoding is not undone.
  public init?(_ path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 5 || parts.count == 6, parts[0].isEmpty,
      let visibility = Visibility.allCases.first(where: { $0.pathPrefix == parts[1] }),
      let user = UserID(parts[2]), let file = FileID(parts[3]), let last = parts.last
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
