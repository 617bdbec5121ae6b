public import Foundation
internal import Signing
public import Storage
internal import Synchronization

/// Buckets and objects in memory, with the versions, delete markers and errors of an S3 server.
public final class MemoryStore: ObjectStore {
  private let buckets = Mutex<[String: MemoryBucket]>([:])
  private let clock: @Sendable () -> Date

  /// A store without buckets, whose objects have the times of `clock`.
  public init(clock: @escaping @Sendable () -> Date = { .now }) { self.clock = clock }

  /// Stores an object.
  public func put(
    _ body: ObjectBody,
    to key: String,
    in bucket: String,
    options: PutOptions
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(key)
    try checkMetadata(options.metadata)
    let bytes = try read(body)
    let digest = SHA256.digest(of: bytes)
    guard options.sha256 == nil || options.sha256 == digest else { throw .integrity(detail: "another SHA-256") }
    return try change(bucket) { bucket throws(StoreError) in
      try bucket.check(options, key)
      let version = bucket.add(
        MemoryVersion(
          bytes: bytes,
          etag: ETag(String(lowercaseHexadecimal(digest).prefix(32))),
          options: options
        ),
        to: key
      )
      return PutResult(etag: version.etag, version: bucket.name(of: version))
    }
  }

  /// Passes the object's attributes to `begin`, and its bytes to `sink` in pieces of 64 kB.
  public func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    condition: ReadCondition?,
    begin: (ObjectInfo) throws(StoreError) -> Void,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ReadOutcome {
    var (found, info) = try find(key, in: bucket, version: version)
    guard try isWanted(info, condition) else { return .notModified }
    let size = found.bytes.count
    guard let wanted = range.map({ $0.resolved(size: Int64(size)) }) ?? 0..<Int64(size) else { throw .invalidRange }
    if range != nil { info.sha256 = nil }
    try begin(info)
    let bytes = Array(found.bytes[Int(wanted.lowerBound)..<Int(wanted.upperBound)])
    for start in stride(from: 0, to: bytes.count, by: 65_536) {
      let outcome = bytes.withUnsafeBytes { all in
        Result { () throws(StoreError) in
          try sink(UnsafeRawBufferPointer(rebasing: all[start..<min(start + 65_536, all.count)]))
        }
      }
      try outcome.get()
    }
    return .object(info)
  }

  /// Returns an object's headers.
  public func head(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    condition: ReadCondition?
  ) throws(StoreError) -> ReadOutcome {
    do {
      let info = try find(key, in: bucket, version: version).info
      return try isWanted(info, condition) ? .object(info) : .notModified
    } catch .noSuchBucket {
      throw .notFound
    }
  }

  /// Deletes a version, or the object.
  public func delete(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) {
    try checkObjectKey(key)
    try change(bucket) { bucket throws(StoreError) in
      bucket.delete(ObjectReference(key, version: version))
    }
  }

