import FoundationEssentials
import S3

/// The rules of S3 for lifecycle rules.
///
/// Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html,
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
enum LifecycleCheck {
  static func refusals(of document: JSONValue) -> [String] {
    let rules = document["Rules"]?.items ?? []
    var refusals = DocumentCheck.repeated(rules.compactMap { $0["ID"]?.string }).map { "\($0): two rules have this ID" }
    if rules.isEmpty { refusals.append("Rules: no rule") }
    if rules.count > 1000 { refusals.append("Rules: more than 1,000 rules") }
    for (index, rule) in rules.enumerated() {
      let name = rule["ID"]?.string ?? "Rules[\(index)]"
      refusals += (identity(rule) + filter(rule) + actions(rule) + days(rule)).map { "\(name): \($0)" }
    }
    return refusals
  }

  private static func identity(_ rule: JSONValue) -> [String] {
    guard let name = rule["ID"]?.string, !name.isEmpty else { return ["ID is missing; reports name a rule by its ID"] }
    return name.utf8.count > 255 ? ["ID has more than 255 characters"] : []
  }

  private static func filter(_ rule: JSONValue) -> [String] {
    guard let filter = rule["Filter"] else {
      return rule["Prefix"] == nil ? [#"Filter is missing; {"Prefix": ""} means the whole bucket"#] : []
    }
    if rule["Prefix"] != nil { return ["Filter and Prefix exclude each other"] }
    if filter.members.count > 1 { return ["Filter takes one condition; put several into And"] }
    guard let both = filter["And"] else { return [] }
    let count = both.members.filter { $0.key != "Tags" }.count + (both["Tags"]?.items.count ?? 0)
    return count < 2 ? ["And needs two conditions"] : []
  }

  private static func actions(_ rule: JSONValue) -> [String] {
    let expiration = rule["Expiration"]
    let names = ["Expiration", "Transitions", "NoncurrentVersionTransitions", "NoncurrentVersionExpiration"]
    var refusals: [String] = []
    if (names + ["AbortIncompleteMultipartUpload"]).allSatisfy({ rule[$0] == nil }) { refusals.append("no action") }
    if let expiration, expiration.members.count != 1 {
      refusals.append("Expiration takes one of Days, Date and ExpiredObjectDeleteMarker")
    }
    let conditions = (rule["Filter"]?.members ?? [:]).merging(rule["Filter"]?["And"]?.members ?? [:]) { first, _ in
      first
    }
    let dates = [expiration?["Date"]] + (rule["Transitions"]?.items ?? []).map { $0["Date"] }
    for date in dates.compactMap({ $0 }) where !isMidnight(date.string ?? "") {
      refusals.append("Date: '\(date.string ?? "")' is no day at midnight UTC, such as 2030-01-31T00:00:00Z")
    }
    let hasTag = conditions["Tag"] != nil || conditions["Tags"] != nil
    let hasSize = conditions["ObjectSizeGreaterThan"] != nil || conditions["ObjectSizeLessThan"] != nil
    if rule["AbortIncompleteMultipartUpload"] != nil, hasTag || hasSize {
      refusals.append("AbortIncompleteMultipartUpload takes no filter by tag or size; make a separate rule")
    }
    if expiration?["ExpiredObjectDeleteMarker"] == .flag(true), hasTag {
      refusals.append("ExpiredObjectDeleteMarker takes no filter by tag; make a separate rule")
    }
    return refusals
  }

  /// True for a day, alone or with the time of midnight UTC; S3 takes no other time.
  private static func isMidnight(_ text: String) -> Bool {
    guard let match = text.wholeMatch(of: /(\d{4}-\d{2}-\d{2})(T00:00:00(\.0{1,9})?(Z|\+00:00))?/) else { return false }
    // A parser takes 31 February for a day of March.
    let day = try? Date("\(match.1)T00:00:00Z", strategy: .iso8601)
    return day?.formatted(.iso8601.year().month().day()) == String(match.1)
  }

  private static func days(_ rule: JSONValue) -> [String] {
    var refusals: [String] = []
    let expiration = rule["Expiration"]?["Days"]?.integer
    let noncurrent = rule["NoncurrentVersionExpiration"]?["NoncurrentDays"]?.integer
    let abort = rule["AbortIncompleteMultipartUpload"]?["DaysAfterInitiation"]?.integer
    if [expiration, noncurrent, abort].contains(where: { $0.map { $0 < 1 } ?? false }) {
      refusals.append("a number of days is at least 1")
    }
    for (list, member, end) in [
      ("Transitions", "Days", expiration), ("NoncurrentVersionTransitions", "NoncurrentDays", noncurrent),
    ] {
      var infrequent: Int?
      let moves = rule[list].map(\.items) ?? []
      for repeated in DocumentCheck.repeated(moves.compactMap { $0["StorageClass"]?.string }) {
        refusals.append("\(list): two moves to \(repeated)")
      }
      for move in moves.sorted(by: { ($0[member]?.integer ?? 0) < ($1[member]?.integer ?? 0) }) {
        let name = move["StorageClass"]?.string ?? ""
        guard let days = move[member]?.integer else {
          if move["Date"] == nil { refusals.append("\(list): \(name) needs \(member) or Date") }
          continue
        }
        let isInfrequent = ["STANDARD_IA", "ONEZONE_IA"].contains(name)
        if isInfrequent, days < 30 { refusals.append("\(name) takes objects of at least 30 days, not \(days)") }
        if let infrequent, days < infrequent + 30 {
          refusals.append("\(name) after \(days) days: objects stay in infrequent access for at least 30 days")
        }
        if let end, end <= days {
          refusals.append("expires after \(end) days, before the move to \(name) after \(days)")
        }
        if isInfrequent { infrequent = days }
      }
    }
    return refusals
  }
}
