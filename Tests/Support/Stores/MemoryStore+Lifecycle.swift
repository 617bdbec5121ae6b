internal import Foundation
public import Storage

/// An action of a lifecycle rule.
public enum LifecycleAction: Hashable, Sendable {
  /// The current version expired: in a versioned bucket, a delete marker covers it.
  case expired(String)
  /// A version that was not current is gone.
  case removed(String, VersionID)
  /// A delete marker without versions below it is gone.
  case removedMarker(String)
  /// The current version is in another storage class.
  case moved(String, to: String)
  /// A multipart upload was aborted.
  case aborted(UploadID)
}

extension MemoryStore {
  /// Executes the rules as S3 documents them, at the time of the store's clock; returns what was done.
  ///
  /// S3 executes them once a day, some time after midnight UTC.
  public func run(_ lifecycle: Lifecycle, in bucket: String) throws(StoreError) -> [LifecycleAction] {
    try change(bucket) { bucket throws(StoreError) in
      var actions: [LifecycleAction] = []
      for key in Array(bucket.keys(prefix: "")) {
        for rule in lifecycle.rules where key.utf8.starts(with: rule.prefix.utf8) {
          actions += bucket.removeNoncurrent(key, rule)
          actions += bucket.removeExpiredMarker(key, rule)
          actions += bucket.expire(key, rule)
          actions += bucket.move(key, rule, minimum: lifecycle.minimumMove)
        }
      }
      return actions + lifecycle.rules.flatMap { bucket.abortUploads($0) }
    }
  }

  /// Moves the current version of an object to a storage class.
  public func move(_ key: String, to storageClass: String, in bucket: String) throws(StoreError) {
    try change(bucket) { bucket throws(StoreError) in bucket.move(key, to: storageClass) }
  }

  /// Returns the storage class of the current version; nil if there is none.
  public func storageClass(of key: String, in bucket: String) throws(StoreError) -> String? {
    try change(bucket) { bucket throws(StoreError) in bucket.current(key)?.storageClass }
  }
}

extension MemoryBucket {
  private func isDue(_ start: Date, _ days: Int?) -> Bool {
    days.map { Lifecycle.due(start, days: $0) <= now } ?? false
  }

  private func hasTags(_ version: MemoryVersion, of rule: Lifecycle.Rule) -> Bool {
    rule.tags.allSatisfy { version.tags[$0.key] == $0.value }
  }

  /// A version is not current from the moment at which the next newer version was created.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#non-current-days-calculations
  fileprivate mutating func removeNoncurrent(_ key: String, _ rule: Lifecycle.Rule) -> [LifecycleAction] {
    guard rule.noncurrentDays != nil else { return [] }
    let versions = versions(of: key)
    let due = zip(versions, versions.dropFirst()).filter { version, successor in
      isDue(successor.lastModified, rule.noncurrentDays) && hasTags(version, of: rule)
    }
    for (version, _) in due { remove(version.id, of: key) }
    return due.map { .removed(key, $0.0.id) }
  }

  /// Removes a delete marker that is the only version of its key.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
  fileprivate mutating func removeExpiredMarker(_ key: String, _ rule: Lifecycle.Rule) -> [LifecycleAction] {
    let versions = versions(of: key)
    guard rule.removesExpiredMarkers, versions.count == 1, versions[0].isDeleteMarker else { return [] }
    remove(versions[0].id, of: key)
    return [.removedMarker(key)]
  }

  /// Deletes a current version that is old enough, as a client's request without a version does.
  ///
  /// A delete marker with versions below it does not expire.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
  fileprivate mutating func expire(_ key: String, _ rule: Lifecycle.Rule) -> [LifecycleAction] {
    guard let version = current(key), isDue(version.lastModified, rule.expirationDays), hasTags(version, of: rule)
    else { return [] }
    delete(ObjectReference(key))
    return [.expired(key)]
  }

  fileprivate mutating func move(_ key: String, _ rule: Lifecycle.Rule, minimum: Int) -> [LifecycleAction] {
    guard let version = current(key), version.bytes.count >= minimum, hasTags(version, of: rule) else { return [] }
    let due = rule.moves.filter { isDue(version.lastModified, $0.days) }.max { $0.days < $1.days }
    guard let due, due.storageClass != version.storageClass else { return [] }
    move(key, to: due.storageClass)
    return [.moved(key, to: due.storageClass)]
  }

  /// Aborts uploads that are old enough, counted from their start.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
  fileprivate mutating func abortUploads(_ rule: Lifecycle.Rule) -> [LifecycleAction] {
    let due = uploads.filter { upload in
      isDue(upload.value.initiated, rule.abortDays) && upload.value.key.utf8.starts(with: rule.prefix.utf8)
    }
    for id in due.keys { uploads[id] = nil }
    return due.keys.map { .aborted($0) }
  }
}
