import Core
import Database
import Decoding
import Foundation
import Scanning
import Signing
import Storage

/// The result of the checks of a file.
enum Verdict {
  case clean(PrivateFile, SHA256Digest, Decoded)
  /// The limit is nil if the reason is no limit of the decoder.
  case refused(RejectionReason, ExceededLimit? = nil)
}

/// The reason why the decoder rejects a file.
struct DecoderRefusal: Error {
  let reason: RejectionReason
  /// The limit that the file exceeds; nil if the reason is no limit.
  let exceeded: ExceededLimit?
}

extension Processor {
  /// Pins the current version of the object, checks that version, and changes the file's state to `ready` or
  /// `rejected`.
  func judge(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    let found: ObjectInfo?
    do throws(JobError) {
      found = try head(file.rawKey)
    } catch {
      guard case .sealed = error else { throw error }
      // The object is encrypted with a customer key (SSE-C) that only its uploader has, so a retry cannot succeed.
      guard try receive(file) else { return .superseded }
      return try reject(file, job, .unreadable)
    }
    guard let object = found else {
      guard file.state != .pending else { return .idle }
      try endMultipart(of: file)
      return try reject(file, job, .unreadable)
    }
    guard try receive(file, since: object.lastModified) else { return .superseded }
    let file = try measured(file, object)
    switch try verdict(on: file, object, job) {
    case .refused(let reason, let exceeded): return try reject(file, job, reason, exceeded)
    case .clean(let copy, let digest, let decoded):
      if object.lastingVersion == nil, try !keep(copy, of: file, object, job) { return .superseded }
      let variants = try publish(decoded.renderings, of: file, digest)
      let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
        try dependencies.database.publish(
          Publication(
            versionID: object.lastingVersion?.description,
            size: object.size,
            sha256: digest,
            hasActiveContent: decoded.image.activeContent != .none,
            variants: variants,
            hasTags: object.tagCount > 0
          ),
          under: job,
          at: dependencies.now
        )
      }
      guard isChanged else { return .superseded }
      dependencies.eventReport(.published(bytes: object.size))
      _ = try discard(file, keeping: .judged(object.lastingVersion))
      try tag(file.id, isFresh: object.tagCount == 0)
      return .ready
    }
  }

  /// Records that the object arrived, and aborts leftover multipart uploads; false if the file has another state by
  /// now.
  ///
  /// A job can be late, but the store counts the age of the object from `arrival`, by the clock of the store.
  private func receive(_ file: FileRecord, since arrival: Date = .distantFuture) throws(JobError) -> Bool {
    if file.state == .pending {
      let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
        try dependencies.database.receive(file.id, at: max(file.createdAt, min(arrival, dependencies.now)))
      }
      guard isChanged else { return false }
      let parts = file.multipart.map { PartPlan(size: file.claimedSize, partSize: $0.partSize).count }
      dependencies.eventReport(.received(parts: parts))
    }
    try endMultipart(of: file)
    return true
  }

  /// Returns `file` with the object's length as its size if the client stated no length.
  private func measured(_ file: FileRecord, _ object: ObjectInfo) throws(JobError) -> FileRecord {
    guard file.isSizeLimit else { return file }
    return try JobError.ifOutOfReach { () throws(StorageError) in
      _ = try dependencies.database.measure(file.id, size: object.size)
      return try dependencies.database.file(file.id) ?? file
    }
  }

  /// Returns the result of `examine`, or a rejection if another attempt would fail too.
  ///
  /// A file is rejected as unreadable after its third failure in the scanner or decoder. A file that exceeded the
  /// decoder's CPU time is rejected at the first attempt, with a reason that says so.
  private func verdict(
    on file: FileRecord,
    _ object: ObjectInfo,
    _ job: LeasedJob
  ) throws(JobError) -> Verdict {
    do throws(JobError) {
      return try examine(file, object)
    } catch {
      if let (reason, limit) = Self.refusal(after: error, of: file.type, job) { return .refused(reason, limit) }
      switch error {
      case .outOfReach, .tooSlow: try? keepNewest(of: file, since: object)
      case .broken, .exhausted, .sealed: break
      }
      throw error
    }
  }

  /// Returns the reason against a file of this type if another attempt would fail too; nil if the job can be retried.
  static func refusal(
    after error: JobError,
    of type: UploadType?,
    _ job: LeasedJob
  ) -> (RejectionReason, ExceededLimit?)? {
    switch error {
    case .exhausted(let limit, _) where type?.kind == .image: (.dimensionsExceeded, limit)
    case .exhausted: (.decompressionBomb, nil)
    case .sealed: (.unreadable, nil)
    case .broken where job.failures + 1 >= maximumFailures: (.unreadable, nil)
    case .outOfReach, .tooSlow, .broken: nil
    }
  }

  /// Compares size, digest and leading bytes with the claim, then runs the scanner and the decoder: cheapest check
  /// first.
  private func examine(_ file: FileRecord, _ object: ObjectInfo) throws(JobError) -> Verdict {
    guard object.size == file.claimedSize else { return .refused(.sizeMismatch) }
    guard let type = file.type else { return .refused(.typeMismatch) }
    let (copy, digest) = try fetch(file.rawKey, object)
    if let claimed = file.claimedSHA256, claimed != digest { return .refused(.checksumMismatch) }
    if case .checked(let type) = type, !type.mayBegin(with: copy.head(type.leadingLength)) {
      return .refused(.typeMismatch)
    }
    switch try scan(copy, size: object.size) {
    case .infected: return .refused(.malware)
    case .limitExceeded: return .refused(.decompressionBomb)
    case .clean, .notScanned: break
    case nil:
      throw .outOfReach(detail: "scanner: its own limit (StreamMaxLength) is below this file's \(object.size) bytes")
    }
    switch try decode(copy, size: object.size, as: type) {
    case .success(let decoded) where decoded.image.activeContent == .active && dependencies.activeContent == .refuse:
      return .refused(.activeContent)
    case .success(let decoded): return .clean(copy, digest, decoded)
    case .failure(let refusal): return .refused(refusal.reason, refusal.exceeded)
    }
  }

  /// Returns the decoder's result, or the reason of its rejection.
  func decode(
    _ copy: PrivateFile,
    size: Int64,
    as type: UploadType
  ) throws(JobError) -> Result<Decoded, DecoderRefusal> {
    let start = ContinuousClock.now
    defer { dependencies.eventReport(.decoded(after: .now - start)) }
    do throws(DecodeError) {
      return .success(
        try dependencies.decoders.decode(
          file: copy.descriptor,
          size: Int(size),
          claimed: type,
          variants: dependencies.variants
        )
      )
    } catch {
      switch error {
      case .refused(let reason, let exceeded): return .failure(DecoderRefusal(reason: reason, exceeded: exceeded))
      case .broken(let detail): throw .broken(detail: "decoder: \(detail)")
      case .late(let detail): throw .tooSlow(detail: "decoder: \(detail)")
      case .exhausted(let limit, let detail): throw .exhausted(limit, detail: "decoder: \(detail)")
      case .unavailable(let detail): throw .outOfReach(detail: "decoder: \(detail)")
      }
    }
  }

  /// Returns the object under `key` in the raw bucket, or nil if there is none.
  func head(_ key: String, version: VersionID? = nil) throws(JobError) -> ObjectInfo? {
    do throws(StoreError) {
      return try dependencies.store.head(key, in: dependencies.buckets.raw, version: version)
    } catch {
      switch error {
      case .notFound: break
      case .sealed(let detail): throw .sealed(detail: detail)
      default: throw .outOfReach(detail: "store: \(error)")
      }
    }
    // A HEAD response has no body, so a missing object and a missing bucket look alike.
    let hasBucket = try JobError.ifOutOfReach { () throws(StoreError) in
      try dependencies.store.bucketExists(dependencies.buckets.raw)
    }
    guard hasBucket else { throw .outOfReach(detail: "store: bucket \(dependencies.buckets.raw) is not there") }
    return nil
  }

  /// Downloads the pinned version once into a private file, and computes its digest during the download.
  ///
  /// In a store without versions another upload can replace the object after the HEAD request. Throws `outOfReach` in
  /// that case, and the next attempt uses the new object.
  func fetch(_ key: String, _ object: ObjectInfo) throws(JobError) -> (PrivateFile, SHA256Digest) {
    let hash = SHA256()
    let copy = try JobError.ifOutOfReach { () throws(StorageError) in
      try PrivateFile(in: dependencies.worker.temporaryDirectory)
    }
    var count: Int64 = 0
    let fetched = try JobError.ifOutOfReach { () throws(StoreError) in
      try dependencies.store.get(key, in: dependencies.buckets.raw, version: object.version, range: nil) {
        (bytes) throws(StoreError) in
        hash.update(bytes)
        count += Int64(bytes.count)
        do throws(StorageError) { try copy.append(bytes) } catch { throw .aborted(detail: "\(error)") }
      }
    }
    guard fetched.etag == object.etag, count == object.size else {
      throw .outOfReach(detail: "store: the object changed while it was read")
    }
    guard let digest = SHA256Digest(hexadecimal: lowercaseHexadecimal(hash.finalize())) else {
      throw .outOfReach(detail: "no digest")
    }
    return (copy, digest)
  }

  /// Returns the scanner's verdict; nil if the file is larger than the scanner takes.
  func scan(_ copy: PrivateFile, size: Int64) throws(JobError) -> ScanVerdict? {
    let start = ContinuousClock.now
    defer { dependencies.eventReport(.scanned(after: .now - start)) }
    do throws(ScanError) {
      return try dependencies.scanner.scan(descriptor: copy.descriptor, size: size)
    } catch {
      switch error {
      case .unavailable(let detail), .unreadable(let detail): throw .outOfReach(detail: "scanner: \(detail)")
      case .tooSlow(let detail): throw .tooSlow(detail: "scanner: \(detail)")
      case .tooLarge: return nil
      case .refused, .sizeMismatch, .empty: throw .broken(detail: "scanner: \(error)")
      }
    }
  }
}
