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
    let advice =
      wanted == nil
      ? "Remove the rule from the document, or set STOWAGE_DELETE_AFTER_DAYS."
      : "Give both the same number of days; docs/retention.md explains it."
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

  /// Returns the reasons why a lifecycle document of the raw bucket must not be sent.
  static func refusals(of document: JSONValue) -> [String] {
    (document["Rules"]?.items ?? []).flatMap { rule in
      dangers(of: rule).map { "\(rule["ID"]?.string ?? ""): \($0)" }
    }
  }

  /// Returns what a rule of the raw bucket deletes although it must stay.
  static func dangers(of rule: JSONValue) -> [String] {
    guard rule["Status"]?.string == "Enabled" else { return [] }
    var dangers: [String] = []
    if deletesByAge(rule), !hasTag(rule) {
      dangers.append("deletes files of premium users by age; a rule that deletes needs a filter by the tag \(tag)")
    }
    if let days = rule["NoncurrentVersionExpiration"]?["NoncurrentDays"]?.integer, days <= Retention.days {
      dangers.append(
        "deletes old versions after \(days) days, though a deleted file can be restored for \(Retention.days) days;"
          + " at least \(Retention.days + 1) days keep them, because days count from midnight"
      )
    }
    return dangers
  }

  private static var tag: String { "\(RetentionRule.tag.name)=\(RetentionRule.tag.value)" }

  /// True if the rule is enabled and deletes objects with the tag of standard users.
  private static func concernsStandardUsers(_ rule: JSONValue) -> Bool {
    rule["Status"]?.string == "Enabled" && deletesByAge(rule) && hasTag(rule)
  }

  private static func deletesByAge(_ rule: JSONValue) -> Bool {
    rule["Expiration"]?["Days"] != nil || rule["Expiration"]?["Date"] != nil
  }

  /// True if the filter asks for the tag, in the form of the document or in the normal form.
  private static func hasTag(_ rule: JSONValue) -> Bool {
    let filter = rule["Filter"]
    let tags =
      [filter?["Tag"]].compactMap { $0 } + (filter?["Tags"]?.items ?? []) + (filter?["And"]?["Tags"]?.items ?? [])
    return tags.contains {
      $0["Key"]?.string == RetentionRule.tag.name && $0["Value"]?.string == RetentionRule.tag.value
    }
  }
}
