internal import Glibc
internal import HTTP
internal import Signing
internal import Storage

extension FileSender {
  /// Calls the store until it answers, within the retry policy; the time while the store is away does not count.
  ///
  /// `bytes` is the length of the request's body. `afterDoubt` runs before an attempt that follows a lost answer, and
  /// can return the result of the earlier attempt.
  func ask<Value>(
    bytes: Int64 = 0,
    afterDoubt check: (() throws(SendFailure) -> Value?)? = nil,
    _ call: () throws(StoreError) -> Value
  ) throws(SendFailure) -> Value {
    let start = monotonicSeconds()
    var generator = SystemRandomNumberGenerator()
    var attempt = 1
    while true {
      let failure: StoreError
      let pass = try gate.enter(bytes: bytes)
      do throws(StoreError) {
        let value = try call()
        gate.leave(pass, nil)
        return value
      } catch {
        gate.leave(pass, error)
        failure = error
      }
      guard failure.isTemporary else { throw .refused(failure) }
      if !gate.isAway {
        guard
          let pause = settings.retries.pause(
            afterAttempt: attempt,
            elapsed: monotonicSeconds() - start,
            using: &generator
          )
        else { throw .temporary(failure) }
        suspend(seconds: pause)
        attempt += 1
      }
      if let check, failure.leavesDoubt, let value = try check() { return value }
    }
  }

  /// Returns the object at the file's key if it has exactly these bytes; throws `occupied` if it has others.
  ///
  /// The store's checksum decides if it has one: of the whole object, or of these parts. Otherwise the object is read
  /// back.
  func stored(_ file: FileToSend, _ content: Content) throws(SendFailure) -> SentObject? {
    let info: ObjectInfo
    do throws(SendFailure) {
      info = try ask { () throws(StoreError) in try store.head(file.key, in: bucket) }
    } catch .refused(.notFound) {
      return nil
    }
    guard info.size == content.stamp.size else { throw .occupied }
    let isKnown =
      info.sha256.map { $0 == content.sha256 }
      ?? (info.checksumOfParts == nil ? nil : info.checksumOfParts == content.checksumOfParts ? true : nil)
    let isSame: Bool
    if let isKnown { isSame = isKnown } else { isSame = try digest(of: file.key, info) == content.sha256 }
    guard isSame else { throw .occupied }
    return SentObject(
      version: info.version,
      etag: info.etag,
      sha256: content.sha256,
      stamp: content.stamp,
      parts: content.parts,
      wasThere: true
    )
  }

  /// Returns true if the key has an object.
  ///
  /// AWS answers 403 for a missing key if the account may not list the bucket, so that answer counts as no object.
  func isTaken(_ key: String) throws(SendFailure) -> Bool {
    do throws(SendFailure) {
      _ = try ask { () throws(StoreError) in try store.head(key, in: bucket) }
      return true
    } catch {
      switch error {
      case .refused(.notFound), .refused(.accessDenied): return false
      default: throw error
      }
    }
  }

  /// Reads an object back and hashes it.
  private func digest(of key: String, _ info: ObjectInfo) throws(SendFailure) -> [UInt8] {
    try ask { () throws(StoreError) in
      let hasher = SHA256()
      _ = try store.get(key, in: bucket, version: info.version, range: nil) { hasher.update($0) }
      return hasher.finalize()
    }
  }
}

/// The bytes of a file, by their digests.
struct Content {
  let stamp: FileStamp
  let sha256: [UInt8]
  var parts: [SentPart] = []

  /// The checksum that a store computes for an object of these parts; nil without parts.
  var checksumOfParts: ChecksumOfParts? {
    guard !parts.isEmpty else { return nil }
    return ChecksumOfParts(sha256: SHA256.digest(of: parts.flatMap(\.sha256)), count: parts.count)
  }
}

extension StoreError {
  /// True if the store may have carried the request out.
  fileprivate var leavesDoubt: Bool {
    switch self {
    case .unavailable, .timeout, .integrity, .unexpected: true
    default: false
    }
  }
}
