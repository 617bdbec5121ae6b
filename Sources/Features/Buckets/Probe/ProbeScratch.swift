import Foundation
import S3
import Storage

/// A bucket and a folder in it, in which a probe may write.
struct ProbePlace {
  let bucket: String
  let folder: String
  let isVersioned: Bool
  /// True if the bucket exists for the probe alone, so that the probe may change its rules.
  let isScratch: Bool

  func key(_ name: String) -> String { folder + name }
}

/// The scratch buckets of a probe: created with names that nobody can guess, and removed afterwards.
///
/// If the keys may not create buckets, a folder of the raw bucket takes their place, and the rules of buckets are not
/// probed.
struct ProbeScratch {
  /// The age, in seconds, from which a scratch bucket or object belongs to a run that was killed.
  static let leftoverAge: TimeInterval = 3600
  /// The beginning of all names and keys.
  private static let prefix = "stowage-probe"

  let store: S3Store
  private(set) var places: [ProbePlace] = []
  /// The error of the first bucket's creation; nil if the buckets exist.
  private(set) var refusal: StoreError?
  /// The error of the call that turns versions on; nil if it succeeded.
  private(set) var versioningRefusal: StoreError?
  private var buckets: [String] = []

  /// Creates the scratch buckets, or a folder in `raw`; throws if the store does not answer.
  init(store: S3Store, raw: String, at now: Date) throws(StoreError) {
    self.store = store
    let name = Self.name(at: now)
    let folder = "\(Self.prefix)/\(name)/"
    do throws(StoreError) {
      for kind in ["p", "v"] {
        let bucket = "\(Self.prefix)-\(name)-\(kind)"
        // The name is noted first: the answer to a successful request can get lost.
        buckets.append(bucket)
        try store.createBucket(bucket)
      }
    } catch {
      guard !error.isSilence else {
        _ = remove()
        throw error
      }
      refusal = error
      guard (try? store.bucketExists(raw)) == true else { return }
      let isVersioned = try store.isVersioned(raw)
      places = [ProbePlace(bucket: raw, folder: folder, isVersioned: isVersioned, isScratch: false)]
      return
    }
    do throws(StoreError) { try store.setVersioning(true, of: buckets[1]) } catch { versioningRefusal = error }
    for (bucket, isVersioned) in zip(buckets, [false, versioningRefusal == nil]) {
      places.append(ProbePlace(bucket: bucket, folder: folder, isVersioned: isVersioned, isScratch: true))
    }
  }

  /// Removes the buckets and objects; returns a line for each that stays.
  func remove() -> [String] {
    var left: [String] = []
    for bucket in buckets {
      if let reason = Self.remove(bucket, from: store) { left.append("bucket \(bucket): \(reason)") }
    }
    for place in places where !place.isScratch {
      do { try Self.empty(place.bucket, place.folder, of: store) { _ in true } } catch {
        left.append("objects below \(place.bucket)/\(place.folder): \(error)")
      }
    }
    return left
  }

  /// Removes the scratch buckets of runs that were killed over an hour ago; returns a line for each.
  ///
  /// A bucket counts if its whole name has the form of a scratch bucket, and only objects of a probe are deleted in it.
  static func removeOldBuckets(of store: S3Store, at now: Date) -> [String] {
    ((try? store.bucketNames()) ?? []).compactMap { bucket in
      guard let made = time(of: bucket), now.timeIntervalSince(made) > leftoverAge else { return nil }
      let reason = remove(bucket, from: store)
      return reason.map { "the scratch bucket \(bucket) of an earlier run stays: \($0)" }
        ?? "the scratch bucket \(bucket) of an earlier run is removed"
    }
  }

  /// Removes the objects of runs that were killed over an hour ago from the raw bucket; returns a line if there are any.
  static func removeOldObjects(of store: S3Store, in raw: String, at now: Date) -> [String] {
    var count = 0
    try? empty(raw, prefix + "/", of: store) { modified in
      guard now.timeIntervalSince(modified) > leftoverAge else { return false }
      count += 1
      return true
    }
    return count > 0 ? ["\(count) objects of an earlier run below \(raw)/\(prefix)/ are removed"] : []
  }

  private static func name(at now: Date) -> String {
    "\(Int(now.timeIntervalSince1970))-\(UUID().uuidString.lowercased().replacing("-", with: "").prefix(20))"
  }

  /// Returns the time in the name of a scratch bucket; nil for any other name.
  static func time(of bucket: String) -> Date? {
    guard let match = bucket.wholeMatch(of: /stowage-probe-([0-9]{10})-[0-9a-f]{20}-[pv]/),
      let seconds = TimeInterval(match.1)
    else { return nil }
    return Date(timeIntervalSince1970: seconds)
  }

  /// Removes a scratch bucket with its objects and rules; returns the reason if it stays.
  private static func remove(_ bucket: String, from store: S3Store) -> String? {
    do throws(StoreError) {
      guard try store.bucketExists(bucket) else { return nil }
      // A policy can deny the deletion.
      try? store.removeDocument(.policy, of: bucket)
      try empty(bucket, prefix + "/", of: store) { _ in true }
      try store.deleteBucket(bucket)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Deletes the versions, objects and multipart uploads below `folder` for which `test` is true of the time.
  private static func empty(
    _ bucket: String,
    _ folder: String,
    of store: S3Store,
    where test: (Date) -> Bool
  ) throws(StoreError) {
    var (trail, isMore) = (PageTrail(), true)
    while isMore {
      let page = try store.listVersions(bucket, prefix: folder, after: trail.token, limit: 1000)
      for item in page.items where test(item.lastModified) {
        try store.delete(item.key, in: bucket, version: item.version)
      }
      isMore = try trail.follow(page.next)
    }
    // Some stores cannot list versions, or list other keys there.
    for item in try store.list(bucket, prefix: folder, after: nil, limit: 1000).items where test(item.lastModified) {
      let version = try? store.head(item.key, in: bucket).version
      try store.delete(item.key, in: bucket, version: version)
    }
    guard let uploads = try? store.listMultipartUploads(bucket, prefix: folder, after: nil, limit: 1000) else { return }
    for item in uploads.items where test(item.initiated) {
      try store.abortMultipartUpload(item.upload, to: item.key, in: bucket)
    }
  }
}

extension StoreError {
  /// True if the store did not answer the request at all.
  var isSilence: Bool {
    switch self {
    case .unavailable, .timeout, .tls, .clockSkew, .throttled, .aborted: true
    default: false
    }
  }

  /// The status or the code of the answer, without text that differs from run to run.
  var code: String {
    switch self {
    case .invalidRequest(let code, _): code
    case .accessDenied(let detail), .throttled(let detail), .unavailable(let detail), .integrity(let detail):
      detail.split(separator: " ").prefix(2).joined(separator: " ")
    case .notFound: "404"
    case .noSuchBucket: "404 NoSuchBucket"
    case .preconditionFailed: "412 PreconditionFailed"
    case .invalidRange: "416 InvalidRange"
    case .timeout: "no answer in time"
    case .clockSkew: "the clocks differ too much"
    case .tls: "no trusted connection"
    case .sealed: "the object cannot be read"
    case .tooLarge: "more bytes than were written"
    case .aborted, .unexpected: "an answer that cannot be read"
    }
  }
}