  /// Returns a page of current objects.
  public func list(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<ObjectSummary> {
    try change(bucket) { bucket throws(StoreError) in
      let limit = max(1, min(limit, 1000))
      var found: [ObjectSummary] = []
      for key in bucket.keys(prefix: prefix, from: token ?? "") where !key.utf8.elementsEqual((token ?? "").utf8) {
        guard let object = bucket.current(key) else { continue }
        found.append(
          ObjectSummary(key: key, size: Int64(object.bytes.count), etag: object.etag, lastModified: object.lastModified)
        )
        if found.count > limit { break }
      }
      return Page(items: Array(found.prefix(limit)), next: found.count > limit ? found[limit - 1].key : nil)
    }
  }

  /// Returns a page of versions and delete markers.
  public func listVersions(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary> {
    try change(bucket) { bucket throws(StoreError) in
      let limit = max(1, min(limit, 1000))
      let first = token.flatMap { $0.split(separator: "\n", maxSplits: 1).last.map(String.init) } ?? ""
      var rest: [VersionSummary] = []
      if let token, token != versionToken(behind: first) {
        let versions = bucket.summaries(first)
        guard let mark = versions.firstIndex(where: { tokenOf($0) == token }) else {
          throw .invalidRequest(code: "InvalidToken", message: "not a token of this listing")
        }
        rest += versions[(mark + 1)...]
      }
      for key in bucket.keys(prefix: prefix, from: first) where !key.utf8.elementsEqual(first.utf8) {
        if rest.count > limit { break }
        rest += bucket.summaries(key)
      }
      let items = Array(rest.prefix(limit))
      return Page(items: items, next: rest.count > limit ? items.last.map(tokenOf) : nil)
    }
  }

  /// Creates a bucket.
  public func createBucket(_ bucket: String) throws(StoreError) {
    buckets.withLock { $0[bucket] = $0[bucket] ?? MemoryBucket() }
  }

  /// Returns true if the bucket exists.
  public func bucketExists(_ bucket: String) throws(StoreError) -> Bool { buckets.withLock { $0[bucket] != nil } }

  /// Deletes an empty bucket.
  public func deleteBucket(_ bucket: String) throws(StoreError) {
    try buckets.withLock { buckets throws(StoreError) in
      guard buckets[bucket]?.isEmpty ?? true else { throw .invalidRequest(code: "BucketNotEmpty", message: bucket) }
      buckets[bucket] = nil
    }
  }

  /// Enables or suspends versioning.
  public func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError) {
    try change(bucket) { bucket throws(StoreError) in bucket.versioning = isEnabled }
  }

  /// Makes the bucket ignore `If-None-Match` and `If-Match` of uploads while versioning is enabled, like Ceph's gateway
  /// before release 20.
  public func ignoreConditions(in bucket: String) throws(StoreError) {
    try change(bucket) { bucket throws(StoreError) in bucket.ignoresConditions = true }
  }

  /// Stores a version below all others of the key.
  ///
  /// A store may do so if it orders versions by the start of their uploads.
  public func slip(_ bytes: [UInt8], below key: String, in bucket: String) throws(StoreError) {
    try change(bucket) { bucket throws(StoreError) in
      bucket.slip(MemoryVersion(bytes: bytes, etag: ETag("slipped")), below: key)
    }
  }

  /// Sets the time at which the store wrote a version or delete marker.
  public func setTime(_ time: Date, of key: String, in bucket: String, version: VersionID) throws(StoreError) {
    try change(bucket) { bucket throws(StoreError) in
      guard bucket.setTime(time, of: key, version) else { throw .notFound }
    }
  }

  /// Returns true if versioning of the bucket is enabled.
  public func isVersioned(_ bucket: String) throws(StoreError) -> Bool {
    try change(bucket) { bucket throws(StoreError) in bucket.versioning == true }
  }

  func change<Value: Sendable>(
    _ name: String,
    _ body: (inout MemoryBucket) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try buckets.withLock { buckets throws(StoreError) in
      guard var bucket = buckets.removeValue(forKey: name) else { throw .noSuchBucket }
      defer { buckets[name] = bucket }
      bucket.now = clock()
      return try body(&bucket)
    }
  }

  func find(
    _ key: String,
    in bucket: String,
    version: VersionID?
  ) throws(StoreError) -> (version: MemoryVersion, info: ObjectInfo) {
    try checkObjectKey(key)
    return try change(bucket) { bucket throws(StoreError) in
      guard let found = version.map({ bucket.version($0, of: key) }) ?? bucket.current(key), !found.isDeleteMarker
      else {
        throw .notFound
      }
      return (
        found,
        ObjectInfo(
          size: Int64(found.bytes.count),
          etag: found.etag,
          version: bucket.name(of: found),
          contentType: found.options.contentType ?? "binary/octet-stream",
          cacheControl: found.options.cacheControl,
          lastModified: found.lastModified,
          metadata: found.options.metadata,
          sha256: found.options.sha256,
          tagCount: found.tags.count
        )
      )
    }
  }
}

func read(_ body: ObjectBody) throws(StoreError) -> [UInt8] {
  switch body {
  case .bytes(let bytes): return bytes
  case .file(let path, let length):
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .aborted(detail: "\(path) cannot be read")
    }
    guard data.count == length else { throw .aborted(detail: "\(path) has \(data.count) bytes, not \(length)") }
    return Array(data)
  case .descriptor(let descriptor, let length):
    return try collect(length) { offset, buffer throws(StoreError) in
      pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
    }
  case .reader(let length, let read): return try collect(length, read)
  }
}

private func isWanted(_ info: ObjectInfo, _ condition: ReadCondition?) throws(StoreError) -> Bool {
  switch condition {
  case .ifMatch(let etag) where etag != info.etag: throw .preconditionFailed
  case .ifNoneMatch(let etag) where etag == info.etag: false
  default: true
  }
}

private func collect(
  _ length: Int64,
  _ read: (Int64, UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
) throws(StoreError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: Int(length))
  var done = 0
  while done < bytes.count {
    let outcome = bytes.withUnsafeMutableBytes { all in
      Result { () throws(StoreError) in try read(Int64(done), UnsafeMutableRawBufferPointer(rebasing: all[done...])) }
    }
    let count = try outcome.get()
    guard count > 0 else { throw .aborted(detail: "the body ended \(bytes.count - done) bytes early") }
    done += count
  }
  return bytes
}

private func tokenOf(_ line: VersionSummary) -> String { line.version.description + "\n" + line.key }
