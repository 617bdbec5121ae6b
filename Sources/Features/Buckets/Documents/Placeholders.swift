import Core
import S3

/// The values of the settings that documents name as `${…}`.
///
/// A name with a colon, such as `${aws:username}`, is a variable of the store's policies and stays.
struct Placeholders {
  enum Value {
    case text(String)
    /// Several values of an array; a rule whose array becomes empty applies to nothing and is left out.
    case list([String])
    case flag(Bool)
    /// The setting that is missing.
    case unset(String)
  }

  let values: [String: Value]

  init(_ settings: Settings, _ role: BucketRole) {
    let names = settings.buckets
    let region = settings.store.region
    let isAnybody = settings.corsOrigins.contains("*")
    values = [
      "bucket": .text(role.name(in: names)), "raw": .text(names.raw), "processed": .text(names.processed),
      "backups": .text(names.backups), "logs": .text(names.logs),
      "account": settings.store.account.map { .text($0) } ?? .unset("STOWAGE_AWS_ACCOUNT"),
      "region": .text(region),
      "partition": .text(region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"),
      "origins": .list(settings.corsOrigins),
      // After a redirect from one foreign origin to another, browsers send `Origin: null`.
      // Source: https://fetch.spec.whatwg.org/#http-redirect-fetch
      "redirected-origins": .list(settings.corsOrigins.isEmpty || isAnybody ? [] : ["null"]),
      "upload-headers": .list(settings.uploads.headers.map(\.rawValue)),
      "page-headers": .list(settings.corsHeaders.map(\.description)),
      // If Ceph blocks public ACLs, Ceph refuses every PUT with an ACL, even a private one.
      "block-public-acls": .flag(settings.store.kind != .ceph),
    ]
  }

  /// A placeholder that cannot be filled; the text names it.
  struct Unfillable: Error {
    let text: String
  }

  /// Returns the document with all placeholders filled; nil if no rule is left.
  func filled(_ value: JSONValue) throws(Unfillable) -> JSONValue? {
    switch value {
    case .number, .flag: return value
    case .text(let text): return try filled(text)
    case .array(let items):
      var filledItems: [JSONValue] = []
      for item in items {
        if case .text(let text) = item, let name = Self.name(text), case .list(let list)? = values[name] {
          filledItems += list.map { .text($0) }
        } else if let item = try filled(item) {
          filledItems.append(item)
        }
      }
      return filledItems.isEmpty && !items.isEmpty ? nil : .array(filledItems)
    case .object(let members):
      var filledMembers: [String: JSONValue] = [:]
      for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        guard let value = try filled(value) else { return nil }
        filledMembers[name] = value
      }
      return .object(filledMembers)
    }
  }

  private func filled(_ text: String) throws(Unfillable) -> JSONValue {
    if let name = Self.name(text), case .flag(let flag)? = values[name] { return .flag(flag) }
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "${") {
      result += rest[..<start.lowerBound]
      let tail = rest[start.upperBound...]
      guard let end = tail.firstIndex(of: "}") else { throw Unfillable(text: "'\(text)': ${ without }") }
      result += try word(String(tail[..<end]), in: text)
      rest = tail[tail.index(after: end)...]
    }
    return .text(result + rest)
  }

  private func word(_ name: String, in text: String) throws(Unfillable) -> String {
    if name.contains(":") { return "${\(name)}" }
    switch values[name] {
    case .text(let value): return value
    case .flag(let flag): return String(flag)
    case .list: throw Unfillable(text: "'\(text)': ${\(name)} is a list; write it alone, as an item of an array")
    case .unset(let setting): throw Unfillable(text: "'\(text)': ${\(name)} needs \(setting)")
    case nil:
      let known = values.keys.sorted().map { "${\($0)}" }.joined(separator: ", ")
      throw Unfillable(text: "'\(text)': nobody sets ${\(name)}; known are \(known)")
    }
  }

  /// The name of the placeholder that makes up the whole text.
  private static func name(_ text: String) -> String? {
    guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
    let name = text.dropFirst(2).dropLast()
    return name.contains("}") ? nil : String(name)
  }
}
