public import Core
public import S3

extension LifecyclePlan {
  /// Reads the rules of a lifecycle document; throws all deviations from its form at once.
  ///
  /// `document` is in the form of conf/buckets/raw/lifecycle.json; nil stands for no rules.
  public init(document: JSONValue?, isVersioned: Bool) throws(StorageError) {
    guard let document else {
      self.init(isVersioned: isVersioned)
      return
    }
    let problems = DocumentKind.lifecycle.problems(in: document)
    guard problems.isEmpty else { throw .invalidRequest(problems.joined(separator: "\n")) }
    let rules = (document["Rules"]?.items ?? []).enumerated().map { LifecycleRule($1, index: $0) }
    let minimum = document["TransitionDefaultMinimumObjectSize"]?.string.flatMap(DefaultMinimum.init(rawValue:))
    self.init(rules: rules, minimum: minimum ?? .allClasses, isVersioned: isVersioned)
  }
}

extension LifecycleRule {
  fileprivate init(_ rule: JSONValue, index: Int) {
    self.init(
      name: Wording.printable(rule["ID"]?.string ?? "rule \(index + 1)"),
      isEnabled: rule["Status"]?.string == "Enabled",
      filter: LifecycleFilter(rule)
    )
    transitions = Self.list(rule["Transitions"]).compactMap { item in
      Self.moment(item).flatMap { moment in item["StorageClass"]?.string.map { LifecycleTransition(moment, to: $0) } }
    }
    noncurrentTransitions = Self.list(rule["NoncurrentVersionTransitions"]).compactMap { item in
      guard let days = item["NoncurrentDays"]?.integer, let name = item["StorageClass"]?.string else { return nil }
      let newer = item["NewerNoncurrentVersions"]?.integer ?? 0
      return LifecycleTransition(.age(days: days), to: name, newerVersions: newer)
    }
    // A rule that removes delete markers without versions has neither days nor a date, and no bytes.
    expiration = rule["Expiration"].flatMap(Self.moment)
    noncurrentDays = rule["NoncurrentVersionExpiration"]?["NoncurrentDays"]?.integer
    newerVersions = rule["NoncurrentVersionExpiration"]?["NewerNoncurrentVersions"]?.integer ?? 0
    abortDays = rule["AbortIncompleteMultipartUpload"]?["DaysAfterInitiation"]?.integer
  }

  private static func list(_ value: JSONValue?) -> [JSONValue] { value.map(\.items) ?? [] }

  private static func moment(_ value: JSONValue) -> LifecycleMoment? {
    if let days = value["Days"]?.integer { return .age(days: days) }
    return value["Date"]?.string.flatMap { CalendarDay($0) }.map { .date($0) }
  }
}

extension LifecycleFilter {
  fileprivate init(_ rule: JSONValue) {
    let filter = rule["Filter"]
    let both = filter?["And"]
    func size(_ name: String) -> Int64? { (filter?[name] ?? both?[name])?.integer.map(Int64.init) }
    let prefix = filter?["Prefix"] ?? both?["Prefix"] ?? rule["Prefix"]
    let tags = [filter?["Tag"]].compactMap { $0 } + (both?["Tags"].map(\.items) ?? [])
    self.init(
      prefix: Wording.printable(prefix?.string ?? ""),
      tags: tags.map { Tag(key: $0["Key"]?.string ?? "", value: $0["Value"]?.string ?? "") },
      greaterThan: size("ObjectSizeGreaterThan"),
      lessThan: size("ObjectSizeLessThan")
    )
  }
}
