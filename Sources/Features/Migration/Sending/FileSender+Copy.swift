internal import Foundation
internal import Signing
internal import Storage

/// An object of the same store that a file can be copied from.
public struct CopyOrigin: Hashable, Sendable {
  /// The key.
  public var key: String
  /// The bucket.
  public var bucket: String

  /// Creates a reference to the current object.
  public init(key: String, bucket: String) {
    self.key = key
    self.bucket = bucket
  }
}

extension FileSender {
  /// The largest object that one copy takes, in bytes.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
  private static var longestCopy: Int64 { 5 << 30 }

  /// Copies an object inside the store and proves the copy; nil if the object is too large for one copy.
  ///
  /// The digest is that of the copy, read back once. The copy is that of the original if the original has the same SHA-256
  /// or the same entity tag. Otherwise the original is read too.
  func copied(_ file: FileToSend, from origin: CopyOrigin) throws(SendFailure) -> SentObject? {
    let source: ObjectInfo
    do throws(SendFailure) {
      source = try ask { () throws(StoreError) in try store.head(origin.key, in: origin.bucket) }
    } catch .refused(.notFound) {
      throw .vanished
    }
    guard source.size <= Self.longestCopy else { return nil }
    let existing = try current(file.key)
    let copy: ObjectInfo
    if let existing { copy = existing } else { copy = try makeCopy(file, origin, source) }
    let digest = try digest(of: file.key, in: bucket, copy.version)
    let isSame = try isSame(copy, digest, origin, source, isNew: existing == nil)
    guard isSame else {
      throw existing == nil ? .temporary(.integrity(detail: "the copy has other bytes than the original")) : .occupied
    }
    let modified = wholeSeconds(source.lastModified)
    return SentObject(
      version: copy.version,
      etag: copy.etag,
      sha256: digest,
      stamp: FileStamp(size: source.size, modified: modified, changed: modified),
      parts: [],
      wasThere: existing != nil
    )
  }

  /// Returns true if the copy, which has this digest, has the bytes of the original.
  private func isSame(
    _ copy: ObjectInfo,
    _ digest: [UInt8],
    _ origin: CopyOrigin,
    _ source: ObjectInfo,
    isNew: Bool
  ) throws(SendFailure) -> Bool {
    guard copy.size == source.size else { return false }
    if let expected = source.sha256 { return expected == digest }
    if isNew, source.etag == copy.etag { return true }
    return try self.digest(of: origin.key, in: origin.bucket, source.version) == digest
  }

  private func makeCopy(
    _ file: FileToSend,
    _ origin: CopyOrigin,
    _ source: ObjectInfo
  ) throws(SendFailure) -> ObjectInfo {
    let options = PutOptions(contentType: file.contentType, metadata: file.metadata)
    let from = CopySource(origin.key, in: origin.bucket, version: source.version, ifMatch: source.etag)
    // An attempt whose answer was lost may have made the copy.
    func check() throws(SendFailure) -> Bool? { try current(file.key) == nil ? nil : true }
    do throws(SendFailure) {
      _ = try ask(afterDoubt: check) { () throws(StoreError) in
        _ = try store.copy(from, to: file.key, in: bucket, replacement: options)
        return true
      }
    } catch .refused(.preconditionFailed) {
      throw .changed
    }
    guard let copy = try current(file.key) else { throw .temporary(.notFound) }
    return copy
  }

  /// Returns the object at a key; nil if there is none.
  private func current(_ key: String) throws(SendFailure) -> ObjectInfo? {
    do throws(SendFailure) {
      return try ask { () throws(StoreError) in try store.head(key, in: bucket) }
    } catch .refused(.notFound) {
      return nil
    }
  }

  private func digest(of key: String, in bucket: String, _ version: VersionID?) throws(SendFailure) -> [UInt8] {
    try ask { () throws(StoreError) in
      let hasher = SHA256()
      _ = try store.get(key, in: bucket, version: version, range: nil) { hasher.update($0) }
      return hasher.finalize()
    }
  }
}
