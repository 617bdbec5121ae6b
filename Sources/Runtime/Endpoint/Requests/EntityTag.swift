public import Core
public import FastCGI
import Signing

/// Names one state of a resource, by the bytes of its representation: a strong validator.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
  /// The header's value, with its quotes.
  public let description: String

  /// The tag of what is sent as `value`, where a response sends it with `Response.record`.
  public init(ofRecord value: some Encodable) { self.init(of: JSON.encode(value)) }

  init(of bytes: [UInt8]) { description = "\"\(SHA256.hexadecimal(of: bytes).prefix(32))\"" }
}

/// What If-Match or If-None-Match names: anything at all, or some tags.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
struct TagCondition: Sendable {
  /// No tags, where it is `*`.
  private var tags: [(tag: Substring.UTF8View, isWeak: Bool)] = []

  /// Nil where `text` is neither `*` nor a list of one tag or more.
  init?(_ text: String) {
    var rest = text.utf8[...]
    rest.skipBlanks()
    if rest.popFirst(ifIn: "*") {
      rest.skipBlanks()
      guard rest.isEmpty else { return nil }
      return
    }
    // Between commas there may be nothing at all: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1.2
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

  /// Whether it names `tag`, or anything at all; weak tags count where `isWeakEnough`.
  func names(_ tag: @autoclosure () -> EntityTag, isWeakEnough: Bool) -> Bool {
    guard !tags.isEmpty else { return true }
    let wanted = tag().description.utf8
    return tags.contains { $0.tag.elementsEqual(wanted) && (isWeakEnough || !$0.isWeak) }
  }

  /// A tag with its quotes, and whether `W/` stands before it.
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

  /// Takes the first byte where it is one of `bytes`.
  fileprivate mutating func popFirst(ifIn bytes: String) -> Bool {
    guard let first, bytes.utf8.contains(first) else { return false }
    removeFirst()
    return true
  }
}

/// What a request wants of a resource's state before it does anything.
public struct Precondition: Sendable {
  private let match: TagCondition?
  private let noneMatch: TagCondition?

  /// Of a request that changes something: a condition that cannot be read throws `invalidRequest`, since the request
  /// would do without it what its sender does not want.
  fileprivate init(of request: Request) throws(StorageError) {
    match = try request.condition("If-Match")
    noneMatch = try request.condition("If-None-Match")
  }

  /// Whether what is asked for may be done to a resource of this state.
  public func holds(for tag: @autoclosure () -> EntityTag) -> Bool {
    (match?.names(tag(), isWeakEnough: false) ?? true) && !(noneMatch?.names(tag(), isWeakEnough: true) ?? false)
  }
}

extension Request {
  /// What If-Match and If-None-Match want of the state that a change begins with; several lines of one are one list.
  ///
  /// Throws `invalidRequest` where one of them is there, and empty or malformed.
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
  public func precondition() throws(StorageError) -> Precondition { try Precondition(of: self) }

  /// Whether If-None-Match names `tag`, so that the client has just that; one that cannot be read names nothing.
  func knows(_ tag: EntityTag) -> Bool {
    header("If-None-Match").flatMap { TagCondition($0) }?.names(tag, isWeakEnough: true) ?? false
  }

  /// Whether a reader, too, may have this state: where If-Match is there, it names it.
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
