internal import Signing
internal import Storage

extension FileSender {
  /// Sends a file in one PUT, from memory: the digest is that of the bytes that are sent, whatever the disk does.
  func sendWhole(_ file: FileToSend, _ reader: FileReader, _ bench: Workbench) throws(SendFailure) -> SentObject {
    let size = Int(reader.stamp.size)
    let buffer = size <= Workbench.ownCapacity ? bench.buffer : try budget.buffer(size)
    try reader.fill(buffer[first: size])
    let content = Content(stamp: reader.stamp, sha256: try reader.finish())
    // Without conditions, only a look shows that an earlier run stored the object.
    if file.isResumed, !honoursConditions, let found = try stored(file, content) { return found }
    do throws(SendFailure) {
      return try put(file, content, buffer)
    } catch .refused(.preconditionFailed) {
      guard let found = try stored(file, content) else { throw .temporary(.preconditionFailed) }
      return found
    }
  }

  private func put(_ file: FileToSend, _ content: Content, _ buffer: Buffer) throws(SendFailure) -> SentObject {
    let isConditional = honoursConditions
    let hasChecksum = sendsChecksums
    let options = PutOptions(
      contentType: file.contentType,
      metadata: file.metadata,
      ifNoneMatch: isConditional,
      sha256: content.sha256,
      storesChecksum: hasChecksum
    )
    let body = body(buffer, length: content.stamp.size)
    func check() throws(SendFailure) -> SentObject? { isConditional ? nil : try stored(file, content) }
    return try ask(bytes: content.stamp.size, afterDoubt: check) { () throws(StoreError) in
      let result = try store.put(body, to: file.key, in: bucket, options: options)
      return SentObject(
        version: result.version,
        etag: result.etag,
        sha256: content.sha256,
        stamp: content.stamp,
        parts: [],
        wasThere: false,
        isProven: hasChecksum
      )
    }
  }
}
