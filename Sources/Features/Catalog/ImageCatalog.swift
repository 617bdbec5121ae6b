public import Core
public import Database
import Signing
public import Storage

/// A variant that an image URL stands for.
public struct ServedImage: Hashable, Sendable {
  let key: String
  /// The file that it is of.
  public let file: FileID
  /// The media type.
  public let contentType: String
  /// Names the content: another content has another one.
  public let version: String
  /// In bytes.
  public let size: Int64
}

/// Finds the object behind an image URL.
public struct ImageCatalog: Sendable {
  /// What to answer to an image URL.
  public enum Answer: Sendable {
    /// The bytes of this variant.
    case image(ServedImage)
    /// The current URL's path: the asked one names no content, or an old one.
    case moved(path: String)
    /// Nothing before this work on the file is done.
    case awaited(JobKind, FileID)
  }

  private let database: FileDatabase
  private let store: any ObjectStore
  private let bucket: String
  private let specifications: [VariantSpecification]

  /// Serves variants of these `specifications` out of the processed `bucket`.
  public init(
    database: FileDatabase,
    store: any ObjectStore,
    bucket: String,
    specifications: [VariantSpecification]
  ) {
    self.database = database
    self.store = store
    self.bucket = bucket
    self.specifications = specifications
  }

  /// What `path` stands for now.
  ///
  /// Throws `notFound` for all that is not the image of a servable file, or of one that may become so, under its own
  /// prefix.
  public func find(_ path: String) throws(StorageError) -> Answer {
    guard let asked = ImagePath(path), let found = try database.image(asked.name, of: asked.file, user: asked.user),
      found.visibility == asked.visibility
    else { throw .notFound }
    let specification = specifications.first { $0.name == asked.name }
    switch found.state {
    case .ready: return try find(asked, in: found, specification)
    case .pending, .received:
      // No version is known yet, so one that is asked for is made up: nobody shall have work done by guessing.
      guard asked.version == nil, let source = found.sourceType, source.isImage,
        specification?.type(for: source) == asked.type
      else {
        throw .notFound
      }
      return .awaited(.process, asked.file)
    default: throw .notFound
    }
  }

  /// What a ready file has for `asked`; one that is not rendered yet has a URL already, since its version is known.
  private func find(
    _ asked: ImagePath,
    in found: ImageRecord,
    _ specification: VariantSpecification?
  ) throws(StorageError) -> Answer {
    guard let current = current(asked, in: found, specification), current.type == asked.type else { throw .notFound }
    guard asked.version == current.version else {
      return .moved(path: "/\(asked.visibility.pathPrefix)/\(current)")
    }
    guard let variant = found.variant, variant.version == current.version, variant.type == current.type else {
      return .awaited(.render, asked.file)
    }
    return .image(
      ServedImage(
        key: variant.key,
        file: asked.file,
        contentType: variant.type.contentType,
        version: variant.version.description,
        size: variant.size
      )
    )
  }

  /// The key of what the specification makes of the file; of a variant that is no longer specified, the last there was.
  private func current(
    _ asked: ImagePath,
    in found: ImageRecord,
    _ specification: VariantSpecification?
  ) -> ProcessedKey? {
    func key(_ version: VariantVersion, _ type: FileType) -> ProcessedKey {
      ProcessedKey(user: asked.user, file: asked.file, version: version, name: asked.name, type: type)
    }
    guard let specification else { return found.variant.map { key($0.version, $0.type) } }
    guard let source = found.sourceType, source.isImage, let digest = found.sha256 else { return nil }
    return VariantVersion(of: digest, specification.shape, among: specifications, hash: SHA256.hexadecimal).map {
      key($0, specification.type(for: source))
    }
  }

  /// The bytes of `image`, if `path` still stands for it once they are at hand: the state is read again after them.
  ///
  /// Returns nil where the object is missing; throws `unavailable` where it is not as long as it was made.
  public func bytes(of image: ServedImage, at path: String) throws(StorageError) -> [UInt8]? {
    let bytes = try store.ifPresent(in: bucket) { () throws(StoreError) in
      try store.bytes(of: image.key, in: bucket, limit: Int(image.size))
    }
    guard let bytes else { return nil }
    guard bytes.count == image.size else {
      throw .unavailable(detail: "variant \(image.key): \(bytes.count) bytes, not \(image.size)")
    }
    try confirm(image, at: path)
    return bytes
  }

  /// Whether the object of `image` is there.
  public func isStored(_ image: ServedImage) throws(StorageError) -> Bool {
    try store.ifPresent(in: bucket) { () throws(StoreError) in try store.head(image.key, in: bucket) } != nil
  }

  private func confirm(_ image: ServedImage, at path: String) throws(StorageError) {
    guard case .image(let still) = try find(path), still.key == image.key else { throw .notFound }
  }

  /// Hands the bytes of `image` to `sink` as they come, after reading the state again when the first are at hand, and once
  /// more before the last: a fill that a withdrawal overtakes is cut, so no cache keeps it.
  public func stream(
    _ image: ServedImage,
    at path: String,
    into sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws(StoreError) {
    var count: Int64 = 0
    _ = try store.get(image.key, in: bucket) { (chunk) throws(StoreError) in
      do {
        let isFirst = count == 0
        count += Int64(chunk.count)
        if isFirst || count >= image.size { try confirm(image, at: path) }
        try sink(chunk)
      } catch {
        throw .aborted(detail: "\(error)")
      }
    }
  }
}
