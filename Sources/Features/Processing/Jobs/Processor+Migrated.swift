import Core
import Database
import Decoding
import Foundation
import Scanning
import Storage

/// The result of the checks of a migrated file.
private enum MigratedVerdict {
  /// The type is nil for a plain file, which has no renderings.
  case clean(FileType?, Decoded?, size: Int64, SHA256Digest)
  /// Size and digest are those of the bytes; nil if they are as recorded, or could not be read.
  case refused(RejectionReason, ExceededLimit? = nil, size: Int64? = nil, SHA256Digest? = nil)
}

/// The work on migrated files, which differs from that on uploads: a verdict never deletes a byte, because the object
/// is the customer's file and no upload URL was ever signed for its key.
extension Processor {
  /// Brings a migrated file into the state that matches its object.
  func processMigrated(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    switch file.state {
    case .received: try judgeMigrated(file, job)
    case .ready: try taggedAndUncovered(file)
    case .quarantined: try uncover(file)
    case .deleted where file.isRestorable: try cover(file)
    case .deleted, .purging: try purgeBytes(of: file)
    // The migration ends a pending file. An object of an ended file may be newer than the file.
    case .pending, .expired, .aborted, .rejected, .purged: .idle
    }
  }

  // MARK: The verdict

  /// Checks the recorded version, and changes the file's state to `ready` or `quarantined`.
  private func judgeMigrated(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    switch try migratedVerdict(on: file, job) {
    case .refused(let reason, let exceeded, let size, let digest):
      let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
        try dependencies.database.quarantine(
          reason,
          exceeded,
          size: size ?? file.claimedSize,
          sha256: digest,
          under: job,
          at: dependencies.now
        )
      }
      return isChanged ? .quarantined(reason) : .superseded
    case .clean(let type, let decoded, let size, let digest):
      let variants = try publish(decoded?.renderings ?? [], of: file, digest)
      let publication = Publication(
        versionID: file.versionID,
        size: size,
        sha256: digest,
        hasActiveContent: (decoded?.image.activeContent ?? .none) != .none,
        contentType: type?.contentType,
        isPlain: type == nil,
        variants: variants
      )
      let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
        try dependencies.database.publish(publication, under: job, at: dependencies.now)
      }
      guard isChanged else { return .superseded }
      dependencies.eventReport(.published(bytes: size))
      try tag(file.id)
      return .ready
    }
  }

  private func migratedVerdict(on file: FileRecord, _ job: LeasedJob) throws(JobError) -> MigratedVerdict {
    do throws(JobError) {
      return try examineMigrated(file)
    } catch {
      guard let (reason, limit) = Self.refusal(after: error, of: file.type, job) else { throw error }
      return .refused(reason, limit)
    }
  }

  /// Compares the recorded version with the digest that the migration computed, then runs the scanner, and the decoder
  /// for a type that Stowage checks.
  private func examineMigrated(_ file: FileRecord) throws(JobError) -> MigratedVerdict {
    guard let object = try head(file.rawKey, version: file.versionID.map { VersionID($0) }) else {
      throw .broken(detail: "store: the migrated object \(file.rawKey) no longer exists")
    }
    let (copy, digest) = try fetch(file.rawKey, object)
    guard object.size == file.claimedSize else { return .refused(.sizeMismatch, size: object.size, digest) }
    guard file.claimedSHA256 == digest else { return .refused(.checksumMismatch, size: object.size, digest) }
    if object.size > 0, let reason = try refusalByScanner(of: copy, file) { return .refused(reason) }
    let plain = MigratedVerdict.clean(nil, nil, size: object.size, digest)
    guard object.size <= DecoderProtocol.maximumFileBytes,
      let type = Self.type(of: copy.head(FileType.pdf.leadingLength), file, among: dependencies.types)
    else { return plain }
    switch try decode(copy, size: object.size, as: .checked(type)) {
    case .success(let decoded) where decoded.image.activeContent == .active && dependencies.activeContent == .refuse:
      return .refused(.activeContent)
    case .success(let decoded): return .clean(type, decoded, size: object.size, digest)
    // The file only looked like a file of this type. A file of any type is kept.
    case .failure(let refusal) where refusal.reason == .typeMismatch: return plain
    case .failure(let refusal): return .refused(refusal.reason, refusal.exceeded)
    }
  }

  private func refusalByScanner(of copy: PrivateFile, _ file: FileRecord) throws(JobError) -> RejectionReason? {
    switch try scan(copy, size: file.claimedSize) {
    case .infected: .malware
    case nil, .limitExceeded: file.acceptsUnscanned ? nil : .notScannable
    case .clean, .notScanned: nil
    }
  }

  /// Returns the type that a migrated file is checked as: by its first bytes, then by its media type, then by its name.
  ///
  /// Nil for a file that is kept as a plain one.
  static func type(of head: [UInt8], _ file: FileRecord, among accepted: [FileType]) -> FileType? {
    var claimed: FileType?
    if case .checked(let type)? = UploadType(contentType: file.contentType) { claimed = type }
    return [FileType(leadingBytes: head), claimed, FileType(filename: file.filename)].compactMap { $0 }
      .first { accepted.contains($0) && $0.mayBegin(with: head) }
  }

  // MARK: Deletion and restore

  /// Puts a delete marker over the recorded version, if it is the current one, for a file that its owner deleted.
  ///
  /// A version above it is not the file's, and it stays current. A store without versions has no delete markers.
  private func cover(_ file: FileRecord) throws(JobError) -> ProcessingOutcome {
    guard let version = file.versionID else {
      if file.isTagged { try tag(file.id) }
      return .idle
    }
    guard try head(file.rawKey)?.version?.description == version else { return .idle }
    try JobError.ifOutOfReach { () throws(StoreError) in
      try dependencies.store.delete(file.rawKey, in: dependencies.buckets.raw)
    }
    return .discarded(versions: 0)
  }

  /// Brings the tag to the rule first: under a delete marker no rule about tags counts.
  private func taggedAndUncovered(_ file: FileRecord) throws(JobError) -> ProcessingOutcome {
    try tag(file.id)
    return try uncover(file)
  }

  /// Removes delete markers above the recorded version, so that it is current again and no lifecycle rule takes it.
  ///
  /// A version above it has bytes, which are not the file's, and stays.
  private func uncover(_ file: FileRecord) throws(JobError) -> ProcessingOutcome {
    guard let version = file.versionID, try head(file.rawKey) == nil else { return .idle }
    let bucket = dependencies.buckets.raw
    let markers = try JobError.ifOutOfReach { () throws(StoreError) in
      let versions = try dependencies.store.versions(of: file.rawKey, in: bucket)
      guard versions.contains(where: { $0.version.description == version }) else { return [VersionSummary]() }
      return Array(versions.prefix { $0.version.description != version && $0.isDeleteMarker })
    }
    try JobError.ifOutOfReach { () throws(StoreError) in
      for marker in markers { try dependencies.store.delete(file.rawKey, in: bucket, version: marker.version) }
    }
    return markers.isEmpty ? .idle : .discarded(versions: markers.count)
  }

  /// Deletes every version under exactly the key of a migrated file, and all renderings: the owner deleted the file for
  /// good, or 30 days have passed.
  func removeAll(of file: FileRecord) throws(JobError) -> ProcessingOutcome {
    let bucket = dependencies.buckets.raw
    let count = try JobError.ifOutOfReach { () throws(StoreError) in
      var versions = try dependencies.store.versions(of: file.rawKey, in: bucket).map(\.version)
      if let pinned = file.versionID.map({ VersionID($0) }), !versions.contains(pinned) { versions.append(pinned) }
      for version in versions { try dependencies.store.delete(file.rawKey, in: bucket, version: version) }
      return versions.count
    }
    return .discarded(versions: try count + removeRenderings(of: file))
  }
}
