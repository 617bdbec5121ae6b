/// The name of a file as its owner knows it.
///
/// Clients show the name and save downloads under the name; object keys do not contain the name.
public struct FileName: Hashable, Sendable, CustomStringConvertible {
  /// The name, without direction marks at its ends.
  public let description: String

  /// The maximum length in bytes of UTF-8, the limit of common file systems. Source: limits.h, NAME_MAX
  public static let maximumBytes = 255

  /// Throws `invalidRequest` if `text` is empty, too long or a path, or contains characters that control a terminal or
  /// change the direction of text.
  ///
  /// Direction marks and byte order marks at the ends are removed: systems in Hebrew and Arabic add them to names.
  public init(_ text: String) throws(StorageError) {
    func refuse(_ why: String) -> StorageError { .invalidRequest("filename: \(why)") }
    let name = Self.withoutMarks(text)
    guard !name.isEmpty else { throw refuse("must not be empty") }
    guard name.utf8.count <= Self.maximumBytes else {
      throw refuse("must be at most \(Self.maximumBytes) bytes of UTF-8")
    }
    guard name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")),
      !name.utf8.contains(UInt8(ascii: "\\"))
    else {
      throw refuse("must be a plain name, not a path")
    }
    if let (index, scalar) = name.unicodeScalars.enumerated().first(where: { Self.isControl($0.element) }) {
      let place = text.unicodeScalars.prefix(while: Self.isMark).count + index + 1
      throw refuse("must not contain \(Self.words(for: scalar)) at character \(place)")
    }
    description = name
  }

  /// Returns `text` without the marks at its ends and at the ends of its extension.
  ///
  /// Systems with Hebrew or Arabic names put a mark before the dot, so that the extension is shown at the end.
  private static func withoutMarks(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let dot = scalars.lastIndex(of: ".") else { return String(trimmed(scalars[...])) }
    return String(trimmed(scalars[..<dot])) + "." + String(trimmed(scalars[scalars.index(after: dot)...]))
  }

  private static func trimmed(_ scalars: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    guard let first = scalars.firstIndex(where: { !isMark($0) }), let last = scalars.lastIndex(where: { !isMark($0) })
    else { return Substring.UnicodeScalarView() }
    return scalars[first...last]
  }

  /// Returns true for the left-to-right mark, the right-to-left mark and the byte order mark.
  private static func isMark(_ scalar: Unicode.Scalar) -> Bool { [0x200E, 0x200F, 0xFEFF].contains(scalar.value) }

  /// Returns true for C0, DEL, C1, line and paragraph separators, and bidirectional controls.
  ///
  /// Source: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
      true
    default: false
    }
  }

  /// The usual names of control characters, which Unicode itself leaves without a name.
  private static let controls: [UInt32: String] = [
    0x00: "nul", 0x08: "backspace", 0x09: "tab", 0x0A: "line feed", 0x0D: "carriage return", 0x1B: "escape",
    0x7F: "delete",
  ]

  /// Returns the code point and the name of a character, such as `U+202E (right-to-left override)`.
  private static func words(for scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let name = scalar.properties.name ?? controls[scalar.value] ?? "control character"
    return "U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits) (\(name.lowercased()))"
  }
}
