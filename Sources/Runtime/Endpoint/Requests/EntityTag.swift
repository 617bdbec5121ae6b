public import Core
public import FastCGI
import Signing

/// A strong entity tag: identifies a state of a resource by the bytes of its representation.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
  /// The value of the header, including the quotes.
  public let description: String

  /// The entity tag that `Response.record` sends for `value`.
  public init(ofRecord value: some Encodable) { self.init(of: JSON.encode(value)) }

  init(of bytes: [UInt8]) { description = "\"\(SHA256.hexadecimal(of: bytes).prefix(32))\"" }
}

/// The value of If-Match or If-None-Match: `*` or a list of entity tags.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
struct TagCondition: Sendable {
  /// The listed tags; empty for `*`.
  private var tags: [(tag: Substring.UTF8View, isWeak: Bool)] = []

  /// Parses a value; nil unless `text` is `*` or a list of at least one tag.
  init?(_ text: String) {
    var rest = text.utf8[...]
    rest.skipBlanks()
    if rest.popFirst(ifIn: "*") {
      rest.skipBlanks()
      guard rest.isEmpty else { return nil }
      return
    }
    // List elements may be empty: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1.2
    repeat {
      rest.skipBlanks()
      if let first = rest.first, first != UInt8(ascii: ",") {
        guard let tag = Self.takeTag(from: &rest) else { return nil }
        tags.append(tag)
        rest.skipBlanks()
      }
    } while rest.popFirst(ifIn: ",")
    guard rest.isEmpty, !tags.isEmpty else { return nil }
  }

  /// True if the condition is `*` or lists `tag`; weak tags match only if `isWeakEnough`.
  func names(_ tag: @autoclosure () -> EntityTag, isWeakEnough: Bool) -> Bool {
    guard !tags.isEmpty else { return true }
    let wanted = tag().description.utf8
    return tags.contains { $0.tag.elementsEqual(wanted) && (isWeakEnough || !$0.isWeak) }
  }

  /// Reads a tag including its quotes, and true if `W/` precedes the tag.
  private static func takeTag(from rest: inout Substring.UTF8View) -> (tag: Substring.UTF8View, isWeak: Bool)? {
    let isWeak = rest.starts(with: "W/".utf8)
    if isWeak { rest = rest.dropFirst(2) }
    let tag = rest
    guard rest.popFirst(ifIn: "\"") else { return nil }
    rest = rest.drop { $0 != UInt8(ascii: "\"") && $0 > 0x20 && $0 != 0x7F }
    guard rest.popFirst(ifIn: "\"") else { return nil }
    return (tag[..<rest.startIndex], isWeak)
  }
}

extension Substring.UTF8View {
  fileprivate mutating func skipBlanks() { self = drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }

  /// Removes the first byte if it is one of `bytes`; returns true if it did.
  fileprivate mutating func popFirst(ifIn bytes: String) -> Bool {
    guard let first, bytes.utf8.contains(first) else { return false }
    removeFirst()
    return true
  }
}

/// The If-Match and If-None-Match conditions of a request.
public struct Precondition: Sendable {
  private let match: TagCondition?
  private let noneMatch: TagCondition?

  /// Reads the conditions of a request that changes state.
  ///
  /// Throws `invalidRequest` for a malformed condition, because the request would otherwise proceed unconditionally.
  fileprivate init(of request: Request) throws(StorageError) {
    match = try request.condition("If-Match")
    noneMatch = try request.condition("If-None-Match")
  }

  /// True if the conditions allow the request for a resource in the state of `tag`.
  public func holds(for tag: @autoclosure () -> EntityTag) -> Bool {
    (match?.names(tag(), isWeakEnough: false) ?? true) && !(noneMatch?.names(tag(), isWeakEnough: true) ?? false)
  }
}

extension Request {
  /// Returns the conditions for a change; several header lines of one name form one list.
  ///
  /// Throws `invalidRequest` if a condition is empty or malformed.
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
  public func precondition() throws(StorageError) -> Precondition { try Precondition(of: self) }

  /// True if If-None-Match lists `tag`, so that the client already has this state; false if it is malformed.
  func knows(_ tag: EntityTag) -> Bool {
    header("If-None-Match").flatMap { TagCondition($0) }?.names(tag, isWeakEnough: true) ?? false
  }

  /// True unless If-Match is present and does not list `tag`.
  func admits(_ tag: EntityTag) throws(StorageError) -> Bool {
    try condition("If-Match")?.names(tag, isWeakEnough: false) ?? true
  }

  fileprivate func condition(_ name: String) throws(StorageError) -> TagCondition? {
    guard let text = header(name) else { return nil }
    guard let condition = TagCondition(text) else {
      throw .invalidRequest("\(name): must be * or a list of ETags, each in its quotes")
    }
    return condition
  }
}
