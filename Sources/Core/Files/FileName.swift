/// The name of a file as its owner knows it.
///
/// Clients show the name and save downloads under the name; object keys do not contain the name.
public struct FileName: Hashable, Sendable, CustomStringConvertible {
  /// The name, unchanged.
  public let description: String

  /// The maximum length in bytes of UTF-8, the limit of common file systems. Source: limits.h, NAME_MAX
  public static let maximumBytes = 255

  /// Throws `invalidRequest` if `text` is empty, too long or a path, or contains characters that control a terminal or
  /// change the direction of text.
  public init(_ text: String) throws(StorageError) {
    func refuse(_ why: String) -> StorageError { .invalidRequest("filename: \(why)") }
    guard !text.isEmpty else { throw refuse("must not be empty") }
    guard text.utf8.count <= Self.maximumBytes else {
      throw refuse("must be at most \(Self.maximumBytes) bytes of UTF-8")
    }
    guard text != ".", text != "..", !text.utf8.contains(UInt8(ascii: "/")),
      !text.utf8.contains(UInt8(ascii: "\\"))
    else {
      throw refuse("must be a plain name, not a path")
    }
    guard text.unicodeScalars.allSatisfy({ !Self.isControl($0) }) else {
      throw refuse("must not hold control or text-direction characters")
    }
    description = text
  }

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
}
