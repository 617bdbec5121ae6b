public import Core
public import Foundation

/// The settings of this node with where each came from.
public struct Configuration: Sendable {
  /// One setting's effective value; secrets show as `(set)`.
  public struct Entry: Sendable {
    /// The key in `conf/stowage.env`.
    public let name: String
    /// The effective value.
    public let value: String
    /// Whether nobody set it.
    public let isDefault: Bool
  }

  /// What is wrong with the configuration: all of it.
  public struct Invalid: Error, CustomStringConvertible {
    /// A line for each bad key, with what was expected.
    public let problems: [String]
    /// The problems as an administrator reads them.
    public var description: String {
      "The configuration is not usable:\n" + problems.map { "  - \($0)\n" }.joined()
        + "Every key is explained in conf/stowage.env; `stowage config` shows the values in effect.\n"
    }
  }

  /// The settings.
  public let settings: Settings
  /// Every setting, in the order of `conf/stowage.env`.
  public let entries: [Entry]

  /// The part of `environment` that another process needs to find the same settings: without the values that it reads in the
  /// file of `STOWAGE_CONFIG`, and without what is no setting.
  ///
  /// An environment is inherited and shown where a file is not, and some values are secrets.
  public static func inherited(from environment: [String: String]) -> [String: String] {
    let file = environment["STOWAGE_CONFIG"].flatMap { $0.isEmpty ? nil : EnvironmentFile(path: $0).values } ?? [:]
    var reader = SettingsReader(file.merging(environment) { _, fromEnvironment in fromEnvironment })
    _ = reader.settings()
    return environment.filter { name, value in
      guard name.hasPrefix("STOWAGE_"), name != "STOWAGE_CONFIG" else { return true }
      return reader.names.contains(name) && file[name] != value
    }
  }

  /// Reads the file that `STOWAGE_CONFIG` names, if any, and lays the environment over it.
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
