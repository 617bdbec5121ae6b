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
  /// Reads the current version of the object, which pins it, checks it, and changes the file's state to `ready` or
  /// `rejected`.
  func judge(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    let arrival: Arrival
    do throws(JobError) {
      arrival = try readArrival(of: file)
    } catch {
      guard case .sealed = error else { throw error }
      // The object is encrypted with a customer key (SSE-C) that only its uploader has, so a retry cannot succeed.
      guard try receive(file) else { return .superseded }
      try endMultipart(of: file)
      return try reject(file, job, .unreadable)
    }
    switch arrival {
    case .superseded: return .superseded
    case .missing:
      guard file.state != .pending else { return .idle }
      try endMultipart(of: file)
      return try reject(file, job, .unreadable)
    case .found(let file, let object, let reading):
      try endMultipart(of: file)
      return try judge(file, object, reading, job)
    }
  }

  private func judge(
    _ file: FileRecord,
    _ object: ObjectInfo,
    _ reading: Reading?,
    _ job: LeasedJob
  ) throws(JobError) -> ProcessingOutcome {
    switch try verdict(on: file, object, reading, job) {
    case .refused(let reason, let exceeded): return try reject(file, job, reason, exceeded)
    case .clean(let copy, let digest, let decoded):
      if object.lastingVersion == nil, try !keep(copy, of: file, object, job) { return .superseded }
      let variants = try publish(decoded.renderings, of: file, digest)
      let calls = try JobError.ifOutOfReach { () throws(StorageError) in
        try dependencies.database.publishAndBeginTagging(
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
      guard let calls else { return .superseded }
      dependencies.eventReport(.published(bytes: object.size))
      _ = try discard(file, keeping: .judged(object.lastingVersion))
      try perform(calls, of: file.id, isFresh: object.tagCount == 0)
      return .ready
    }
  }

  /// Records that the object arrived; false if the file has another state by now.
  ///
  /// A job can be late, but the store counts the age of the object from `arrival`, by the clock of the store.
  func receive(_ file: FileRecord, since arrival: Date = .distantFuture) throws(JobError) -> Bool {
    if file.state == .pending {
      let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
        try dependencies.database.receive(file.id, at: max(file.createdAt, min(arrival, dependencies.now)))
      }
      guard isChanged else { return false }
      let parts = file.multipart.map { PartPlan(size: file.claimedSize, partSize: $0.partSize).count }
      dependencies.eventReport(.received(parts: parts))
    }
    return true
  }

  /// Returns `file` with the object's length as its size if the client stated no length.
  func measured(_ file: FileRecord, _ object: ObjectInfo) throws(JobError) -> FileRecord {
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
    _ reading: Reading?,
    _ job: LeasedJob
  ) throws(JobError) -> Verdict {
    do throws(JobError) {
      return try examine(file, object, reading)
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

  /// Compares size, digest and leading bytes with the claim, then waits for the scanner and runs the decoder: cheapest
  /// check first.
  private func examine(
    _ file: FileRecord,
    _ object: ObjectInfo,
    _ reading: Reading?
  ) throws(JobError) -> Verdict {
    guard object.size == file.claimedSize else { return .refused(.sizeMismatch) }
    guard let type = file.type else { return .refused(.typeMismatch) }
    guard let reading, let digest = reading.digest else { throw .outOfReach(detail: "no digest") }
    let copy = reading.copy
    if let claimed = file.claimedSHA256, claimed != digest { return .refused(.checksumMismatch) }
    if case .checked(let type) = type, !type.mayBegin(with: copy.head(type.leadingLength)) {
      return .refused(.typeMismatch)
    }
    switch try reading.verdict() {
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
}
