import S3

/// A request as IAM sees it: an action on a resource, with values of condition keys.
struct IAMRequest {
  var action: String
  var resource: String
  var context: [String: String] = [:]
}

/// A judge of IAM policies for the operators that `conf/iam` uses; an operator that it does not know allows nothing.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
struct PolicyEvaluator {
  let document: JSONValue

  /// True if a statement allows the request and none denies it.
  func allows(_ request: IAMRequest) -> Bool {
    let matching = (document["Statement"]?.items ?? []).filter { matches($0, request) }
    return matching.contains { $0["Effect"]?.string == "Allow" }
      && !matching.contains { $0["Effect"]?.string == "Deny" }
  }

  private func matches(_ statement: JSONValue, _ request: IAMRequest) -> Bool {
    func lists(_ member: String, _ text: String, ignoringCase: Bool) -> Bool {
      (statement[member]?.items ?? []).compactMap(\.string).contains { pattern in
        ignoringCase ? Self.fits(text.lowercased(), pattern.lowercased()) : Self.fits(text, pattern)
      }
    }
    return lists("Action", request.action, ignoringCase: true)
      && lists("Resource", request.resource, ignoringCase: false)
      && (statement["Condition"]?.members ?? [:]).allSatisfy { name, keys in
        keys.members.allSatisfy { key, wanted in
          Self.holds(name, request.context[key.lowercased()], wanted.items)
        }
      }
  }

  /// A key that the request does not have makes a condition false, unless the operator ends in `IfExists`.
  private static func holds(_ name: String, _ value: String?, _ wanted: [JSONValue]) -> Bool {
    let isOptional = name.hasSuffix("IfExists")
    guard let value else { return isOptional }
    let texts = wanted.compactMap(\.string)
    switch isOptional ? String(name.dropLast("IfExists".count)) : name {
    case "StringEquals": return texts.contains(value)
    case "NumericLessThanEquals":
      guard let number = Double(value) else { return false }
      return texts.contains { Double($0).map { number <= $0 } ?? false }
    case "Bool": return texts.contains { $0.lowercased() == value.lowercased() }
    default: return false
    }
  }

  /// True if the pattern, in which `*` stands for any text and `?` for a character, fits the whole text.
  static func fits(_ text: String, _ pattern: String) -> Bool {
    let (text, pattern) = (Array(text.utf8), Array(pattern.utf8))
    var (at, place, star, mark) = (0, 0, -1, 0)
    while at < text.count {
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        (star, mark) = (place, at)
        place += 1
      } else if place < pattern.count, pattern[place] == text[at] || pattern[place] == UInt8(ascii: "?") {
        at += 1
        place += 1
      } else if star >= 0 {
        mark += 1
        (at, place) = (mark, star + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
