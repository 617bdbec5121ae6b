internal import Foundation

/// A folder of a test's own, gone with the object.
public final class TemporaryFolder: Sendable {
  /// Its path, without a slash at the end.
  public let path: String

  /// A fresh folder for its owner alone.
  public init() throws {
    var template = Array((NSTemporaryDirectory() + "/stowage-test-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else { throw SetUpFailure("mkdtemp: \(errno)") }
    path = String(cString: made)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of an entry of this folder.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }
}
