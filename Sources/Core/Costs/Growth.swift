/// The assumption about new objects.
public enum Growth: Hashable, Sendable {
  /// Each day brings the median of the last 30 whole days: what was uploaded, or became noncurrent, on the day and is still there.
  case history
  /// No new objects.
  case none
  /// Each month adds this share, in thousandths, of what each bucket had at its beginning.
  case monthly(thousandths: Int)

  /// The number of days that the median is of.
  public static let days = 30
}

/// The objects that each day adds to a bucket.
public struct DailyGrowth: Hashable, Sendable {
  /// The bucket.
  public let bucket: BucketRole
  /// The kind of the objects.
  public let kind: StoredKind
  /// True for objects with the tag of standard users.
  public let isTagged: Bool
  /// The objects of a day.
  public let objects: Int64
  /// The bytes of a day.
  public let bytes: Int64
  /// The objects below 128 KB.
  public let smallObjects: Int64
  /// The bytes of the objects below 128 KB.
  public let smallBytes: Int64

  /// The cohort that the growth makes on a day.
  func cohort(on day: Int) -> StoredCohort {
    StoredCohort(
      bucket: bucket,
      storageClass: "STANDARD",
      kind: kind,
      isTagged: isTagged,
      day: day,
      objects: objects,
      bytes: bytes,
      smallObjects: smallObjects,
      smallBytes: smallBytes
    )
  }

  /// Returns the growth of each day by the history that cohorts show.
  static func history(of cohorts: [StoredCohort], today: Int) -> [DailyGrowth] {
    let recent = cohorts.filter { ((today - Growth.days)..<today).contains($0.day) }
    return streams(of: recent).flatMap { stream -> [DailyGrowth] in
      var days = [Int128](repeating: 0, count: Growth.days)
      for cohort in stream.cohorts { days[today - 1 - cohort.day] += Int128(max(0, cohort.bytes)) }
      days.sort()
      let median = (days[days.count / 2 - 1] + days[days.count / 2]) / 2
      return stream.scaled(median, of: days.reduce(0, +))
    }
  }

  /// Returns the growth of each day of a month: in each month, `thousandths` of the bytes at its beginning.
  static func monthly(_ thousandths: Int, of cohorts: [StoredCohort], month: Int, days: Int) -> [DailyGrowth] {
    streams(of: cohorts.filter(\.kind.isCurrent)).flatMap { stream -> [DailyGrowth] in
      let bytes = stream.cohorts.reduce(Int128(0)) { $0 + Int128(max(0, $1.bytes)) }
      var stock = bytes
      for _ in 0..<max(0, month) where stock < Int128(Int64.max) { stock += stock * Int128(thousandths) / 1000 }
      return stream.scaled(stock * Int128(max(0, thousandths)) / 1000 / Int128(max(1, days)), of: bytes)
    }
  }

  /// The cohorts of one bucket and kind.
  private struct Stream {
    let bucket: BucketRole
    let kind: StoredKind
    let cohorts: [StoredCohort]

    /// Returns a day with `part` of the `whole` bytes, and with as large a share of tagged and small objects.
    func scaled(_ part: Int128, of whole: Int128) -> [DailyGrowth] {
      guard part > 0, whole > 0 else { return [] }
      func share(_ cohorts: [StoredCohort], _ value: (StoredCohort) -> Int64) -> Int64 {
        let sum = cohorts.reduce(Int128(0)) { $0 + Int128(max(0, value($1))) }
        let (product, isTooMuch) = sum.multipliedReportingOverflow(by: part)
        return Int64(clamping: isTooMuch ? sum / whole * part : product / whole)
      }
      return [true, false].compactMap { isTagged in
        let cohorts = self.cohorts.filter { $0.isTagged == isTagged }
        let growth = DailyGrowth(
          bucket: bucket,
          kind: kind,
          isTagged: isTagged,
          objects: share(cohorts, \.objects),
          bytes: share(cohorts, \.bytes),
          smallObjects: share(cohorts, \.smallObjects),
          smallBytes: share(cohorts, \.smallBytes)
        )
        return growth.bytes > 0 ? growth : nil
      }
    }
  }

  private static func streams(of cohorts: [StoredCohort]) -> [Stream] {
    BucketRole.allCases.flatMap { bucket in
      [StoredKind.current, .variant, .noncurrent].map { kind in
        Stream(bucket: bucket, kind: kind, cohorts: cohorts.filter { $0.bucket == bucket && $0.kind == kind })
      }
    }
  }
}
