import S3

/// The rules of S3 for a bucket's policy, and the refusal of policies that lock the owner out.
///
/// Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html,
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
struct PolicyCheck {
  let bucket: String

  func refusals(of policy: JSONValue) -> [String] {
    var refusals: [String] = []
    let statements = policy["Statement"]?.items ?? []
    if policy["Version"]?.string == nil { refusals.append("Version is missing") }
    if statements.isEmpty { refusals.append("Statement is missing") }
    if policy.json().utf8.count > 20 << 10 { refusals.append("more than 20 kB, the limit of S3") }
    for name in Set(policy.members.keys).subtracting(["Version", "Id", "Statement"]).sorted() {
      refusals.append("\(name): an unknown field; expected Version, Id, Statement")
    }
    refusals += DocumentCheck.repeated(statements.compactMap { $0["Sid"]?.string }).map { "\($0): two statements" }
    for (index, statement) in statements.enumerated() {
      let name = statement["Sid"]?.string ?? "Statement[\(index)]"
      refusals += (form(statement) + (locksOut(statement) ? [Self.lockedOut] : [])).map { "\(name): \($0)" }
    }
    return refusals
  }

  private static let lockedOut =
    "denies s3:PutBucketPolicy to everybody, so that nobody but the root user could undo it; a condition that may hold for"
    + " the administrator does not help. List the actions without s3:PutBucketPolicy and s3:DeleteBucketPolicy"

  private func form(_ statement: JSONValue) -> [String] {
    let known = [
      "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]
    var refusals = Set(statement.members.keys).subtracting(known).sorted().map {
      "\($0): an unknown field; expected \(known.joined(separator: ", "))"
    }
    if statement["Sid"]?.string == nil { refusals.append("Sid is missing; reports name a statement by its Sid") }
    if !["Allow", "Deny"].contains(statement["Effect"]?.string) { refusals.append("Effect: expected Allow or Deny") }
    for member in ["Principal", "Action", "Resource"] where statement[member] == nil && statement["Not" + member] == nil
    {
      refusals.append("\(member) is missing")
    }
    for resource in (statement["Resource"]?.items ?? []).compactMap(\.string) where !isOfBucket(resource) {
      refusals.append("Resource: \(resource) is not in the bucket \(bucket)")
    }
    return refusals
  }

  private func isOfBucket(_ resource: String) -> Bool {
    guard resource.hasPrefix("arn:"), let name = resource.split(separator: ":", maxSplits: 5).last else { return false }
    let first = name.split(separator: "/", maxSplits: 1).first.map { String($0) } ?? ""
    return Self.matches(bucket, first)
  }

  /// True if the statement denies everybody to change the policy, under no condition or under one that may hold.
  ///
  /// A condition is only trusted if it cannot hold for Stowage's requests. Networks, times and names of principals can hold
  /// for everybody. A Deny of requests without TLS is no lock-out over https, which is probed before the policy is sent.
  func locksOut(_ statement: JSONValue) -> Bool {
    guard statement["Effect"]?.string == "Deny", concernsEverybody(statement) else { return false }
    return covers(statement, "Action", "s3:PutBucketPolicy") && covers(statement, "Resource", "arn:aws:s3:::\(bucket)")
      && !(statement["Condition"]?.members ?? [:]).contains { test, keys in
        keys.members.contains { Self.isFalseOverTLS(test, $0, $1.items) }
      }
  }

  /// True if the condition holds for no request over TLS 1.2 or later.
  private static func isFalseOverTLS(_ test: String, _ key: String, _ values: [JSONValue]) -> Bool {
    guard !values.isEmpty else { return false }
    switch (test, key.lowercased()) {
    case ("Bool", "aws:securetransport"), ("BoolIfExists", "aws:securetransport"):
      return values.allSatisfy { [.text("false"), .flag(false)].contains($0) }
    case ("NumericLessThan", "s3:tlsversion"): return values.allSatisfy { ["1.0", "1.1", "1.2"].contains($0.string) }
    default: return false
    }
  }

  /// True if the statement allows something to everybody, under no condition.
  func admitsEverybody(_ statement: JSONValue) -> Bool {
    statement["Effect"]?.string == "Allow" && concernsEverybody(statement)
      && (statement["Condition"]?.members ?? [:]).isEmpty
  }

  private func concernsEverybody(_ statement: JSONValue) -> Bool {
    if statement["NotPrincipal"] != nil { return true }
    guard let principal = statement["Principal"] else { return false }
    let names = principal.string.map { [$0] } ?? (principal["AWS"]?.items ?? []).compactMap(\.string)
    return names.contains { $0 == "*" || $0.hasSuffix(":root") }
  }

  private func covers(_ statement: JSONValue, _ member: String, _ value: String) -> Bool {
    func hasMatch(_ patterns: JSONValue) -> Bool {
      patterns.items.compactMap(\.string).contains { pattern in
        let plain = member == "Resource" ? Self.withoutPartition(pattern) : pattern
        return Self.matches(value.lowercased(), plain.lowercased())
      }
    }
    if let patterns = statement[member] { return hasMatch(patterns) }
    return statement["Not" + member].map { !hasMatch($0) } ?? false
  }

  private static func withoutPartition(_ arn: String) -> String {
    let parts = arn.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0] == "arn" ? "arn:aws:" + parts[2] : arn
  }

  /// True if `pattern`, with `*` for any characters and `?` for one, matches the whole text; the time is at most the
  /// product of both lengths.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let text = Array(text.utf8)
    let pattern = Array(pattern.utf8)
    var (position, index) = (0, 0)
    var star: (index: Int, position: Int)?
    while position < text.count {
      if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
        star = (index, position)
        index += 1
      } else if index < pattern.count, pattern[index] == UInt8(ascii: "?") || pattern[index] == text[position] {
        (position, index) = (position + 1, index + 1)
      } else if let last = star {
        star = (last.index, last.position + 1)
        (position, index) = (last.position + 1, last.index + 1)
      } else {
        return false
      }
    }
    return pattern[index...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
