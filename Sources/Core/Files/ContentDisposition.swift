/// The `Content-Disposition` of a download: saved under the name that its owner gave, in every browser.
///
/// Source: https://www.rfc-editor.org/rfc/rfc6266#section-4, https://www.rfc-editor.org/rfc/rfc8187#section-3.2
public struct ContentDisposition: Hashable, Sendable, CustomStringConvertible {
  /// What a browser does with the bytes.
  public enum Kind: String, Sendable {
    /// Shows them where it can.
    case inline
    /// Saves them.
    case attachment
  }

  /// The header's value: printable ASCII, whatever the name is.
  public let description: String

  /// A download named `name`.
  ///
  /// `filename` is what clients that know no `filename*` see: ASCII, everything else as `_`. Neither holds a quote, a
  /// backslash or a percent sign that could end it or be read otherwise.
  public init(_ kind: Kind = .attachment, named name: String) {
    let plain = name.unicodeScalars.map { Self.isPlain($0) ? Character($0) : "_" }
    let fallback = "\(kind.rawValue); filename=\"\(String(plain))\""
    let isEnough = name.unicodeScalars.allSatisfy(Self.isPlain)
    description = isEnough ? fallback : fallback + "; filename*=UTF-8''" + Self.encoded(name)
  }

  /// Printable ASCII but for what means something in a quoted string, or what clients are known to decode in one.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6266#appendix-D
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    (0x20...0x7E).contains(scalar.value) && !["\"", "\\", "%"].contains(scalar)
  }

  /// Percent-encoded but for `attr-char`.
  private static func encoded(_ name: String) -> String {
    name.utf8.reduce(into: "") { text, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      case let byte where "!#$&+-.^_`|~".utf8.contains(byte): text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += digits.count == 1 ? "%0" + digits : "%" + digits
      }
    }
  }
}
