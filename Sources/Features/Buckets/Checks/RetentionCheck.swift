import Core
import S3

/// Compares the age at which the lifecycle document deletes files of standard users with the settings.
///
/// With another age, records would show a wrong `deletesAt`, and workers would remove the markers of the rule.
enum RetentionCheck {
  /// Returns the difference in words; nil if the lifecycle document of the raw bucket agrees with the settings.
  ///
  /// A document without such a rule agrees if no file is deleted by age, or if workers delete the files.
  static func difference(_ document: JSONValue?, _ settings: Settings) -> String? {
    let wanted = settings.retention.days
    let ages = (document?["Rules"]?.items ?? []).filter(concernsStandardUsers).map {
      $0["Expiration"]?["Days"]?.integer
    }
    let setting = "STOWAGE_DELETE_AFTER_DAYS is \(wanted.map(String.init) ?? "never")"
    let advice = "Give both the same number of days; docs/retention.md explains it."
    guard let first = ages.first else {
      guard let wanted, !settings.worker.cleansUp else { return nil }
      return "no rule deletes objects with the tag \(tag) after \(wanted) days, though \(setting). "
        + "Add the rule, or set STOWAGE_CLEANUP=daily."
    }
    guard ages.allSatisfy({ $0 == wanted && $0 != nil }) else {
      let age = (ages.first { $0 != wanted } ?? first).map { "after \($0) days" } ?? "at a date"
      return "objects with the tag \(tag) are deleted \(age), but \(setting). \(advice)"
    }
    return nil
  }

  private static var tag: String { "\(RetentionRule.tag.name)=\(RetentionRule.tag.value)" }

  /// True if the rule is enabled and deletes objects with the tag of standard users.
  private static func concernsStandardUsers(_ rule: JSONValue) -> Bool {
    guard rule["Status"]?.string == "Enabled", let expiration = rule["Expiration"],
      expiration["Days"] != nil || expiration["Date"] != nil
    else { return false }
    let filter = rule["Filter"]
    let tags = [filter?["Tag"]].compactMap { $0 } + (filter?["And"]?["Tags"]?.items ?? [])
    return tags.contains {
      $0["Key"]?.string == RetentionRule.tag.name && $0["Value"]?.string == RetentionRule.tag.value
    }
  }
}
