import Core
import Database
import Foundation
import Storage

extension UsageWork {
  /// The number of days after which an incomplete upload is an old one.
  private static let staleDays = 7.0

  /// Counts the versions of the next page of a bucket.
  func walkVersions(_ role: BucketRole, _ bucket: String, _ position: inout UsagePosition) throws(UsageProblem) {
    let (store, limit) = (collector.store, collector.pageSize)
    let page: (items: [VersionSummary], isLast: Bool)?
    do throws(UsageProblem) {
      page = try self.page(bucket, &position.trail) { (token) throws(StoreError) in
        try store.listVersions(bucket, prefix: "", after: token, limit: limit)
      }
    } catch {
      // The version at which the last page ended was deleted: the listing goes on behind its key.
      guard case .refused = error, let last = position.last,
        position.trail.token != versionToken(behind: last.key)
      else { throw error }
      position.trail = PageTrail(behindVersionsOf: last.key)
      return
    }
    guard let page else { throw .unusable("bucket \(bucket): the store lists neither versions nor objects") }
    var tally = UsageTally(role)
    try count(page.items.map(StoredVersion.init), of: role, in: &tally, &position)
    if page.isLast { position.enter(.uploads) }
    try report(tally, position)
  }

  /// Counts the incomplete uploads of the next page of a bucket, with the bytes of the parts that arrived.
  func walkUploads(_ role: BucketRole, _ bucket: String, _ position: inout UsagePosition) throws(UsageProblem) {
    let (store, limit) = (collector.store, collector.uploadPageSize)
    let page = try page(bucket, &position.trail) { (token) throws(StoreError) in
      try store.listMultipartUploads(bucket, prefix: "", after: token, limit: limit)
    }
    var tally = UsageTally(role)
    for upload in page?.items ?? [] {
      guard let bytes = try bytes(of: upload, in: bucket) else { continue }
      try check(bytes, of: upload.key)
      let age = run.beganAt.timeIntervalSince(upload.initiated) / 86_400
      let label = StoredLabel(
        kind: age > Self.staleDays ? .staleMultipart : .multipart,
        user: try user(of: upload.key, in: role)
      )
      tally.count(label, storageClass: upload.storageClass, day: upload.initiated.day, bytes: bytes)
    }
    if page?.isLast ?? true { position.leaveBucket() }
    try report(tally, position)
  }

  /// Returns the bytes of the parts of an upload; nil if it was completed or aborted meanwhile.
  private func bytes(of upload: UploadSummary, in bucket: String) throws(UsageProblem) -> Int64? {
    let store = collector.store
    var (trail, bytes, isLast) = (PageTrail(), Int64(0), false)
    while !isLast {
      requests += 1
      do throws(StoreError) {
        let page = try store.listParts(of: upload.upload, to: upload.key, in: bucket, after: trail.token, limit: 1000)
        for part in page.items { bytes = bytes.saturatingSum(max(0, part.size)) }
        isLast = try !trail.follow(page.next)
      } catch {
        if case .notFound = error { return nil }
        if error.isNotOffered { return bytes }
        throw Self.problem(error, bucket)
      }
    }
    return bytes
  }

  private func user(of key: String, in role: BucketRole) throws(UsageProblem) -> UserID? {
    guard role == .raw else { return role == .processed ? RenderingKey(key)?.user : nil }
    do throws(StorageError) {
      return try collector.database.storedFiles(ofRawObjects: [key]).first.flatMap { $0?.user } ?? RawKey(key)?.user
    } catch { throw .storage(error) }
  }
}

extension StoredVersion {
  init(_ summary: VersionSummary) {
    self.init(
      key: summary.key,
      version: summary.version.description,
      isLatest: summary.isLatest,
      isDeleteMarker: summary.isDeleteMarker,
      size: summary.size,
      lastModified: summary.lastModified,
      storageClass: summary.storageClass
    )
  }
}
