/// An object, or one version of it, in a batch request.
public struct ObjectReference: Hashable, Sendable {
  /// The key.
  public var key: String
  /// The version; nil for the current object.
  public var version: VersionID?

  /// Creates a reference to the current object, unless a version is given.
  public init(_ key: String, version: VersionID? = nil) {
    self.key = key
    self.version = version
  }

  /// True if the bytes of both keys and both versions are equal.
  ///
  /// Swift treats canonically equivalent strings as equal; stores compare bytes.
  public static func == (left: ObjectReference, right: ObjectReference) -> Bool {
    left.key.utf8.elementsEqual(right.key.utf8) && left.version == right.version
  }

  /// Hashes the bytes of the key, and the version.
  public func hash(into hasher: inout Hasher) {
    for byte in key.utf8 { hasher.combine(byte) }
    hasher.combine(version)
  }
}

/// An object of a batch that the store did not delete.
public struct DeletionFailure: Hashable, Sendable {
  /// The object, as the batch request named it.
  public var object: ObjectReference
  /// The reason why the object still exists, or may still exist.
  public var error: StoreError

  /// Creates a failure.
  public init(object: ObjectReference, error: StoreError) {
    self.object = object
    self.error = error
  }
}

/// The maximum number of objects in one batch.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
public let maximumBatch = 1000

/// Throws `invalidRequest` if a batch has more than 1,000 objects or an invalid key.
public func checkBatch(_ objects: [ObjectReference]) throws(StoreError) {
  guard objects.count <= maximumBatch else {
    throw .invalidRequest(code: "InvalidBatch", message: "a batch has up to \(maximumBatch), this has \(objects.count)")
  }
  for object in objects { try checkObjectKey(object.key) }
}
