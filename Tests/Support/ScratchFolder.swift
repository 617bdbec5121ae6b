public import Foundation

/// A temporary folder of a test, deleted with the object.
public final class ScratchFolder: Sendable {
  /// The folder's path, without a slash at the end.
  public let path: String

  /// A new folder that only its owner can read.
  public init() throws { path = try Self.makePrivate(named: "test") }

  /// Makes a folder that only its owner can read, and returns its path; the caller deletes it.
  static func makePrivate(named name: String) throws -> String {
    var template = Array((NSTemporaryDirectory() + "/stowage-\(name)-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else { throw SetUpFailure("mkdtemp: \(errno)") }
    return String(cString: made)
  }

  /// Makes a folder that every local user may enter, because nginx's workers are another user; the caller deletes it.
  public static func make(named name: String) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
      at: folder,
      withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o755]
    )
    return folder
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Returns the path of an entry of this folder.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Returns the bytes of a file in this folder.
  public func bytes(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: file(name)))) }

  /// Runs a tool from PATH in the folder and returns what it writes to its standard output.
  @discardableResult
  public func run(_ tool: String, _ arguments: [String]) throws -> [UInt8] {
    try Array(TestSupport.run(tool, arguments, in: path))
  }

  /// Writes a file and returns its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }
}
