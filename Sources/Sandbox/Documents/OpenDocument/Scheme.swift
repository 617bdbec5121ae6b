/// The scheme of a link in an OpenDocument file, and the decision whether the link runs code.
///
/// Source: https://wiki.openoffice.org/wiki/Documentation/DevGuide/Scripting/Scripting_Framework_URI_Specification
enum Scheme {
  /// A maximum length above that of every real scheme.
  private static let maximumLength = 40

  /// Returns the scheme of a link in lowercase and percent-decoded, or an empty string.
  ///
  /// Whitespace and format characters are removed, because office programs ignore them.
  static func of(_ link: String) -> String {
    var scheme = ""
    // No program decodes a scheme twice.
    for scalar in PercentEncoding.decoded(link).unicodeScalars {
      if scalar == ":" { return scheme }
      guard scalar.value > 0x20, !scalar.properties.isWhitespace, scalar.properties.generalCategory != .format else {
        continue
      }
      guard scheme.utf8.count < maximumLength, scalar != "/", scalar != "#", scalar != "?" else { return "" }
      scheme += scalar.properties.lowercaseMapping
    }
    return ""
  }

  /// True if the office program passes the link to a script, a macro, an internal command or an internal service.
  static func runs(_ link: String) -> Bool {
    let scheme = of(link)
    guard !scheme.isEmpty else { return false }
    let letters = Array(scheme.utf8)
    guard !letters.contains(text: "script"), !letters.contains(text: "macro") else { return true }
    guard !["service", "slot", "uno", ".uno", "moz-action", "commandid"].contains(scheme) else { return true }
    let own = "vnd.sun.star."
    // The schemes of the document's components, the built-in help, and remote files.
    let harmless = ["package", "graphicobject", "embeddedobject", "pkg", "help", "webdav", "webdavs"]
    return scheme.hasPrefix(own) && !harmless.contains(String(scheme.dropFirst(own.count)))
  }
}
