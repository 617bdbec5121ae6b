import Foundation

extension FileName {
  /// Returns `text` in a form that is equal for names that differ only in case or in the composition of accents.
  ///
  /// Both the stored name and the search text are folded, so the database compares bytes only. The conversion to upper
  /// case turns `ß` into `ss`, and all forms of sigma into one. The conversion to lower case before makes `ẞ` a `ß`.
  ///
  /// ```swift
  /// FileName.folded("Straße") == FileName.folded("STRASSE")  // true
  /// ```
  ///
  /// Source: https://www.unicode.org/reports/tr15/, https://www.unicode.org/versions/latest/core-spec/chapter-5/#G21790
  public static func folded(_ text: String) -> String {
    // ASCII has no composed characters, and one lower-case form of each letter.
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    return text.precomposedStringWithCanonicalMapping.lowercased().uppercased().lowercased()
      .precomposedStringWithCanonicalMapping
  }
}
