import Core
import Foundation

extension SettingsReader {
  mutating func corsOrigins(_ environment: Settings.Environment) -> [String] {
    let expected =
      "origins just as browsers send them, such as https://app.example.com or http://localhost:3000 "
      + "(lowercase, no path, no slash at the end, no default port), comma-separated, each once; * alone, in "
      + "development only; or none"
    return value("STOWAGE_CORS_ORIGINS", expected, fallback: "none") { text -> [String]? in
      if text == "none" { return [] }
      if text == "*" { return environment == .development ? [text] : nil }
      let origins = text.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      return origins.allSatisfy(Self.isWebOrigin) && Set(origins).count == origins.count ? origins : nil
    } ?? []
  }

  /// Returns the headers of tracing libraries, and the headers that the setting adds.
  mutating func corsHeaders() -> [HeaderPattern] {
    let expected =
      "names of request headers, or their beginning as x-name-*, up to 32, comma-separated, none beginning with x-amz- "
      + "or stowage-; or none"
    let added = value("STOWAGE_CORS_HEADERS", expected, fallback: "none") { text -> [HeaderPattern]? in
      if text == "none" { return [] }
      let names = text.split(separator: ",", omittingEmptySubsequences: false)
      let patterns = names.compactMap { HeaderPattern($0.trimmingCharacters(in: .whitespaces)) }
      // Pages must not act for other users (Stowage-User).
      let areOthers = !patterns.contains { $0.description.hasPrefix("stowage-") }
      return patterns.count == names.count && names.count <= 32 && areOthers ? patterns : nil
    }
    var patterns = HeaderPattern.tracing
    for pattern in added ?? [] where !patterns.contains(pattern) { patterns.append(pattern) }
    return patterns
  }

  /// True if `text` has the form in which browsers send `Origin`; another form would never match.
  ///
  /// Source: https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
  static func isWebOrigin(_ text: String) -> Bool {
    guard let match = text.wholeMatch(of: /(https?):\/\/([a-z0-9.\-]+|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?/) else {
      return false
    }
    let host = match.2
    guard !host.hasPrefix("."), !host.contains(".."), !host.hasPrefix("-") else { return false }
    guard let port = match.3 else { return true }
    return UInt16(port) != nil && port != (match.1 == "https" ? "443" : "80")
  }
}
