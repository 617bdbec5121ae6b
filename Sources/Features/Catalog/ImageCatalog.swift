public import Core
public import Database
import Signing
public import Storage

/// The variant of an image that an image URL selects.
public struct ServedImage: Hashable, Sendable {
  let key: String
  /// The file of which the image is a variant.
  public let file: FileID
  /// The media type.
  public let contentType: String
  /// The version, a hash that identifies the content: other content has another version.
  public let version: String
  /// The size, in bytes.
  public let size: Int64
}

/// Finds the object behind an image URL.
public struct ImageCatalog: Sendable {
  /// The result of a request for an image URL.
  public enum Answer: Sendable {
    /// The bytes of this variant.
    case image(ServedImage)
    /// A redirect to the path of the current URL: the requested path has no version or an old one.
    case moved(path: String)
    /// The image exists only after this job for the file has run.
    case awaited(JobKind, FileID)
  }

  private let database: FileDatabase
  private let store: any ObjectStore
  private let bucket: String
  private let specifications: [VariantSpecification]

  /// Serves variants of these `specifications` from the processed `bucket`.
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

  /// Returns the current result for `path`.
  ///
  /// Throws `notFound` unless `path` is an image of a ready file, or of a file that can become ready, and begins with
  /// the prefix of the file's visibility.
  public func find(_ path: String) throws(StorageError) -> Answer {
    guard let asked = ImagePath(path), let found = try database.image(asked.name, of: asked.file, user: asked.user),
      found.visibility == asked.visibility
    else { throw .notFound }
    let specification = specifications.first { $0.name == asked.name }
    switch found.state {
    case .ready: return try find(asked, in: found, specification)
    case .pending, .received:
      // The version is unknown until the file is processed. A guessed version must not trigger rendering.
      guard asked.version == nil, let source = found.sourceType, source.isImage,
        specification?.types(for: source).contains(asked.type) == true
      else {
        throw .notFound
      }
      return .awaited(.process, asked.file)
    default: throw .notFound
    }
  }

  /// Returns the result for `asked` if the file is ready.
  ///
  /// A variant that is not rendered yet already has a URL, because its version is computed from the file's digest.
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
        key: variant.objectKey,
        file: asked.file,
        contentType: variant.type.contentType,
        version: variant.version.description,
        size: variant.size
      )
    )
  }

  /// Returns the current key of the variant, computed from its specification.
  ///
  /// If the variant is no longer specified, returns the key of the last rendering.
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
    let types = specification.types(for: source)
    // Only the last rendering tells which of several types the variant has.
    let type = found.variant.flatMap { types.contains($0.type) ? $0.type : nil } ?? asked.type
    guard types.contains(type) else { return nil }
    return VariantVersion(of: digest, specification.shape, among: specifications, hash: SHA256.hexadecimal).map {
      key($0, type)
    }
  }

  /// Returns the bytes of `image`; throws `notFound` if `path` no longer selects `image` after the bytes were read.
  ///
  /// Returns nil if the object is missing. Throws `unavailable` if the object's length differs from the database.
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

  /// True if the object of `image` exists.
  public func isStored(_ image: ServedImage) throws(StorageError) -> Bool {
    try store.ifPresent(in: bucket) { () throws(StoreError) in try store.head(image.key, in: bucket) } != nil
  }

  /// Throws `notFound` if `path` no longer selects the image; its object may have moved in the meantime.
  private func confirm(_ image: ServedImage, at path: String) throws(StorageError) {
    guard case .image(let still) = try find(path), still.version == image.version else { throw .notFound }
  }

  /// Passes the bytes of `image` to `sink` chunk by chunk, and reads the file's state again before the first and the
  /// last chunk.
  ///
  /// If the file was deleted or changed in the meantime, the transfer is cut, so no cache keeps the image.
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
