/// The scheme of a link in an OpenDocument file, and whether following it runs something.
///
/// Source: https://wiki.openoffice.org/wiki/Documentation/DevGuide/Scripting/Scripting_Framework_URI_Specification
enum Scheme {
  /// Longer than any that there is.
  private static let maximumLength = 40

  /// In lowercase, without the space, of any length, that readers leave out, and decoded; empty where there is none.
  static func of(_ link: String) -> String {
    var scheme = ""
    // What is encoded twice is no scheme to anybody.
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

  /// Whether the office program dispatches it to a script, a macro, a command or a service of its own.
  static func runs(_ link: String) -> Bool {
    let scheme = of(link)
    guard !scheme.isEmpty else { return false }
    let letters = Array(scheme.utf8)
    guard !letters.contains(text: "script"), !letters.contains(text: "macro") else { return true }
    guard !["service", "slot", "uno", ".uno", "moz-action", "commandid"].contains(scheme) else { return true }
    let own = "vnd.sun.star."
    // Parts of the document itself, its help, and remote files.
    let harmless = ["package", "graphicobject", "embeddedobject", "pkg", "help", "webdav", "webdavs"]
    return scheme.hasPrefix(own) && !harmless.contains(String(scheme.dropFirst(own.count)))
  }
}
