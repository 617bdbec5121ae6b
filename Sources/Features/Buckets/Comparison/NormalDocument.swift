import Foundation
import S3

/// A document in a form in which equal rules are equal values: without order, and without defaults that servers add.
struct NormalDocument: Hashable {
  /// The rules and the other members, by the name with which reports call them.
  private(set) var parts: [String: JSONValue] = [:]
  /// The names of the parts that are rules, each with the name in the document; rules of others can stand beside them.
  private(set) var named: [String: String] = [:]

  init(_ kind: DocumentKind, _ document: JSONValue) {
    for part in DocumentPart.all(kind, document) {
      guard let value = Normal.value(part.value, kind) else { continue }
      parts[part.name] = value
      if part.isRule { named[part.name] = part.givenName }
    }
  }

  /// The document as one line of JSON, the same for equal rules.
  var json: String { JSONValue.object(parts).json() }
}

/// A rule of a document or a member beside the rules.
struct DocumentPart {
  let name: String
  let value: JSONValue
  /// The member of the document that lists this rule; nil for a member beside the rules.
  let list: String?
  /// The name in the document, which several rules can have.
  var givenName = ""
  var isRule: Bool { list != nil }

  /// The members that list rules, each with the member that names a rule.
  static func lists(_ kind: DocumentKind) -> [String: String] {
    switch kind {
    case .lifecycle: ["Rules": "ID"]
    case .cors: ["CORSRules": "ID"]
    case .policy: ["Statement": "Sid"]
    case .notification:
      ["TopicConfigurations": "Id", "QueueConfigurations": "Id", "LambdaFunctionConfigurations": "Id"]
    case .encryption, .ownership, .publicAccessBlock, .versioning, .logging: [:]
    }
  }

  /// Returns the parts of a document; a rule without a name gets one from its content, and a repeated name a number.
  static func all(_ kind: DocumentKind, _ document: JSONValue) -> [DocumentPart] {
    let lists = lists(kind)
    var parts: [DocumentPart] = []
    var uses: [String: Int] = [:]
    for (member, value) in document.members.sorted(by: { $0.key < $1.key }) {
      if let id = lists[member] {
        for rule in value.items {
          let name = rule[id]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? unnamed + rule.json()
          let use = uses[name, default: 0] + 1
          uses[name] = use
          let unique = use == 1 ? name : "\(name) (\(use))"
          parts.append(DocumentPart(name: unique, value: rule, list: member, givenName: name))
        }
      } else if [.encryption, .ownership].contains(kind), member == "Rules" {
        // Both kinds have one rule without a name.
        for rule in value.items {
          parts += rule.members.sorted { $0.key < $1.key }.map {
            DocumentPart(name: $0.key, value: $0.value, list: nil)
          }
        }
      } else if kind != .policy {
        parts.append(DocumentPart(name: member, value: value, list: nil))
      }
    }
    return parts
  }

  private static let unnamed = "rule without a name "

  /// True if this rule has no name in the document.
  static func isUnnamed(_ name: String) -> Bool { name.hasPrefix(unnamed) }
}

/// The normal form of the value of a part.
private enum Normal {
  static func value(_ value: JSONValue, _ kind: DocumentKind) -> JSONValue? {
    switch kind {
    case .lifecycle: value.members.isEmpty ? member(value) : lifecycle(value)
    case .policy: statement(value)
    case .cors: cors(value)
    case .logging: logging(value)
    // EventBridgeConfiguration switches something on, though it has no members.
    case .notification: value.members.isEmpty ? value : member(value)
    case .publicAccessBlock, .versioning, .encryption, .ownership: member(value)
    }
  }

  /// The values that a server may add, or leave out.
  private static let defaults: Set<JSONValue> = [
    .flag(false), .text("Disabled"), .text("all_storage_classes_128K"), .array([]), .object([:]),
  ]

  private static func member(_ value: JSONValue) -> JSONValue? {
    let sorted = sorted(value)
    return defaults.contains(sorted) || sorted == .object(["EncryptionType": .array([.text("NONE")])]) ? nil : sorted
  }

