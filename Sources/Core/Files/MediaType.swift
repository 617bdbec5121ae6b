/// The text of media types, as clients send them and as Stowage stores them.
///
/// ```swift
/// MediaType.essence(" Image/PNG;charset=UTF-8")  // image/png
/// MediaType.isSpecific("binary/octet-stream")  // false
/// ```
public enum MediaType {
  /// The maximum length of a media type, in bytes. Source: https://www.rfc-editor.org/rfc/rfc6838#section-4.2
  public static let maximumBytes = 127

  /// Returns the media type in lower case, without parameters and surrounding white space.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1
  public static func essence(_ text: String) -> String {
    let type = text.utf8.prefix { $0 != UInt8(ascii: ";") }
    let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    guard let first = type.firstIndex(where: { !isSpace($0) }),
      let last = type.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(decoding: type[first...last], as: UTF8.self).lowercased()
  }

  /// Returns false for the values that clients send if they do not know the type of a file.
  ///
  /// Browsers send an empty value, HTTP libraries and stores `…/octet-stream`, and pickers on telephones `*/*`.
  public static func isSpecific(_ essence: String) -> Bool { !unspecific.contains(essence) }

  private static let unspecific: Set = [
    "", "*/*", "application/octet-stream", "application/octetstream", "application/x-octet-stream",
    "binary/octet-stream", "application/binary", "application/x-binary", "application/download",
    "application/x-download", "application/force-download", "application/x-force-download", "application/unknown",
    "application/x-unknown", "application/x-unknown-content-type", "unknown/unknown", "content/unknown",
  ]

  /// Returns true if `text` is a media type in lower case without parameters.
  public static func isValid(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && text.utf8.count <= maximumBytes && parts.allSatisfy(isName)
  }

  /// Returns true if `text` is one half of a media type, in lower case.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6838#section-4.2
  static func isName(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$&-^_.+".utf8.contains(byte)
        }
      }
  }
}
