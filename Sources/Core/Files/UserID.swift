/// The identifier that the application gives to a user: 1 to 128 printable ASCII characters without a space.
///
/// ```swift
/// let user = UserID("auth0|64b7f0a1")
/// user?.description  // auth0|64b7f0a1
/// user?.written  // auth0~7C64b7f0a1
/// UserID(written: "auth0~7C64b7f0a1") == user  // true
/// ```
public struct UserID: Hashable, Sendable, CustomStringConvertible {
  /// The identifier as the application gives it; the database, tokens, logs and JSON contain this form.
  public let description: String

  /// The largest length of `written`, in bytes.
  public static let maximumWrittenBytes = 256
  /// The form of an identifier, for messages.
  public static let expected =
    "1 to 128 printable ASCII characters without spaces, neither . nor .., at most 256 bytes in the written form"

  /// Nil if `text` is not 1 to 128 printable ASCII characters without a space, is `.` or `..`, or is longer than 256
  /// bytes in the written form.
  public init?(_ text: String) {
    let bytes = text.utf8
    guard (1...128).contains(bytes.count), text != ".", text != "..",
      bytes.allSatisfy({ (0x21...0x7E).contains($0) }),
      bytes.count + 2 * bytes.count(where: { !Self.standsForItself($0) }) <= Self.maximumWrittenBytes
    else { return nil }
    description = text
  }

  /// Nil if `text` is not the written form of an identifier.
  ///
  /// A character that stands for itself must not be escaped, and the digits of an escape must be uppercase. Each user
  /// therefore has exactly one written form.
  public init?(written text: String) {
    guard (1...Self.maximumWrittenBytes).contains(text.utf8.count),
      let plain = Self.unescaped(text, allows: Self.standsForItself), let user = UserID(plain), user.written == text
    else { return nil }
    self = user
  }

  /// Nil if `component` names no user: a component of a URL path after percent-decoding.
  ///
  /// The component is the written form. Characters other than `~` and `/` may also stand for themselves, because a
  /// client can percent-encode them: `auth0%7C64b7f0a1` names the same user as `auth0~7C64b7f0a1`.
  public init?(pathComponent component: String) {
    guard (1...Self.maximumWrittenBytes).contains(component.utf8.count),
      let plain = Self.unescaped(component, allows: { $0 != UInt8(ascii: "/") })
    else { return nil }
    self.init(plain)
  }

  /// The identifier in keys, URLs and cookies: every character outside `[A-Za-z0-9._@-]` is `~` and two uppercase
  /// hexadecimal digits.
  public var written: String {
    guard !description.utf8.allSatisfy(Self.standsForItself) else { return description }
    var bytes: [UInt8] = []
    for byte in description.utf8 {
      if Self.standsForItself(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "~"), Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Returns `text` with each escape replaced by its character; nil for a malformed escape, an escape of a character
  /// that stands for itself, or another character that is not allowed.
  private static func unescaped(_ text: String, allows isAllowed: (UInt8) -> Bool) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "~") else {
        guard isAllowed(byte) else { return nil }
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digits.firstIndex), let low = rest.popFirst().flatMap(digits.firstIndex),
        !standsForItself(UInt8(high << 4 | low))
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  /// True if the written form contains the character unchanged.
  private static func standsForItself(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
