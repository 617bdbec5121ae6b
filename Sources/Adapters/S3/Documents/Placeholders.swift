/// The values that documents name as `${…}`.
///
/// A name with a colon, such as `${aws:username}`, is a variable of the store's policies and stays.
public struct Placeholders: Sendable {
  /// The value of a name.
  public enum Value: Sendable {
    /// A text, which may stand inside another text.
    case text(String)
    /// Several values of an array; a rule whose array becomes empty applies to nothing and is left out.
    case list([String])
    /// A flag, which stands alone.
    case flag(Bool)
    /// The setting that is missing.
    case unset(String)
  }

  let values: [String: Value]

  /// Fills documents with these values, by name.
  public init(_ values: [String: Value]) { self.values = values }

  /// A placeholder that cannot be filled; the text names it.
  public struct Unfillable: Error {
    /// The problem, for an administrator.
    public let text: String
  }

  /// Returns the document with all placeholders filled; nil if no rule is left.
  public func filled(_ value: JSONValue) throws(Unfillable) -> JSONValue? {
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
