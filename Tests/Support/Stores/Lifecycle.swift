public import Foundation
public import S3

/// A lifecycle configuration of a bucket, read from the document that the AWS CLI takes.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
public struct Lifecycle: Sendable {
  struct Move: Sendable {
    let days: Int
    let storageClass: String
  }

  struct Rule: Sendable {
    var prefix = ""
    var tags: [String: String] = [:]
    var moves: [Move] = []
    var expirationDays: Int?
    var removesExpiredMarkers = false
    var noncurrentDays: Int?
    var abortDays: Int?
  }

  /// The enabled rules.
  let rules: [Rule]
  /// The size of the smallest object that moves to another class, in bytes.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
  let minimumMove: Int

  /// Reads a document; throws for a member that this reader does not know, because a rule would be executed wrongly.
  public init(_ document: JSONValue) throws {
    try Self.check(document, ["Rules", "TransitionDefaultMinimumObjectSize"])
    rules = try (document["Rules"]?.items ?? []).compactMap { try Self.rule($0) }
    minimumMove = document["TransitionDefaultMinimumObjectSize"]?.string == "varies_by_storage_class" ? 0 : 131_072
  }

  private static func rule(_ json: JSONValue) throws -> Rule? {
    try check(
      json,
      [
        "ID", "Status", "Filter", "Transitions", "Expiration", "NoncurrentVersionExpiration",
        "AbortIncompleteMultipartUpload",
      ]
    )
    guard json["Status"]?.string == "Enabled" else { return nil }
    var rule = Rule()
    if let filter = json["Filter"] {
      try check(filter, ["Prefix", "Tag"])
      rule.prefix = filter["Prefix"]?.string ?? ""
      if let tag = filter["Tag"], let key = tag["Key"]?.string { rule.tags[key] = tag["Value"]?.string }
    }
    for move in json["Transitions"]?.items ?? [] {
      try check(move, ["Days", "StorageClass"])
      rule.moves.append(Move(days: move["Days"]?.integer ?? 0, storageClass: move["StorageClass"]?.string ?? ""))
    }
    if let expiration = json["Expiration"] {
      try check(expiration, ["Days", "ExpiredObjectDeleteMarker"])
      rule.expirationDays = expiration["Days"]?.integer
      rule.removesExpiredMarkers = expiration["ExpiredObjectDeleteMarker"] == .flag(true)
    }
    if let noncurrent = json["NoncurrentVersionExpiration"] {
      try check(noncurrent, ["NoncurrentDays"])
      rule.noncurrentDays = noncurrent["NoncurrentDays"]?.integer
    }
    if let abort = json["AbortIncompleteMultipartUpload"] {
      try check(abort, ["DaysAfterInitiation"])
      rule.abortDays = abort["DaysAfterInitiation"]?.integer
    }
    return rule
  }

  private static func check(_ json: JSONValue, _ known: Set<String>) throws {
    guard let stranger = json.members.keys.first(where: { !known.contains($0) }) else { return }
    throw SetUpFailure("the lifecycle of the tests does not know \(stranger)")
  }

  /// Returns the time from which an action applies that follows `start` by this number of days.
  ///
  /// S3 adds the days to the time, and rounds the result up to the next midnight UTC.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
  public static func due(_ start: Date, days: Int) -> Date {
    let end = start.timeIntervalSince1970 / 86_400 + Double(days)
    return Date(timeIntervalSince1970: end.rounded(.up) * 86_400)
  }
}
