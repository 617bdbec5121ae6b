import Foundation

/// A folder of its own for one test, removed with the last reference to it.
public final class FixturesFolder: Sendable {
  /// What went wrong with a tool: its name, status and output.
  public struct ToolError: Error {
    /// What the tool said.
    public let message: String
  }

  /// The folder's path, without a slash at its end.
  public let path: String

  /// An empty folder below the system's temporary one.
  public init() throws {
    path = FileManager.default.temporaryDirectory.path + "/stowage-fixtures-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of `name` in it.
  public func path(_ name: String) -> String { path + "/" + name }

  /// The bytes of `name`.
  public func bytes(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path(name)))) }

  /// Writes `bytes` as `name`.
  public func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  /// Runs a tool from PATH in the folder and returns what it writes to its standard output.
  @discardableResult
  public func run(_ tool: String, _ arguments: [String]) throws -> [UInt8] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ToolError(message: "\(tool) \(arguments): status \(process.terminationStatus)")
    }
    return Array(bytes)
  }
}

extension [UInt8] {
  /// Whether the UTF-8 bytes of `text` are among these.
  public func contains(text: String) -> Bool { Data(self).range(of: Data(text.utf8)) != nil }
}
