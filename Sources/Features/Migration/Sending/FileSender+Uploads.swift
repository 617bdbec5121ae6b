internal import HTTP
internal import Storage

/// A multipart upload that this run began or continues.
struct OpenUpload: Sendable {
  let id: UploadID
  let partSize: Int64
  let hasChecksums: Bool
  /// The parts that the store and the ledger know, by number.
  var kept: [Int: SentPart] = [:]
  /// True if the store may have a second upload: the answer to an attempt to begin was lost, or an earlier run was killed.
  var mayHaveTwin = false
}

extension FileSender {
  /// Continues the upload of an earlier run, or begins one.
  func begin(_ file: FileToSend, size: Int64) throws(SendFailure) -> OpenUpload {
    if let partial = file.partial, let upload = try continued(partial, file, size: size) { return upload }
    let hasChecksums = sendsChecksums
    let partSize = settings.partSize(forFileOf: size)
    let options = PutOptions(contentType: file.contentType, metadata: file.metadata)
    var mayHaveTwin = file.isResumed
    func doubt() -> UploadID? {
      mayHaveTwin = true
      return nil
    }
    let id = try ask(afterDoubt: doubt) { () throws(StoreError) in
      try store.createMultipartUpload(file.key, in: bucket, options: options, hasPartChecksums: hasChecksums)
    }
    do throws(SendFailure) {
      try journal?.began(id, partSize: partSize, of: file)
    } catch {
      try? abort(id, file)
      throw error
    }
    return OpenUpload(id: id, partSize: partSize, hasChecksums: hasChecksums, mayHaveTwin: mayHaveTwin)
  }

  /// Returns an earlier run's upload with the parts that store and ledger agree on; nil if the store has no such upload.
  private func continued(_ partial: PartialUpload, _ file: FileToSend, size: Int64) throws(SendFailure) -> OpenUpload? {
    let known = Dictionary(partial.parts.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    guard partial.partSize == settings.partSize(forFileOf: size) else {
      try discard(partial.upload, file)
      return nil
    }
    var upload = OpenUpload(
      id: partial.upload,
      partSize: partial.partSize,
      hasChecksums: sendsChecksums,
      mayHaveTwin: file.isResumed
    )
    var token: String?
    do throws(SendFailure) {
      repeat {
        let page = try ask { () throws(StoreError) in
          try store.listParts(of: partial.upload, to: file.key, in: bucket, after: token, limit: 1000)
        }
        for line in page.items {
          guard let part = known[line.part.number], part.etag == line.part.etag, part.size == line.size,
            line.part.sha256 == nil || line.part.sha256 == part.sha256
          else { continue }
          upload.kept[part.number] = part
        }
        token = page.next
      } while token != nil
    } catch .refused(.notFound) {
      try journal?.ended(partial.upload, of: file)
      return nil
    }
    return upload
  }

  /// Makes the object of the parts.
  func complete(_ file: FileToSend, _ upload: OpenUpload, _ content: Content) throws(SendFailure) -> SentObject {
    let parts = content.parts.map {
      CompletedPart(number: $0.number, etag: $0.etag, sha256: upload.hasChecksums ? $0.sha256 : nil)
    }
    do throws(SendFailure) {
      let result = try ask { () throws(StoreError) in
        try store.completeMultipartUpload(
          upload.id,
          to: file.key,
          in: bucket,
          parts: parts,
          size: content.stamp.size,
          ifNoneMatch: honoursConditions
        )
      }
      return SentObject(
        version: result.version,
        etag: result.etag,
        sha256: content.sha256,
        stamp: content.stamp,
        parts: content.parts,
        wasThere: false,
        isProven: upload.hasChecksums
      )
    } catch {
      switch error {
      case .refused(.preconditionFailed), .refused(.notFound):
        guard let found = try stored(file, content) else { throw .temporary(.notFound) }
        return found
      default: throw error
      }
    }
  }

  /// Aborts an upload, and records its end; an upload that the store keeps stays in the journal.
  func discard(_ upload: UploadID, _ file: FileToSend) throws(SendFailure) {
    try abort(upload, file)
    try journal?.ended(upload, of: file)
  }

  /// Aborts the uploads to the file's key whose identifiers were lost with an answer.
  func discardTwins(of upload: UploadID, _ file: FileToSend) throws(SendFailure) {
    let listed = try insisting { () throws(StoreError) in
      try store.listMultipartUploads(bucket, prefix: file.key, after: nil, limit: 1000).items
    }
    for twin in listed where twin.key.utf8.elementsEqual(file.key.utf8) && twin.upload != upload {
      try abort(twin.upload, file)
    }
  }

  /// Aborts until the store no longer lists the upload: a part that arrives during the abort may be stored after it.
  private func abort(_ upload: UploadID, _ file: FileToSend) throws(SendFailure) {
    for _ in 0..<3 {
      try insisting { () throws(StoreError) in
        try store.abortMultipartUpload(upload, to: file.key, in: bucket)
      }
      do throws(SendFailure) {
        _ = try insisting { () throws(StoreError) in
          try store.listParts(of: upload, to: file.key, in: bucket, after: nil, limit: 1)
        }
      } catch .refused(.notFound) {
        return
      }
    }
  }

  /// Calls the store up to eight times without asking the gate, so that a stopped run cleans up too.
  private func insisting<Value>(_ call: () throws(StoreError) -> Value) throws(SendFailure) -> Value {
    var generator = SystemRandomNumberGenerator()
    var attempt = 1
    while true {
      do throws(StoreError) {
        return try call()
      } catch {
        guard error.isTemporary, !gate.isAway,
          let pause = settings.retries.pause(afterAttempt: attempt, elapsed: 0, using: &generator)
        else { throw SendFailure(error) }
        suspend(seconds: pause)
        attempt += 1
      }
    }
  }
}
