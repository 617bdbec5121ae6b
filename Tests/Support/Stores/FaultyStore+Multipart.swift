public import Storage

extension FaultyStore {
  /// Begins a multipart upload.
  public func createMultipartUpload(
    _ key: String,
    in bucket: String,
    options: PutOptions,
    hasPartChecksums: Bool
  ) throws(StoreError) -> UploadID {
    try pass(Call(operation: .createUpload, key: key)) { () throws(StoreError) in
      try memory.createMultipartUpload(key, in: bucket, options: options, hasPartChecksums: hasPartChecksums)
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
    try pass(Call(operation: .uploadPart, key: key)) { () throws(StoreError) in
      try memory.uploadPart(body, number: number, to: key, in: bucket, upload: upload, sha256: sha256)
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
    try pass(Call(operation: .listParts, key: key)) { () throws(StoreError) in
      try memory.listParts(of: upload, to: key, in: bucket, after: token, limit: limit)
    }
  }

  /// Returns a page of open uploads.
  public func listMultipartUploads(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<UploadSummary> {
    try pass(Call(operation: .listUploads, key: prefix)) { () throws(StoreError) in
      try memory.listMultipartUploads(bucket, prefix: prefix, after: obeyed(token), limit: limit)
    }
  }

  /// Makes the object from the given parts.
  public func completeMultipartUpload(
    _ upload: UploadID,
    to key: String,
    in bucket: String,
    parts: [CompletedPart],
    size: Int64?,
    ifNoneMatch: Bool
  ) throws(StoreError) -> PutResult {
    try pass(Call(operation: .completeUpload, key: key)) { () throws(StoreError) in
      try memory.completeMultipartUpload(
        upload,
        to: key,
        in: bucket,
        parts: parts,
        size: size,
        ifNoneMatch: ifNoneMatch
      )
    }
  }

  /// Aborts an upload and deletes its parts.
  public func abortMultipartUpload(_ upload: UploadID, to key: String, in bucket: String) throws(StoreError) {
    try pass(Call(operation: .abortUpload, key: key)) { () throws(StoreError) in
      try memory.abortMultipartUpload(upload, to: key, in: bucket)
    }
  }
}
