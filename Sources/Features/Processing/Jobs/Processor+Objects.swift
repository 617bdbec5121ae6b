import Core
import Database
import Decoding
import Foundation
import Signing
import Storage

extension Processor {
  /// Browsers and CDNs may keep what never changes under its URL. Source: https://www.rfc-editor.org/rfc/rfc8246
  static let immutable = "public, max-age=31536000, immutable"

  /// Stores the renderings under their content-addressed keys.
  func publish(
    _ renderings: [Rendering],
    of file: FileRecord,
    _ digest: SHA256Digest
  ) throws(JobError) -> [Variant] {
    var variants: [Variant] = []
    for rendering in renderings {
      guard let shape = dependencies.variants.first(where: { $0.name == rendering.facts.name })?.shape,
        let version = VariantVersion(of: digest, shape, among: dependencies.variants, hash: SHA256.hexadecimal)
      else { throw .broken(detail: "the decoder answered a variant that nobody asked for") }
      let key = ProcessedKey(
        user: file.user,
        file: file.id,
        version: version,
        name: rendering.facts.name,
        type: rendering.facts.type
      )
      try JobError.ifOutOfReach { () throws(StoreError) in
        _ = try dependencies.store.put(
          .bytes(rendering.bytes),
          to: key.description,
          in: dependencies.buckets.processed,
          options: PutOptions(contentType: rendering.facts.type.contentType, cacheControl: Self.immutable)
        )
      }
      variants.append(
        Variant(
          key: key,
          width: rendering.facts.width,
          height: rendering.facts.height,
          size: Int64(rendering.bytes.count)
        )
      )
    }
    return variants
  }

  /// Stores the judged bytes beside the upload, for a store without versions; false where the lease is lost.
  func keep(
    _ copy: PrivateFile,
    of file: FileRecord,
    _ object: ObjectInfo,
    _ job: LeasedJob
  ) throws(JobError) -> Bool {
    guard let key = file.keptKey else { throw .outOfReach(detail: "\(file.rawKey) cannot be kept without versions") }
    let isMine = try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.renew(job, seconds: Double(dependencies.worker.leaseSeconds), at: .now) != nil
    }
    guard isMine else { return false }
    try JobError.ifOutOfReach { () throws(StoreError) in
      _ = try dependencies.store.put(
        .descriptor(copy.descriptor, length: object.size),
        to: key,
        in: dependencies.buckets.raw,
        options: PutOptions(contentType: file.contentType)
      )
    }
    return true
  }

  /// Refuses the file, then takes its object away.
  ///
  /// The job lives on until that is done.
  func reject(
    _ file: FileRecord,
    _ job: LeasedJob,
    _ reason: RejectionReason
  ) throws(JobError) -> ProcessingOutcome {
    let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.reject(reason, under: job, at: .now)
    }
    guard isChanged else { return .superseded }
    _ = try discard(file, keeping: .nothing)
    return .rejected(reason)
  }

  /// Deletes every version of the file's objects but what is to be kept, each by its id.
  ///
  /// Where nothing is, its renderings go too: those of a file that was refused after all, or taken away meanwhile.
  func discard(_ file: FileRecord, keeping kept: Kept) throws(JobError) -> ProcessingOutcome {
    var count = try remove(from: dependencies.buckets.raw, below: file.rawFolder) {
      file.rawKeys.contains($0.key) && !kept.contains($0, of: file)
    }
    if case .nothing = kept {
      count += try remove(from: dependencies.buckets.processed, below: file.processedFolder) { _ in true }
    }
    return count == 0 ? .idle : .discarded(versions: count)
  }

  /// Of a file that nobody can judge now, deletes all that was uploaded before the newest and is not the `seen` object: its
  /// owner's quota has room for one.
  func keepNewest(of file: FileRecord, since seen: ObjectInfo) throws(JobError) {
    guard let version = seen.lastingVersion else { return }
    _ = try remove(from: dependencies.buckets.raw, below: file.rawFolder) { found in
      found.key == file.rawKey && !found.isLatest && !found.isDeleteMarker && found.version != version
    }
  }

  /// Deletes the versions that are `doomed`, and returns how many.
  ///
  /// All are found before the first goes: a page's token may name a version that is no longer there.
  func remove(
    from bucket: String,
    below prefix: String,
    doomed isDoomed: (VersionSummary) -> Bool
  ) throws(JobError) -> Int {
    try JobError.ifOutOfReach { () throws(StoreError) in
      let doomed = try dependencies.store.allVersions(in: bucket, prefix: prefix).filter(isDoomed)
      for found in doomed { try dependencies.store.delete(found.key, in: bucket, version: found.version) }
      return doomed.count
    }
  }
}

extension ObjectStore {
  /// All versions and delete markers of the objects whose keys begin with `prefix`, key by key, newest first.
  func allVersions(in bucket: String, prefix: String) throws(StoreError) -> [VersionSummary] {
    var versions: [VersionSummary] = []
    var trail = PageTrail()
    var next: String?
    repeat {
      let page = try listVersions(bucket, prefix: prefix, after: trail.token, limit: 1000)
      versions += page.items
      next = page.next
    } while try trail.follow(next)
    return versions
  }
}

/// What stays of a file's objects in the raw bucket.
enum Kept {
  case nothing
  /// The pinned version, or on a store without versions the copy of what was judged.
  case judged(VersionID?)

  /// What stays of a file that is judged or over, as it stands.
  init(of file: FileRecord) {
    self = file.state == .ready || file.isRestorable ? .judged(file.versionID.map { VersionID($0) }) : .nothing
  }

  func contains(_ found: VersionSummary, of file: FileRecord) -> Bool {
    switch self {
    case .nothing: false
    case .judged(let version?): found.key == file.rawKey && found.version == version
    case .judged(nil): found.key == file.keptKey
    }
  }
}

extension FileRecord {
  /// Where anything of the file may lie in the raw bucket.
  var rawKeys: Set<String> { Set([rawKey, keptKey].compactMap { $0 }) }
  /// What all of the file's keys in the raw bucket begin with.
  var rawFolder: String { RawKey(rawKey)?.folder ?? rawKey }
  /// What all keys of its renderings begin with.
  var processedFolder: String { "\(user)/\(id)/" }
}

extension ObjectInfo {
  /// The version, unless a later upload may replace it: `null` is written over where the keeping of versions is suspended.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
  var lastingVersion: VersionID? { version?.description == "null" ? nil : version }
}
