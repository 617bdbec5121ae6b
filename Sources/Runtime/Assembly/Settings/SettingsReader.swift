import Configuration
import Core
import Foundation

/// Reads settings and collects all problems, so that an administrator sees them at once.
struct SettingsReader {
  /// An effective setting, as `stowage config` lists it.
  struct Entry {
    let name: String
    let value: String
    let isDefault: Bool
  }

  private(set) var problems: [String] = []
  private(set) var entries: [Entry] = []
  /// The names of all settings that were read.
  private(set) var names: Set<String> = []
  /// The variables that AWS's SDKs read to find credentials.
  let providerVariables: [String: Secret]
  private let reader: ConfigReader

  init(_ values: [String: String]) {
    providerVariables = values.filter { $0.key.hasPrefix("AWS_") || $0.key == "HOME" }.mapValues { Secret($0) }
    reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: values))
  }

  /// Returns the parsed value of `name`; if the setting is absent or empty, the parsed `fallback`.
  ///
  /// A missing value without a fallback, and a value that `parse` rejects, is recorded as a problem that states what
  /// was `expected`. `showing` returns what people may see of a value that holds a secret.
  mutating func value<Value>(
    _ name: String,
    _ expected: String,
    fallback: String? = nil,
    isSecret: Bool = false,
    showing: ((Value) -> String)? = nil,
    parse: (String) -> Value?
  ) -> Value? {
    let isSecret = isSecret || showing != nil
    let given = given(name, isSecret: isSecret)
    guard let text = given ?? fallback else {
      problems.append("\(name): not set; expected \(expected)")
      return nil
    }
    guard let value = parse(text) else {
      problems.append("\(name): \(isSecret ? "its value" : "'\(text)'") is invalid; expected \(expected)")
      return nil
    }
    let shown = showing?(value) ?? (isSecret && given != nil ? "(set)" : text)
    entries.append(Entry(name: name, value: shown, isDefault: given == nil))
    return value
  }

  /// Returns the value of `name`; nil if it is absent or empty.
  private mutating func given(_ name: String, isSecret: Bool) -> String? {
    names.insert(name)
    let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
    return reader.string(forKey: key, isSecret: isSecret).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Records a problem if a setting of earlier versions is still there.
  mutating func refuse(_ former: String, _ advice: String) {
    if given(former, isSecret: true) != nil { report("\(former): no setting any more; \(advice)") }
  }

  /// Returns the parsed value of an optional setting; nil if it is absent or `none`.
  mutating func optional<Value>(
    _ name: String,
    _ expected: String,
    isSecret: Bool = false,
    parse: (String) -> Value?
  ) -> Value? {
    let parsed: Value?? = value(name, expected, fallback: "none", isSecret: isSecret) { text in
      text == "none" ? .some(nil) : parse(text).map { .some($0) }
    }
    return parsed ?? nil
  }

  /// Records a problem that concerns several settings.
  mutating func report(_ problem: String) { problems.append(problem) }

  mutating func text(_ name: String, _ expected: String, fallback: String? = nil) -> String? {
    value(name, expected, fallback: fallback) { $0 }
  }

  mutating func integer(_ name: String, _ range: ClosedRange<Int>, unit: String, fallback: Int) -> Int {
    value(name, "\(unit), \(range.lowerBound) to \(range.upperBound)", fallback: String(fallback)) { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    } ?? fallback
  }

  mutating func choice<Value: RawRepresentable & CaseIterable>(
    _ name: String,
    fallback: Value
  ) -> Value where Value.RawValue == String {
    let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
    return value(name, "one of \(names)", fallback: fallback.rawValue) { Value(rawValue: $0) } ?? fallback
  }

  mutating func url(_ name: String, fallback: String? = nil) -> String? {
    value(name, "an http or https URL without path, query or trailing slash", fallback: fallback) { Self.origin($0) }
  }

  mutating func path(_ name: String, fallback: String? = nil) -> String? {
    value(name, "an absolute path", fallback: fallback) { $0.hasPrefix("/") ? $0 : nil }
  }

  mutating func list<Value>(
    _ name: String,
    _ expected: String,
    fallback: String,
    parse: (String) -> Value?
  ) -> [Value] {
    value(name, expected, fallback: fallback) { text in
      let items = text.split(separator: ",").map { parse($0.trimmingCharacters(in: .whitespaces)) }
      let values = items.compactMap { $0 }
      return values.count == items.count ? values : nil
    } ?? []
  }

  /// Returns `text` if it consists of scheme, host and optionally a port; else nil.
  static func origin(_ text: String) -> String? {
    guard let url = URLComponents(string: text), ["http", "https"].contains(url.scheme), let host = url.host,
      !host.isEmpty, url.path.isEmpty, url.query == nil, url.fragment == nil, url.user == nil
    else { return nil }
    return text
  }
}
