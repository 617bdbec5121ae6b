/// The lifecycle rules of one bucket, and what they do with objects.
public struct LifecyclePlan: Sendable, Equatable {
  /// The objects that S3 leaves where they are unless a rule has a filter by size.
  ///
  /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
  public enum DefaultMinimum: String, Sendable {
    /// No object below 128 KB moves.
    case allClasses = "all_storage_classes_128K"
    /// Objects below 128 KB move into GLACIER and DEEP_ARCHIVE only.
    case variesByClass = "varies_by_storage_class"
  }

  /// The rules.
  public var rules: [LifecycleRule]
  /// The objects that do not move by default.
  public var minimum: DefaultMinimum
  /// True if the bucket keeps versions.
  public var isVersioned: Bool

  /// Creates a plan; without arguments, nothing happens to any object.
  public init(rules: [LifecycleRule] = [], minimum: DefaultMinimum = .allClasses, isVersioned: Bool = false) {
    self.rules = rules
    self.minimum = minimum
    self.isVersioned = isVersioned
  }

  /// The parts of the rules that a forecast cannot follow, in words.
  public var remarks: [String] {
    rules.filter(\.isEnabled).flatMap { rule in
      var remarks: [String] = []
      if !rule.filter.prefix.isEmpty {
        remarks.append("the filter by the prefix \(rule.filter.prefix) is taken to mean no object: usage knows no keys")
      }
      for tag in rule.filter.tags where !LifecycleFilter.isRetention(tag) {
        remarks.append(
          "the filter by the tag \(tag.key) is taken to mean no object: usage knows the tag retention alone"
        )
      }
      let limits = [rule.filter.greaterThan, rule.filter.lessThan].compactMap { $0 }
      if limits.contains(where: { ![StoredCohort.smallBelow - 1, StoredCohort.smallBelow].contains($0) }) {
        remarks.append("the filter by size is compared with the average size of each day's objects")
      }
      if rule.newerVersions > 0 || rule.noncurrentTransitions.contains(where: { $0.newerVersions > 0 }) {
        remarks.append("NewerNoncurrentVersions is taken to keep every old version")
      }
      return remarks.map { "\(rule.name): \($0)" }
    }
  }

  /// Something that happens to a group.
  enum Event: Equatable {
    /// The objects move into a class.
    case move(day: Int, storageClass: String)
    /// The objects go, and their bytes.
    case deletion(day: Int)
    /// The objects become noncurrent.
    case marker(day: Int)
  }

  /// Returns the next event on `day` or later; nil if there is none.
  ///
  /// Among the events of one day, S3 deletes before it moves, and moves before it makes a delete marker; of several moves, it takes the
  /// one into the cheapest class. Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html>
  func next(for group: ObjectGroup, from day: Int) -> Event? {
    let active = rules.filter { $0.isEnabled && $0.filter.includes(group) }
    if group.kind.isMultipart {
      let ages = active.compactMap(\.abortDays).map { LifecycleMoment.age(days: $0).day(from: group.day) }
      return ages.min().map { .deletion(day: max(day, $0)) }
    }
    guard group.kind.isCurrent || group.kind == .noncurrent else { return nil }
    let isCurrent = group.kind.isCurrent
    let ends =
      isCurrent
      ? active.compactMap(\.expiration)
      : active.filter { $0.newerVersions == 0 }.compactMap(\.noncurrentDays).map { .age(days: $0) }
    let end = ends.map { max(day, $0.day(from: group.day)) }.min()
    let move = move(of: group, from: day, active)
    let isDeletion = !isCurrent || !isVersioned
    guard let end else { return move }
    guard case .move(let moved, _) = move, isDeletion ? moved < end : moved <= end else {
      return isDeletion ? .deletion(day: end) : .marker(day: end)
    }
    return move
  }

  private func move(of group: ObjectGroup, from day: Int, _ active: [LifecycleRule]) -> Event? {
    var best: (day: Int, storageClass: String)?
    for rule in active {
      for transition in group.kind.isCurrent ? rule.transitions : rule.noncurrentTransitions {
        let target = transition.storageClass
        guard transition.newerVersions == 0, Self.canMove(from: group.storageClass, to: target),
          !group.isSmall || rule.filter.hasSize || takesSmall(target)
        else { continue }
        let moment = max(day, transition.moment.day(from: group.day))
        guard let other = best else {
          best = (moment, target)
          continue
        }
        let isCheaper = Self.rank(target) > Self.rank(other.storageClass)
        if moment < other.day || moment == other.day && isCheaper { best = (moment, target) }
      }
    }
    return best.map { .move(day: $0.day, storageClass: $0.storageClass) }
  }

  /// Returns the day on which the rules moved a group into the class where it is; nil if no rule moves it there.
  func arrival(of group: ObjectGroup) -> Int? {
    rules.filter { $0.isEnabled && $0.filter.includes(group) }.flatMap(\.transitions)
      .filter { $0.storageClass == group.storageClass }.map { $0.moment.day(from: group.day) }.min()
  }

  private func takesSmall(_ storageClass: String) -> Bool {
    minimum == .variesByClass && ["GLACIER", "DEEP_ARCHIVE"].contains(storageClass)
  }

  /// The classes into which lifecycle rules can move an object of a class.
  ///
  /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
  private static let moves: [String: Set<String>] = [
    "STANDARD_IA": ["INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"],
    "INTELLIGENT_TIERING": ["ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"],
    "ONEZONE_IA": ["GLACIER", "DEEP_ARCHIVE"],
    "GLACIER_IR": ["GLACIER", "DEEP_ARCHIVE"],
    "GLACIER": ["DEEP_ARCHIVE"],
    "DEEP_ARCHIVE": [],
  ]

  /// True if a rule can move objects from a class into another; objects of a class that S3 does not have stay.
  static func canMove(from: String, to: String) -> Bool {
    guard from != to, to != "STANDARD", to != "REDUCED_REDUNDANCY" else { return false }
    guard let targets = moves[from] else { return ["STANDARD", "REDUCED_REDUNDANCY"].contains(from) }
    return targets.contains(to)
  }

  /// The order in which S3 prefers a class if several rules move an object on one day.
  private static func rank(_ storageClass: String) -> Int {
    let order = ["STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE"]
    return order.firstIndex(of: storageClass) ?? -1
  }
}
