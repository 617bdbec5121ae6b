import Foundation

extension FileName {
  /// `text` without what a search shall not tell apart: case, and whether accents are letters of their own.
  ///
  /// Both a name and what is searched in it are folded, so databases need not know of any letter but by its bytes.
  /// By way of upper case `ß` is `ss`, and a sigma is one wherever it stands; by lower case before that `ẞ` is, too.
  /// Source: https://www.unicode.org/reports/tr15/, https://www.unicode.org/versions/latest/core-spec/chapter-5/#G21790
  public static func folded(_ text: String) -> String {
    // ASCII has nothing to compose, and one lower case.
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    return text.precomposedStringWithCanonicalMapping.lowercased().uppercased().lowercased()
      .precomposedStringWithCanonicalMapping
  }
}
