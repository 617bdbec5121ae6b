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

  /// Whether `list`, the value of If-Match or If-None-Match, names it; a weak tag of the list counts where `isWeakEnough`.
  ///
  /// A list that is malformed names nothing behind the fault.
  func isNamed(in list: String, isWeakEnough: Bool) -> Bool {
    var rest = list.utf8[...]
    while true {
      rest = rest.drop { [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ",")].contains($0) }
      let isWeak = rest.starts(with: "W/".utf8)
      if isWeak { rest = rest.dropFirst(2) }
      guard rest.first == UInt8(ascii: "\""), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\"")) else {
        return false
      }
      let next = rest.index(after: end)
      if rest[..<next].elementsEqual(description.utf8), isWeakEnough || !isWeak { return true }
      rest = rest[next...]
    }
  }
}

extension Request {
  /// Whether If-None-Match names `tag`: the client has just that.
  func knows(_ tag: EntityTag) -> Bool {
    guard let list = header("If-None-Match") else { return false }
    return list == "*" || tag.isNamed(in: list, isWeakEnough: true)
  }

  /// Whether what is asked for may be done to a resource of this state: it may where there is no If-Match, or one that names
  /// it.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
  public func expects(_ tag: @autoclosure () -> EntityTag) -> Bool {
    guard let list = header("If-Match") else { return true }
    return list == "*" || tag().isNamed(in: list, isWeakEnough: false)
  }
}
