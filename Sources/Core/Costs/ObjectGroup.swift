/// Objects of one bucket and kind, of one age, and either all below 128 KB or all above.
struct ObjectGroup: Sendable {
  let bucket: BucketRole
  var storageClass: String
  var kind: StoredKind
  let isTagged: Bool
  /// The day from which the age counts.
  var day: Int
  let isSmall: Bool
  let objects: Int64
  let bytes: Int64

  /// The small and the other objects of a cohort; groups without objects and bytes are left out.
  static func groups(of cohort: StoredCohort) -> [ObjectGroup] {
    let smallObjects = min(max(0, cohort.smallObjects), max(0, cohort.objects))
    let smallBytes = min(max(0, cohort.smallBytes), max(0, cohort.bytes))
    func group(isSmall: Bool, _ objects: Int64, _ bytes: Int64) -> ObjectGroup {
      ObjectGroup(
        bucket: cohort.bucket,
        storageClass: cohort.storageClass,
        kind: cohort.kind,
        isTagged: cohort.isTagged,
        day: CalendarDay(number: cohort.day).number,
        isSmall: isSmall,
        objects: objects,
        bytes: bytes
      )
    }
    return [
      group(isSmall: true, smallObjects, smallBytes),
      group(isSmall: false, max(0, cohort.objects) - smallObjects, max(0, cohort.bytes) - smallBytes),
    ].filter { $0.objects > 0 || $0.bytes > 0 }
  }

  /// The average size of an object in bytes.
  var averageBytes: Int64 { objects > 0 ? bytes / objects : bytes }

  /// True if the objects are larger than a limit; other limits than 128 KB are compared with the average size.
  func isLarger(than limit: Int64) -> Bool {
    if isSmall, limit >= StoredCohort.smallBelow - 1 { return false }
    if !isSmall, limit < StoredCohort.smallBelow { return true }
    return averageBytes > limit
  }

  /// True if the objects are smaller than a limit; other limits than 128 KB are compared with the average size.
  func isSmaller(than limit: Int64) -> Bool {
    if isSmall, limit >= StoredCohort.smallBelow { return true }
    if !isSmall, limit <= StoredCohort.smallBelow { return false }
    return averageBytes < limit
  }
}

extension StoredKind {
  /// True for newest versions.
  public var isCurrent: Bool { [.current, .variant, .quarantined, .unknown].contains(self) }
  /// True for the parts of uploads that nobody completed.
  public var isMultipart: Bool { self == .multipart || self == .staleMultipart }
}
