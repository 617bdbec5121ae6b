internal import Foundation
internal import Signing
public import Storage

extension MemoryStore {
  /// Begins a multipart upload.
  public func createMultipartUpload(
    _ key: String,
    in bucket: String,
    options: PutOptions,
    hasPartChecksums: Bool
  ) throws(StoreError) -> UploadID {
    try checkObjectKey(key)
    try checkDescribesOnly(options)
    try checkMetadata(options.metadata)
    return try change(bucket) { bucket throws(StoreError) in
      let id = UploadID(UUID().uuidString)
      let order = (bucket.uploads.values.map(\.order).max() ?? 0) + 1
      bucket.uploads[id] = MemoryUpload(
        key: key,
        options: options,
        hasPartChecksums: hasPartChecksums,
        initiated: bucket.second,
        order: order
      )
      return id
    }
  }

  /// Stores a part.
  public func uploadPart(
    _ body: ObjectBody,
    number: Int,
    to key: String,
    in bucket: String,
    upload: UploadID,
    sha256: [UInt8]?
  ) throws(StoreError) -> CompletedPart {
    try checkObjectKey(key)
    try checkPartNumber(number)
    let bytes = try read(body)
    let digest = SHA256.digest(of: bytes)
    guard sha256 == nil || sha256 == digest else { throw .integrity(detail: "another SHA-256") }
    let etag = ETag(String(lowercaseHexadecimal(digest).prefix(32)))
    let part = CompletedPart(number: number, etag: etag, sha256: sha256)
    return try change(bucket) { bucket throws(StoreError) in
      guard let found = bucket.upload(upload, to: key) else { throw .notFound }
      guard found.hasPartChecksums == (sha256 != nil) else {
        throw .invalidRequest(code: "InvalidRequest", message: "parts bear checksums where that was announced")
      }
      bucket.uploads[upload]?.parts[number] = .init(
        bytes: bytes,
        line: PartSummary(part: part, size: Int64(bytes.count), lastModified: bucket.now)
      )
      return part
    }
  }

  /// Returns a page of an upload's parts.
  public func listParts(
    of upload: UploadID,
    to key: String,
    in bucket: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<PartSummary> {
    try change(bucket) { bucket throws(StoreError) in
      guard let found = bucket.upload(upload, to: key) else { throw .notFound }
      let limit = max(1, min(limit, 1000))
      let rest = found.parts.filter { $0.key > token.flatMap { Int($0) } ?? 0 }.sorted { $0.key < $1.key }
      let items = rest.prefix(limit).map(\.value.line)
      return Page(items: items, next: rest.count > limit ? items.last.map { String($0.part.number) } : nil)
    }
  }

  /// Returns a page of open uploads.
  public func listMultipartUploads(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<UploadSummary> {
    try change(bucket) { bucket throws(StoreError) in
      let all = bucket.uploads.filter { $0.value.key.utf8.starts(with: prefix.utf8) }.sorted { left, right in
        let (left, right) = (left.value, right.value)
        return precedes(left.key, right.key) || !precedes(right.key, left.key) && left.order < right.order
      }
      let start = try token.map { token throws(StoreError) in
        guard let mark = all.firstIndex(where: { $0.key.description == token }) else {
          throw .invalidRequest(code: "InvalidToken", message: "not a token of this listing")
        }
        return mark + 1
      }
      let rest = all[(start ?? 0)...]
      let limit = max(1, min(limit, 1000))
      let items = rest.prefix(limit).map { UploadSummary(key: $1.key, upload: $0, initiated: $1.initiated) }
      return Page(items: items, next: rest.count > limit ? items.last?.upload.description : nil)
    }
  }

  /// Makes the object from the given parts; for a completed upload, returns the same result again.
  public func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart],
    size: Int64?,
    ifNoneMatch: Bool
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(key)
    try checkParts(parts)
    return try change(bucket) { bucket throws(StoreError) in
      guard let found = bucket.upload(upload, to: key) else {
        guard let earlier = bucket.completed[upload], earlier.key == key,
          bucket.current(key)?.etag == earlier.result.etag
        else { throw .notFound }
        return earlier.result
      }
      let version = try found.assemble(parts)
      try bucket.check(PutOptions(ifNoneMatch: ifNoneMatch), key)
      bucket.uploads[upload] = nil
      let made = bucket.add(version, to: key)
      let result = PutResult(etag: made.etag, version: bucket.name(of: made))
      bucket.completed[upload] = (key, result)
      return result
    }
  }

  /// Aborts an upload and deletes its parts.
  public func abortMultipartUpload(_ upload: UploadID, to key: String, in bucket: String) throws(StoreError) {
    try change(bucket) { bucket throws(StoreError) in
      if bucket.upload(upload, to: key) != nil { bucket.uploads[upload] = nil }
    }
  }
}

extension MemoryBucket {
  fileprivate func upload(_ id: UploadID, to key: String) -> MemoryUpload? {
    guard let found = uploads[id], found.key.utf8.elementsEqual(key.utf8) else { return nil }
    return found
  }
}
