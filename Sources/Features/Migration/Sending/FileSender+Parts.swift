internal import Core
internal import Glibc
internal import Signing
internal import Storage

extension FileSender {
  /// Sends a file in parts: one thread reads and hashes, and idle threads help it to send.
  ///
  /// A failure aborts the upload, unless the store does not answer the abort either: the journal then still has the
  /// upload.
  func sendInParts(
    _ file: FileToSend,
    _ reader: FileReader,
    _ bench: Workbench,
    _ takers: (any PartTakers)?
  ) throws(SendFailure) -> SentObject {
    if file.isResumed, try isTaken(file.key) {
      let content = try measured(reader, bench)
      guard let found = try stored(file, content) else { throw .temporary(.notFound) }
      if let partial = file.partial { try discard(partial.upload, file) }
      return found
    }
    let upload = try begin(file, size: reader.stamp.size)
    let gathering = PartGathering(meter)
    defer { gathering.close() }
    do throws(SendFailure) {
      let parts = try sendAll(file, upload, reader, bench, takers, gathering)
      let content = Content(stamp: reader.stamp, sha256: try reader.finish(), parts: parts)
      let object = try complete(file, upload, content)
      if object.wasThere { try discard(upload.id, file) } else { try journal?.ended(upload.id, of: file) }
      if upload.mayHaveTwin { try? discardTwins(of: upload.id, file) }
      return object
    } catch {
      try? discard(upload.id, file)
      if upload.mayHaveTwin { try? discardTwins(of: upload.id, file) }
      throw error
    }
  }

  /// Hashes a file and its parts without sending them.
  private func measured(_ reader: FileReader, _ bench: Workbench) throws(SendFailure) -> Content {
    let plan = PartPlan(size: reader.stamp.size, partSize: settings.partSize(forFileOf: reader.stamp.size))
    var parts: [SentPart] = []
    for number in 1...plan.count {
      _ = bench.part.finalize()
      let size = plan.size(of: number)
      try reader.skip(size, scratch: bench.buffer[first: FileReader.pieceSize], part: bench.part)
      parts.append(SentPart(number: number, size: size, sha256: bench.part.finalize(), etag: ETag("")))
    }
    return Content(stamp: reader.stamp, sha256: try reader.finish(), parts: parts)
  }

  private func sendAll(
    _ file: FileToSend,
    _ upload: OpenUpload,
    _ reader: FileReader,
    _ bench: Workbench,
    _ takers: (any PartTakers)?,
    _ gathering: PartGathering
  ) throws(SendFailure) -> [SentPart] {
    let plan = PartPlan(size: reader.stamp.size, partSize: upload.partSize)
    do throws(SendFailure) {
      for number in 1...plan.count {
        if let failure = gathering.failure { throw failure }
        if gate.isStopped { throw .stopped }
        try read(number, plan.size(of: number), file, upload, reader, bench) { part, body in
          if let kept = upload.kept[part.number], kept.size == part.size, kept.sha256 == part.sha256 {
            return gathering.add(kept)
          }
          gathering.begin()
          let task: PartTask = { gathering.end(self.send(part, body, file, upload)) }
          // A part that is read from the file again must be sent before the reader goes on.
          if body.isInMemory, takers?.offer(task) == true { return }
          task()
        }
      }
    } catch {
      // An abort while parts arrive would leave some of them.
      _ = try? gathering.all()
      throw error
    }
    return try gathering.all()
  }

  /// Reads and hashes a part, and passes it on with its bytes.
  private func read(
    _ number: Int,
    _ size: Int64,
    _ file: FileToSend,
    _ upload: OpenUpload,
    _ reader: FileReader,
    _ bench: Workbench,
    _ pass: (_ part: SentPart, _ body: PartBody) -> Void
  ) throws(SendFailure) {
    _ = bench.part.finalize()
    let start = reader.position
    let body: PartBody
    if size <= settings.longestBuffer {
      let buffer = try budget.buffer(Int(size))
      try reader.fill(buffer[first: Int(size)], part: bench.part)
      body = .memory(buffer)
    } else {
      try reader.skip(size, scratch: bench.buffer[first: FileReader.pieceSize], part: bench.part, keepsPages: true)
      body = .file(reader.descriptor, offset: start)
    }
    pass(SentPart(number: number, size: size, sha256: bench.part.finalize(), etag: ETag("")), body)
    reader.dropPages()
  }

  private func send(
    _ part: SentPart,
    _ bytes: PartBody,
    _ file: FileToSend,
    _ upload: OpenUpload
  ) -> Result<SentPart, SendFailure> {
    do throws(SendFailure) {
      let stored = try ask(bytes: part.size) { () throws(StoreError) in
        // The second reading of a part has a hasher for each attempt.
        try store.uploadPart(
          body(of: part, bytes),
          number: part.number,
          to: file.key,
          in: bucket,
          upload: upload.id,
          sha256: upload.hasChecksums ? part.sha256 : nil
        )
      }
      var part = part
      part.etag = stored.etag
      try journal?.stored(part, of: upload.id, file)
      return .success(part)
    } catch .refused(.aborted) {
      return .failure(.changed)
    } catch {
      return .failure(error)
    }
  }

  private func body(of part: SentPart, _ bytes: PartBody) -> ObjectBody {
    switch bytes {
    case .memory(let buffer): return body(buffer, length: part.size)
    case .file(let descriptor, let start):
      let second = SecondReading(descriptor, start: start, size: part.size, sha256: part.sha256)
      let limiter = settings.bandwidth
      return .reader(length: part.size) { offset, room throws(StoreError) in
        let count = try second.read(offset, limiter.map { min($0.longestPiece, room.count) } ?? room.count, room)
        limiter?.take(count)
        return count
      }
    }
  }
}

/// The place of a part's bytes.
enum PartBody: Sendable {
  /// The bytes are in memory.
  case memory(Buffer)
  /// The bytes are too many for memory, and are read again from the page cache.
  case file(Int32, offset: Int64)

  /// True if another thread may send the part while the reader goes on.
  var isInMemory: Bool {
    if case .memory = self { true } else { false }
  }
}

/// The second reading of a part that memory has no room for; the bytes must be those of the first reading.
///
/// `@unchecked Sendable` is safe: one thread sends the part.
private final class SecondReading: @unchecked Sendable {
  private let descriptor: Int32
  private let start: Int64
  private let size: Int64
  private let sha256: [UInt8]
  private let hasher = SHA256()

  init(_ descriptor: Int32, start: Int64, size: Int64, sha256: [UInt8]) {
    self.descriptor = descriptor
    self.start = start
    self.size = size
    self.sha256 = sha256
  }

  /// Reads up to `count` bytes; throws `aborted` if the part's bytes differ from those of the first reading.
  func read(_ offset: Int64, _ count: Int, _ room: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    // libcurl starts anew when it sends a request again on another connection.
    if offset == 0 { _ = hasher.finalize() }
    let read = pread(descriptor, room.baseAddress, count, off_t(start + offset))
    guard read > 0 else { throw .aborted(detail: "the file ended, or cannot be read") }
    hasher.update(UnsafeRawBufferPointer(rebasing: room[..<read]))
    guard offset + Int64(read) < size || hasher.finalize() == sha256 else {
      throw .aborted(detail: "the file changed while it was read")
    }
    return read
  }
}