  /// Sorts all arrays: none of the kinds has an array whose order matters, except CORS rules, which are parts.
  private static func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let items): .array(Set(items.map { sorted($0) }).sorted { $0.json() < $1.json() })
    case .object(let members): .object(members.mapValues { sorted($0) })
    default: value
    }
  }

  private static func lifecycle(_ rule: JSONValue) -> JSONValue {
    var result = rule
    let filter = rule["Filter"]?.members ?? [:]
    var conditions = filter.merging(filter["And"]?.members ?? [:]) { first, _ in first }
    if let prefix = rule["Prefix"] { conditions["Prefix"] = prefix }
    let tags = (conditions["Tag"].map { [$0] } ?? []) + (conditions["Tags"]?.items ?? [])
    for name in ["And", "Tag"] { conditions[name] = nil }
    conditions["Tags"] = tags.isEmpty ? nil : .array(tags)
    if conditions["Prefix"] == .text("") { conditions["Prefix"] = nil }
    result["Prefix"] = nil
    result["Filter"] = .object(conditions)
    if result["Expiration"]?["ExpiredObjectDeleteMarker"] == .flag(false) {
      result["Expiration"]?["ExpiredObjectDeleteMarker"] = nil
    }
    return dates(sorted(withoutEmpty(result)))
  }

  /// Shortens dates at midnight, which servers write with or without a time.
  private static func dates(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let items): .array(items.map { dates($0) })
    case .object(let members):
      .object(
        members.reduce(into: [:]) { result, member in
          if member.key == "Date", let text = member.value.string, text.dropFirst(10).hasPrefix("T00:00:00") {
            result[member.key] = .text(String(text.prefix(10)))
          } else {
            result[member.key] = dates(member.value)
          }
        }
      )
    default: value
    }
  }

  private static func cors(_ rule: JSONValue) -> JSONValue {
    var result = withoutEmpty(rule)
    if result["MaxAgeSeconds"] == .number(0) { result["MaxAgeSeconds"] = nil }
    for name in ["AllowedHeaders", "ExposeHeaders"] {
      guard let items = result[name]?.items else { continue }
      result[name] = .array(items.map { $0.string.map { .text($0.lowercased()) } ?? $0 })
    }
    return sorted(result)
  }

  private static func logging(_ value: JSONValue) -> JSONValue? {
    var result = value
    if let format = value["TargetObjectKeyFormat"], format["PartitionedPrefix"] == nil {
      result["TargetObjectKeyFormat"] = nil
    }
    return member(result)
  }

  private static func withoutEmpty(_ value: JSONValue) -> JSONValue {
    .object(value.members.filter { ![.array([]), .object([:]), .text("")].contains($0.value) })
  }

  /// Writes every field that takes one value or several as an array.
  ///
  /// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
  private static func statement(_ statement: JSONValue) -> JSONValue {
    .object(
      statement.members.reduce(into: [:]) { result, member in
        switch member.key {
        case "Action", "NotAction", "Resource", "NotResource": result[member.key] = texts(member.value)
        case "Principal", "NotPrincipal":
          let names = member.value.string == nil ? member.value.members : ["AWS": member.value]
          result[member.key] = .object(names.mapValues { principal($0) })
        case "Condition":
          result[member.key] = .object(member.value.members.mapValues { .object($0.members.mapValues { texts($0) }) })
        default: result[member.key] = member.value
        }
      }
    )
  }

  private static func texts(_ value: JSONValue) -> JSONValue {
    sorted(
      .array(
        value.items.map { item in
          switch item {
          case .flag(let flag): .text(String(flag))
          case .number(let number): .text(String(number))
          default: item
          }
        }
      )
    )
  }

  /// Writes an account in the long form, which AWS stores.
  private static func principal(_ value: JSONValue) -> JSONValue {
    texts(
      .array(
        value.items.map { item in
          guard let text = item.string, text.count == 12, text.allSatisfy(\.isWholeNumber) else { return item }
          return .text("arn:aws:iam::\(text):root")
        }
      )
    )
  }
}
