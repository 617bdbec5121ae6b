import Core
import Database
import Foundation
import Storage

/// The counts of a page of one bucket.
struct UsageTally {
  private struct Group: Hashable {
    let storageClass: String
    let user: UserID?
    let kind: StoredKind
  }

  private struct Cohort: Hashable {
    let storageClass: String
    let kind: StoredKind
    let isTagged: Bool
    let day: Int
  }

  fileprivate struct Sum {
    var objects: Int64 = 0
    var bytes: Int64 = 0
  }

  let bucket: BucketRole
  private var groups: [Group: Sum] = [:]
  private var cohorts: [Cohort: (all: Sum, small: Sum)] = [:]
  private(set) var entries: Int64 = 0
  private(set) var bytes: Int64 = 0

  init(_ bucket: BucketRole) { self.bucket = bucket }

  /// Counts an object, a delete marker or an upload.
  mutating func count(_ label: StoredLabel, storageClass: String?, day: Int, bytes size: Int64) {
    let name = Self.name(storageClass)
    let size = max(0, size)
    entries += 1
    bytes = bytes.saturatingSum(size)
    groups[Group(storageClass: name, user: label.user, kind: label.kind), default: Sum()].add(size)
    let cohort = Cohort(storageClass: name, kind: label.kind, isTagged: label.isTagged, day: day)
    cohorts[cohort, default: (Sum(), Sum())].all.add(size)
    if size < StoredCohort.smallBelow { cohorts[cohort, default: (Sum(), Sum())].small.add(size) }
  }

  /// The counts, for the database.
  var batch: UsageBatch {
    var batch = UsageBatch()
    (batch.entries, batch.bytes) = (entries, bytes)
    batch.counts = groups.map { group, sum in
      StoredCount(
        bucket: bucket,
        storageClass: group.storageClass,
        user: group.user,
        kind: group.kind,
        objects: sum.objects,
        bytes: sum.bytes
      )
    }
    batch.cohorts = cohorts.map { cohort, sums in
      StoredCohort(
        bucket: bucket,
        storageClass: cohort.storageClass,
        kind: cohort.kind,
        isTagged: cohort.isTagged,
        day: cohort.day,
        objects: sums.all.objects,
        bytes: sums.all.bytes,
        smallObjects: sums.small.objects,
        smallBytes: sums.small.bytes
      )
    }
    return batch
  }

  /// Returns the class as it is stored: `STANDARD` if the store names none, `UNREADABLE` for a text that is no name of a class.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ObjectVersion.html (StorageClass)
  private static func name(_ storageClass: String?) -> String {
    guard let storageClass, !storageClass.isEmpty else { return "STANDARD" }
    let isName =
      storageClass.utf8.count <= 40
      && storageClass.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte)
          || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      }
    return isName ? storageClass : "UNREADABLE"
  }
}

extension UsageTally.Sum {
  fileprivate mutating func add(_ size: Int64) {
    objects += 1
    bytes = bytes.saturatingSum(size)
  }
}

extension Int64 {
  /// Returns the sum, or the largest number if the sum is larger; both numbers are positive.
  func saturatingSum(_ other: Int64) -> Int64 {
    let (sum, isTooLarge) = addingReportingOverflow(other)
    return isTooLarge ? .max : sum
  }
}

/// The kind and the owner of a listed object.
struct StoredLabel: Hashable {
  let kind: StoredKind
  let user: UserID?
  var isTagged = false
}

extension Date {
  /// The days since 1970 (UTC).
  var day: Int { Int((timeIntervalSince1970 / 86_400).rounded(.down)) }
}
