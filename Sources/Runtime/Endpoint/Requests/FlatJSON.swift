/// The members of a small JSON object in its plainest form, which is how nearly every client writes it.
///
/// Plain are strings without escapes and whole numbers of up to 18 digits, without a sign, in an object without further
/// objects or lists. Nil for every other text: `Request.json` then reads or refuses the text by the complete rules. So
/// this reader decides about speed only, never about what is accepted.
public struct FlatJSON {
  private enum Value {
    case text(Range<Int>)
    case number(Int64)
  }

  /// The maximum number of members; a larger object is not read here.
  static let maximumMembers = 8

  private let text: [UInt8]
  private var members: [(name: Range<Int>, value: Value)] = []

  init?(_ text: [UInt8], within limits: JSONLimits) {
    self.text = text
    members.reserveCapacity(Self.maximumMembers)
    var cursor = Cursor(text: text, limits: limits)
    guard cursor.take("{") else { return nil }
    repeat {
      guard let name = cursor.string(atMost: limits.nameBytes), cursor.take(":"), let value = Self.value(at: &cursor),
        members.count < min(Self.maximumMembers, limits.members, limits.values - 1), !hasMember(name)
      else { return nil }
      members.append((name, value))
    } while cursor.take(",")
    guard cursor.take("}"), cursor.isAtEnd else { return nil }
  }

  /// Returns the value of a string member; nil if it is absent, is a number, or is not UTF-8.
  public func string(_ name: StaticString) -> String? {
    guard case .text(let range)? = self[name] else { return nil }
    return text.withUnsafeBufferPointer { String(validating: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
  }

  /// Returns the value of a number member; nil if it is absent or is a string.
  public func number(_ name: StaticString) -> Int64? {
    guard case .number(let number)? = self[name] else { return nil }
    return number
  }

  /// True if every member has one of `names`.
  public func hasOnly(_ names: StaticString...) -> Bool {
    members.allSatisfy { member in names.contains { isName(member.name, $0) } }
  }

  /// True if the object has a member of this name.
  public func has(_ name: StaticString) -> Bool { self[name] != nil }

  private subscript(_ name: StaticString) -> Value? { members.first { isName($0.name, name) }?.value }

  private func isName(_ range: Range<Int>, _ name: StaticString) -> Bool {
    name.withUTF8Buffer { $0.elementsEqual(text[range]) }
  }

  private func hasMember(_ name: Range<Int>) -> Bool {
    members.contains { $0.name.count == name.count && text[$0.name] == text[name] }
  }

  private static func value(at cursor: inout Cursor) -> Value? {
    if let range = cursor.string(atMost: cursor.limits.stringBytes) { return .text(range) }
    return cursor.number().map(Value.number)
  }
}

/// A position in a JSON text.
private struct Cursor {
  let text: [UInt8]
  let limits: JSONLimits
  private var position = 0

  init(text: [UInt8], limits: JSONLimits) {
    self.text = text
    self.limits = limits
  }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == text.count
    }
  }

  /// Advances past `byte` and white space before it; returns false if something else is there.
  mutating func take(_ byte: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < text.count, text[position] == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  /// Advances past a string and returns the place of its content; nil, without advancing, for another value, an escape, a
  /// control character or a longer string.
  mutating func string(atMost limit: Int) -> Range<Int>? {
    skipSpace()
    guard position < text.count, text[position] == UInt8(ascii: "\"") else { return nil }
    let start = position + 1
    var end = start
    while end < text.count, text[end] != UInt8(ascii: "\"") {
      guard text[end] >= 0x20, text[end] != UInt8(ascii: "\\") else { return nil }
      end += 1
    }
    guard end < text.count, end - start <= limit else { return nil }
    position = end + 1
    return start..<end
  }

  /// Advances past a whole number without a sign; nil for another value, a leading zero, or more than 18 digits.
  mutating func number() -> Int64? {
    let start = position
    var number: Int64 = 0
    while position < text.count, (48...57).contains(text[position]) {
      guard position - start < min(18, limits.numberBytes) else { return nil }
      number = number * 10 + Int64(text[position] - 48)
      position += 1
    }
    guard position > start, position == start + 1 || text[start] != 48 else { return nil }
    return number
  }

  private mutating func skipSpace() {
    while position < text.count {
      switch text[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }
}
