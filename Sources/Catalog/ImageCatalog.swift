public import Core
public import Database
public import Storage

/// A variant that an image URL stands for.
public struct ServedImage: Hashable, Sendable {
  let key: String
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
  }

  private let database: FileDatabase
  private let store: any ObjectStore
  private let bucket: String

  /// Serves variants out of the processed `bucket`.
  public init(database: FileDatabase, store: any ObjectStore, bucket: String) {
    self.database = database
    self.store = store
    self.bucket = bucket
  }

  /// What `path` stands for now.
  ///
  /// Throws `notFound` for all that is not a ready file's image under its own prefix.
  public func find(_ path: String) throws(StorageError) -> Answer {
    guard let asked = ImagePath(path), asked.visibility == .public,
      let found = try database.image(asked.name, of: asked.file, user: asked.user),
      found.state == .ready, found.visibility == asked.visibility,
      let variant = found.variant, variant.type == asked.type
    else { throw .notFound }
    guard asked.version == variant.version else {
      return .moved(path: "/\(asked.visibility.pathPrefix)/\(variant.key)")
    }
    return .image(
      ServedImage(
        key: variant.key,
        contentType: variant.type.contentType,
        version: variant.version.description,
        size: variant.size
      )
    )
  }

  /// The bytes of `image`, if `path` still stands for it once they are at hand: the state is read again after them.
  ///
  /// Throws `unavailable` where the object is missing, or is not as long as it was made.
  public func bytes(of image: ServedImage, at path: String) throws(StorageError) -> [UInt8] {
    let bytes = try StorageError.reaching("variant \(image.key)") { () throws(StoreError) in
      try store.bytes(of: image.key, in: bucket, limit: Int(image.size))
    }
    guard bytes.count == image.size else {
      throw .unavailable(detail: "variant \(image.key): \(bytes.count) bytes, not \(image.size)")
    }
    try confirm(image, at: path)
    return bytes
  }

  private func confirm(_ image: ServedImage, at path: String) throws(StorageError) {
    guard case .image(let still) = try find(path), still.key == image.key else { throw .notFound }
  }

  /// Hands the bytes of `image` to `sink` as they come, after reading the state again when the first are at hand.
  public func stream(
    _ image: ServedImage,
    at path: String,
    into sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws(StoreError) {
    var isConfirmed = false
    _ = try store.get(image.key, in: bucket) { (chunk) throws(StoreError) in
      do {
        if !isConfirmed { try confirm(image, at: path) }
        isConfirmed = true
        try sink(chunk)
      } catch {
        throw .aborted(detail: "\(error)")
      }
    }
  }
}
