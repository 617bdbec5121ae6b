import Foundation

extension Stack {
  /// Returns the running system's value of a setting, such as `STOWAGE_BUCKET_RAW`.
  public func setting(_ name: String) throws -> String {
    let lines = try String(contentsOfFile: environment["STOWAGE_CONFIG"] ?? "", encoding: .utf8).split(separator: "\n")
    guard let line = lines.last(where: { $0.hasPrefix(name + "=") }) else { throw Unexpected("no \(name)") }
    return String(line.dropFirst(name.count + 1))
  }

  /// The path of the SQLite file.
  public var databasePath: String {
    get throws { try String(setting("STOWAGE_DATABASE_URL").dropFirst("sqlite:".count)) }
  }
}
