/// The value of a `Content-Disposition` header, which makes every browser save the file under its own name.
///
/// ```swift
/// let header = ContentDisposition(named: "Büro 1.pdf")
/// header.description  // attachment; filename="B_ro 1.pdf"; filename*=UTF-8''B%C3%BCro%201.pdf
/// ContentDisposition(.inline, named: "a.png").description  // inline; filename="a.png"
/// ```
///
/// Source: https://www.rfc-editor.org/rfc/rfc6266#section-4, https://www.rfc-editor.org/rfc/rfc8187#section-3.2
public struct ContentDisposition: Hashable, Sendable, CustomStringConvertible {
  /// The way in which a browser handles a downloaded file.
  public enum Kind: String, Sendable {
    /// The browser shows the file if it can.
    case inline
    /// The browser saves the file.
    case attachment
  }

  /// The header value in printable ASCII, for any name.
  public let description: String

  /// Creates the header value for a download named `name`.
  ///
  /// `filename` serves clients that do not support `filename*`: it has `_` in place of each character outside ASCII,
  /// and in place of quotes, backslashes and percent signs, which could end or change the quoted string.
  public init(_ kind: Kind = .attachment, named name: String) {
    let plain = name.unicodeScalars.map { Self.isPlain($0) ? Character($0) : "_" }
    let fallback = "\(kind.rawValue); filename=\"\(String(plain))\""
    let isEnough = name.unicodeScalars.allSatisfy(Self.isPlain)
    description = isEnough ? fallback : fallback + "; filename*=UTF-8''" + Self.encoded(name)
  }

  /// Returns true for printable ASCII, except characters that are special in a quoted string or that clients decode
  /// there.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6266#appendix-D
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    (0x20...0x7E).contains(scalar.value) && !["\"", "\\", "%"].contains(scalar)
  }

  /// Returns `name` percent-encoded, except for the characters of `attr-char`.
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
