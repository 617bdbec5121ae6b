import Glibc
import S3

/// The conditions of a policy's statement.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html, "The meaning of
/// 'public'"
struct PolicyCondition {
  /// The keys, in lowercase, whose fixed values narrow who may send a request; the client cannot choose them.
  static let narrowing = fixed.union(names).union([address])
  /// The keys that narrow for whom a service of AWS acts.
  static let ofServices: Set = ["aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid"]

  private static let address = "aws:sourceip"
  private static let names: Set = ["aws:sourcearn", "s3:dataaccesspointarn"]
  private static let fixed: Set = [
    "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:sourceorgid", "aws:principalorgid",
    "aws:principalaccount", "aws:userid", "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
  ]
  /// The operators that are true only if the request has the key with one of the values.
  ///
  /// Operators with `IfExists` and `ForAllValues:` are true without the key as well.
  private static let texts: Set = ["stringequals", "stringequalsignorecase", "stringlike"]
  private static let arns: Set = ["arnequals", "arnlike"]

  private let document: JSONValue?

  init(_ document: JSONValue?) { self.document = document }

  /// True if one condition admits only fixed values of one of these keys; all conditions must be true for a request.
  func isNarrow(by keys: Set<String> = Self.narrowing) -> Bool {
    (document?.members ?? [:]).contains { name, conditions in
      conditions.members.contains { key, values in
        keys.contains(key.lowercased()) && isNarrow(name.lowercased(), key.lowercased(), values)
      }
    }
  }

  /// The values that a key must have, by a condition that narrows.
  func values(of key: String) -> [String] {
    (document?.members ?? [:]).flatMap { name, conditions in
      conditions.members.filter { $0.key.lowercased() == key && isNarrow(name.lowercased(), key, $0.value) }
        .flatMap { Self.strings($0.value) }
    }
  }

  /// The accounts for which a service of AWS may act, by the conditions that narrow; an ARN without an account has none.
  var accountsOfServices: [String] {
    let arns = values(of: "aws:sourcearn").compactMap { text -> String? in
      let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
      return parts.count == 6 && !parts[4].isEmpty ? String(parts[4]) : nil
    }
    return ["aws:sourceaccount", "aws:sourceowner"].flatMap(values) + arns
  }

  private func isNarrow(_ name: String, _ key: String, _ values: JSONValue) -> Bool {
    let name = name.hasPrefix("foranyvalue:") ? String(name.dropFirst("foranyvalue:".count)) : name
    let strings = Self.strings(values)
    guard !strings.isEmpty, strings.count == values.items.count else { return false }
    if key == Self.address { return name == "ipaddress" && strings.allSatisfy(Self.isNarrowRange) }
    let isOfArns = Self.arns.contains(name)
    if Self.names.contains(key) {
      return (isOfArns || Self.texts.contains(name))
        && strings.allSatisfy { Self.isNarrowName($0, byParts: isOfArns) }
    }
    return (isOfArns || Self.texts.contains(name)) && strings.allSatisfy(Self.isFixed)
  }

  private static func strings(_ values: JSONValue) -> [String] {
    values.items.compactMap { $0.string ?? $0.integer.map { "\($0)" } }
  }

  /// True for a text without wildcards and variables.
  static func isFixed(_ text: String) -> Bool {
    !text.isEmpty && !text.contains { $0 == "*" || $0 == "?" } && !text.contains("${")
  }

  /// True for an ARN of one account, whatever its resource, and for a fixed ARN without an account.
  ///
  /// `ArnLike` compares the six parts one by one; with `StringLike` a star can stand for several parts.
  private static func isNarrowName(_ text: String, byParts: Bool) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 6, parts[0] == "arn", isFixed(parts[1]), isFixed(parts[2]) else { return false }
    guard !parts[4].isEmpty else { return isFixed(text) }
    return isFixed(parts[4]) && (byParts || parts[3].isEmpty || isFixed(parts[3])) && !text.contains("${")
  }

  /// True for an address and for a range of at most a 256th of IPv4's addresses, or a provider's share of IPv6's.
  private static func isNarrowRange(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let address = parts.first, parts.count <= 2 else { return false }
    var bytes = in6_addr()
    let (width, least): (Int, Int)
    if inet_pton(AF_INET, address, &bytes) == 1 {
      (width, least) = (32, 8)
    } else if inet_pton(AF_INET6, address, &bytes) == 1 {
      (width, least) = (128, 32)
    } else {
      return false
    }
    guard parts.count == 2 else { return true }
    return Int(parts[1]).map { (least...width).contains($0) } ?? false
  }
}
