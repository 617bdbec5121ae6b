public import Core
public import Foundation

/// The settings of this node, and the effective value of each for display.
public struct Configuration: Sendable {
  /// One setting's effective value; secrets show as `(set)`.
  public struct Entry: Sendable {
    /// The key in `conf/stowage.env`.
    public let name: String
    /// The effective value.
    public let value: String
    /// True if the setting is not set and has its default value.
    public let isDefault: Bool
  }

  /// All problems of the configuration.
  public struct Invalid: Error, CustomStringConvertible {
    /// One line per invalid setting, with the expected form.
    public let problems: [String]
    /// The problems as text for an administrator.
    public var description: String {
      "The configuration is not usable:\n" + problems.map { "  - \($0)\n" }.joined()
        + "Every key is explained in conf/stowage.env; `stowage config` shows the values in effect.\n"
    }
  }

  /// The settings.
  public let settings: Settings
  /// Every setting, in the order of `conf/stowage.env`.
  public let entries: [Entry]

  /// Returns the variables of `environment` that another process needs to read the same settings.
  ///
  /// Variables whose value is also in the file of `STOWAGE_CONFIG`, and `STOWAGE_` variables that are not settings, are
  /// removed: an environment is inherited and visible, a file is not, and some values are secrets.
  public static func inherited(from environment: [String: String]) -> [String: String] {
    let file = environment["STOWAGE_CONFIG"].flatMap { $0.isEmpty ? nil : EnvironmentFile(path: $0).values } ?? [:]
    var reader = SettingsReader(file.merging(environment) { _, fromEnvironment in fromEnvironment })
    _ = reader.settings()
    return environment.filter { name, value in
      guard name.hasPrefix("STOWAGE_"), name != "STOWAGE_CONFIG" else { return true }
      return reader.names.contains(name) && file[name] != value
    }
  }

  /// Reads the settings from the file of `STOWAGE_CONFIG`, if it is set, and from the environment, which takes
  /// precedence.
  public static func load(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(Invalid) -> Configuration {
    let file = environment["STOWAGE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }.map { EnvironmentFile(path: $0) }
    let values = (file?.values ?? [:]).merging(environment) { _, fromEnvironment in fromEnvironment }
    var reader = SettingsReader(values)
    let settings = reader.settings()
    let unknown = (file?.values ?? [:]).keys.filter { $0.hasPrefix("STOWAGE_") && !reader.names.contains($0) }.sorted()
    let problems =
      (file?.problems ?? []) + reader.problems
      + unknown.map { "\($0): no such key; see conf/stowage.env for the known ones" }
    guard problems.isEmpty, let settings else { throw Invalid(problems: problems) }
    return Configuration(
      settings: settings,
      entries: reader.entries.map { Entry(name: $0.name, value: $0.value, isDefault: $0.isDefault) }
    )
  }
}
