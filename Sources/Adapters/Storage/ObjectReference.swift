/// An object, or one version of it, as a batch names it.
public struct ObjectReference: Hashable, Sendable {
  /// The key.
  public var key: String
  /// The version; nil for the object as such.
  public var version: VersionID?

  /// The object as such, unless a version is given.
  public init(_ key: String, version: VersionID? = nil) {
    self.key = key
    self.version = version
  }

  /// Whether both name the same bytes of a key: Swift takes canonically equal strings for one, stores do not.
  public static func == (left: ObjectReference, right: ObjectReference) -> Bool {
    left.key.utf8.elementsEqual(right.key.utf8) && left.version == right.version
  }

  /// Feeds the key's bytes and the version.
  public func hash(into hasher: inout Hasher) {
    for byte in key.utf8 { hasher.combine(byte) }
    hasher.combine(version)
  }
}

/// An object of a batch that was not deleted.
public struct DeletionFailure: Hashable, Sendable {
  /// The object, as the batch named it.
  public var object: ObjectReference
  /// Why it is still there, or may be.
  public var error: StoreError

  /// A failure as a store returns it.
  public init(object: ObjectReference, error: StoreError) {
    self.object = object
    self.error = error
  }
}

/// The most objects that one batch may name.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
public let maximumBatch = 1000

/// Refuses a batch of more than 1,000 objects, or with a key that no store takes.
public func checkBatch(_ objects: [ObjectReference]) throws(StoreError) {
  guard objects.count <= maximumBatch else {
    throw .invalidRequest(code: "InvalidBatch", message: "a batch has up to \(maximumBatch), this has \(objects.count)")
  }
  for object in objects { try checkObjectKey(object.key) }
}
