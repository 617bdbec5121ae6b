/// The time at which a lifecycle rule acts on an object.
public enum LifecycleMoment: Hashable, Sendable {
  /// At the first midnight (UTC) at which the object is at least this number of days old.
  case age(days: Int)
  /// On this day, and from then on every day.
  case date(CalendarDay)

  /// Returns the first day on which the rule acts on an object whose age counts from `day`.
  ///
  /// S3 adds the days to the time of the upload and rounds up to the next midnight, so an object of 3 days is acted on at the beginning
  /// of the fourth day after its own. Source:
  /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days>
  func day(from day: Int) -> Int {
    switch self {
    case .age(let days): day + min(max(0, days), 10_000_000) + 1
    case .date(let date): max(date.number, day)
    }
  }
}

/// The objects that a lifecycle rule is about.
public struct LifecycleFilter: Hashable, Sendable {
  /// A tag of objects.
  public struct Tag: Hashable, Sendable {
    /// The name.
    public let key: String
    /// The value.
    public let value: String

    /// Creates a tag.
    public init(key: String, value: String) { (self.key, self.value) = (key, value) }
  }

  /// The beginning of the keys; empty for all.
  public var prefix: String
  /// The tags that an object needs.
  public var tags: [Tag]
  /// The size above which objects are meant, in bytes.
  public var greaterThan: Int64?
  /// The size below which objects are meant, in bytes.
  public var lessThan: Int64?

  /// Creates a filter; without arguments, all objects are meant.
  public init(prefix: String = "", tags: [Tag] = [], greaterThan: Int64? = nil, lessThan: Int64? = nil) {
    self.prefix = prefix
    self.tags = tags
    self.greaterThan = greaterThan
    self.lessThan = lessThan
  }

  var hasSize: Bool { greaterThan != nil || lessThan != nil }

  /// True if the filter means the objects of a group.
  ///
  /// A group knows neither keys nor tags other than that of retention: a filter by those means no group.
  func includes(_ group: ObjectGroup) -> Bool {
    guard prefix.isEmpty, tags.allSatisfy({ Self.isRetention($0) }), tags.isEmpty || group.isTagged else {
      return false
    }
    return greaterThan.map { group.isLarger(than: $0) } ?? true && lessThan.map { group.isSmaller(than: $0) } ?? true
  }

  static func isRetention(_ tag: Tag) -> Bool {
    tag.key == RetentionRule.tag.name && tag.value == RetentionRule.tag.value
  }
}

/// A move into another storage class.
public struct LifecycleTransition: Hashable, Sendable {
  /// The time of the move.
  public let moment: LifecycleMoment
  /// The class after the move.
  public let storageClass: String
  /// The number of newer noncurrent versions that stay where they are; 0 for current versions.
  public let newerVersions: Int

  /// Creates a move.
  public init(_ moment: LifecycleMoment, to storageClass: String, newerVersions: Int = 0) {
    self.moment = moment
    self.storageClass = storageClass
    self.newerVersions = newerVersions
  }
}

/// A rule of a bucket's lifecycle document.
public struct LifecycleRule: Hashable, Sendable {
  /// The name of the rule.
  public let name: String
  /// True if the rule acts.
  public let isEnabled: Bool
  /// The objects that the rule is about.
  public let filter: LifecycleFilter
  /// The moves of current versions.
  public var transitions: [LifecycleTransition] = []
  /// The moves of noncurrent versions; their age counts from the day on which they became noncurrent.
  public var noncurrentTransitions: [LifecycleTransition] = []
  /// The deletion of current versions: in a bucket with versions, they become noncurrent.
  public var expiration: LifecycleMoment?
  /// The number of days after which noncurrent versions are deleted.
  public var noncurrentDays: Int?
  /// The number of newer noncurrent versions that are kept.
  public var newerVersions = 0
  /// The number of days after which incomplete uploads are aborted.
  public var abortDays: Int?

  /// Creates a rule without actions.
  public init(name: String, isEnabled: Bool = true, filter: LifecycleFilter = LifecycleFilter()) {
    self.name = name
    self.isEnabled = isEnabled
    self.filter = filter
  }
}
