/// A pattern that finds the user in a path.
///
/// The pattern has one component for each component of the path. A component is plain text, or contains one placeholder
/// with text before and after it: `{user}` once in the pattern, and `*` or another name in braces, such as `{shard}`,
/// for any text of at least one byte. A last component `**` stands for all further components, at least one. Matching
/// is linear, since a component has only one placeholder.
///
/// ```swift
/// try OwnerPattern("{shard}/{user}/**").owner(of: Array("4f/ada/2019/a.jpg".utf8))  // ada, 2019/a.jpg
/// try OwnerPattern("avatars/{user}.*")  // error: two placeholders in a component
/// ```
public struct OwnerPattern: Hashable, Sendable, CustomStringConvertible {
  /// The pattern as text.
  public let description: String
  private let parts: [Part]
  private let hasRest: Bool

  fileprivate struct Part: Hashable, Sendable {
    enum Placeholder { case none, any, user }
    let before: [UInt8]
    let placeholder: Placeholder
    let after: [UInt8]
  }

  /// The explanation of a malformed pattern.
  public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    /// The pattern and the reason.
    public let description: String
  }

  /// Throws if `text` has no `{user}`, more than one of them, or a component with two placeholders.
  public init(_ text: String) throws(Malformed) {
    func refuse(_ why: String) -> Malformed { Malformed(description: "The pattern \(text) \(why).") }
    guard (1...4096).contains(text.utf8.count) else { throw refuse("must have 1 to 4,096 bytes") }
    var texts = text.split(separator: "/", omittingEmptySubsequences: false)
    hasRest = texts.last == "**"
    if hasRest { texts.removeLast() }
    guard !texts.isEmpty, texts.count <= 64 else { throw refuse("must have 1 to 64 components") }
    var parts: [Part] = []
    for component in texts {
      guard !component.isEmpty, component != ".", component != ".." else {
        throw refuse("must have no empty component, no . and no ..")
      }
      guard !component.contains("**") else { throw refuse("can have ** as its last component only") }
      guard let part = Self.part(component) else {
        throw refuse("can have only one placeholder in each component, such as {user}, {name} or *")
      }
      parts.append(part)
    }
    let users = parts.count { $0.placeholder == .user }
    guard users == 1 else { throw refuse(users == 0 ? "must contain {user}" : "must contain {user} only once") }
    self.parts = parts
    description = text
  }

  /// Returns the part for one component; nil if braces are malformed or there are two placeholders.
  private static func part(_ component: Substring) -> Part? {
    guard let start = component.firstIndex(where: { "{*".contains($0) }) else {
      return component.contains("}") ? nil : Part(before: Array(component.utf8), placeholder: .none, after: [])
    }
    var end = component.index(after: start)
    var placeholder = Part.Placeholder.any
    if component[start] == "{" {
      guard let close = component[end...].firstIndex(of: "}") else { return nil }
      let name = component[end..<close]
      guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
        return nil
      }
      placeholder = name == "user" ? .user : .any
      end = component.index(after: close)
    }
    let before = component[..<start]
    let after = component[end...]
    guard !before.contains("}"), !after.contains(where: { "{}*".contains($0) }) else { return nil }
    return Part(before: Array(before.utf8), placeholder: placeholder, after: Array(after.utf8))
  }

  /// Returns the owner of the file at `path`.
  ///
  /// The path below the user's folder follows the component with `{user}`. If that component is the file itself, the
  /// whole path counts.
  public func owner(of path: [UInt8]) -> OwnerRule.Outcome {
    var rest = path[...]
    var found: (name: ArraySlice<UInt8>, below: ArraySlice<UInt8>)?
    for (index, part) in parts.enumerated() {
      let slash = rest.firstIndex(of: UInt8(ascii: "/"))
      let isLast = index == parts.count - 1
      guard (slash == nil) == (isLast && !hasRest) else { return .noFolder }
      let name = rest[..<(slash ?? rest.endIndex)]
      let below = slash.map { rest[($0 + 1)...] } ?? path[...]
      guard let text = part.match(name) else { return .noFolder }
      if part.placeholder == .user { found = (text, below) }
      rest = below
    }
    guard let found else { return .noFolder }
    return OwnerRule.outcome(found.name, below: found.below)
  }
}

extension OwnerPattern.Part {
  /// Returns the bytes that the placeholder stands for, or the whole name of a plain component; nil without a match.
  fileprivate func match(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    if placeholder == .none { return name.elementsEqual(before) ? name : nil }
    guard name.count > before.count + after.count, name.starts(with: before),
      name.suffix(after.count).elementsEqual(after)
    else { return nil }
    return name.dropFirst(before.count).dropLast(after.count)
  }
}
