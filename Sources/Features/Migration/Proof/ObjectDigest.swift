internal import Signing
internal import Storage

extension ObjectStore {
  /// Reads an object once, passes its bytes on, and returns its properties with the SHA-256 of the bytes.
  func hashed(
    _ key: String,
    in bucket: String,
    version: VersionID? = nil,
    _ receive: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> (info: ObjectInfo, digest: [UInt8]) {
    let hasher = SHA256()
    let info = try get(key, in: bucket, version: version, range: nil) { (piece) throws(StoreError) in
      hasher.update(piece)
      try receive(piece)
    }
    return (info, hasher.finalize())
  }
}
