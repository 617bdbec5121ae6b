import Core
import Database
import Decoding
import Foundation
import Signing
import Storage

extension Processor {
  /// The `Cache-Control` header of renderings, whose content never changes under one URL.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc8246
  static let immutable = "public, max-age=31536000, immutable"

  /// Uploads the renderings at the same time, under content-addressed keys, at the place of the file's visibility.
  func publish(
    _ renderings: [Rendering],
    of file: FileRecord,
    _ digest: SHA256Digest
  ) throws(JobError) -> [Variant] {
    let place = RenderingPlace(for: file.visibility)
    let variants = try renderings.map { rendering throws(JobError) in try variant(rendering, of: file, digest, place) }
    let (store, bucket) = (dependencies.store, dependencies.buckets.processed)
    let works = zip(renderings, variants).map { rendering, variant in
      { @Sendable () throws(StoreError) in
        let type = PutOptions(contentType: rendering.facts.type.contentType, cacheControl: Self.immutable)
        _ = try store.put(.bytes(rendering.bytes), to: variant.objectKey, in: bucket, options: type)
      }
    }
    try JobError.ifOutOfReach { () throws(StoreError) in try Lanes.run(works) }
    return variants
  }

  private func variant(
    _ rendering: Rendering,
    of file: FileRecord,
    _ digest: SHA256Digest,
    _ place: RenderingPlace
  ) throws(JobError) -> Variant {
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
    return Variant(
      key: key,
      at: place,
      width: rendering.facts.width,
      height: rendering.facts.height,
      size: Int64(rendering.bytes.count)
    )
  }

  /// Uploads the checked bytes as a copy beside the upload, for stores without versions; false if the lease is lost.
  func keep(
    _ copy: PrivateFile,
    of file: FileRecord,
    _ object: ObjectInfo,
    _ job: LeasedJob
  ) throws(JobError) -> Bool {
    let isMine = try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.renew(job, seconds: Double(dependencies.worker.leaseSeconds), at: dependencies.now)
        != nil
    }
    guard isMine else { return false }
    try JobError.ifOutOfReach { () throws(StoreError) in
      _ = try dependencies.store.put(
        .descriptor(copy.descriptor, length: object.size),
        to: file.keptKey,
        in: dependencies.buckets.raw,
        options: PutOptions(contentType: file.contentType)
      )
    }
    return true
  }

  /// Rejects the file, then deletes its object.
  ///
  /// The job ends only after the deletion, so a failed deletion is retried.
  func reject(
    _ file: FileRecord,
    _ job: LeasedJob,
    _ reason: RejectionReason,
    _ exceeded: ExceededLimit? = nil
  ) throws(JobError) -> ProcessingOutcome {
    let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.reject(reason, exceeded, under: job, at: dependencies.now)
    }
    guard isChanged else { return .superseded }
    _ = try discard(file, keeping: .nothing)
    return .rejected(reason)
  }

  /// Deletes every version of an upload's objects except those in `kept`, each by its version identifier.
  ///
  /// The object of a migrated file stays: no upload URL was signed for its key, so nothing there is superfluous. If `kept` is `.nothing`, the file's renderings are deleted too.
  func discard(_ file: FileRecord, keeping kept: Kept) throws(JobError) -> ProcessingOutcome {
    var count = 0
    if !file.isMigrated {
      count = try remove(from: dependencies.buckets.raw, below: file.folder) {
        file.rawKeys.contains($0.key) && !kept.contains($0, of: file)
      }
    }
    if case .nothing = kept { count += try removeRenderings(of: file) }
    return count == 0 ? .idle : .discarded(versions: count)
  }

  /// Deletes older versions of an upload that cannot be checked at present, except the newest version and `seen`.
  ///
  /// The owner's quota covers one version only.
  func keepNewest(of file: FileRecord, since seen: ObjectInfo) throws(JobError) {
    guard let version = seen.lastingVersion else { return }
    _ = try remove(from: dependencies.buckets.raw, below: file.folder) { found in
      found.key == file.rawKey && !found.isLatest && !found.isDeleteMarker && found.version != version
    }
  }

  /// Deletes the versions for which `isDoomed` is true, and returns their number.
  ///
  /// The method lists all versions before the first deletion: the token of a page can name a version, which must still
  /// exist.
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
  /// Returns all versions and delete markers whose keys begin with `prefix`, ordered by key, newest first.
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

/// The objects of a file that stay in the raw bucket.
enum Kept {
  case nothing
  /// The pinned version; nil means the checked copy, for stores without versions.
  case judged(VersionID?)

  /// The objects to keep for a file that is no longer pending or received.
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
  /// The keys under which the raw bucket can have objects of an upload.
  var rawKeys: Set<String> { [rawKey, keptKey] }
  /// The common prefix of an upload's keys in the raw bucket, and of the keys that earlier versions gave to renderings.
  ///
  /// No other file's key has this prefix. The key of a migrated file does not begin with it.
  var folder: String { "\(user.written)/\(id)/" }
}

extension ObjectInfo {
  /// The version, or nil if a later upload can replace it.
  ///
  /// If versioning is suspended, S3 overwrites the version `null`.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
  var lastingVersion: VersionID? { version?.description == "null" ? nil : version }
}
