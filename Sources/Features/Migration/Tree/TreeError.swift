/// A folder or file of a tree that cannot be opened.
public enum TreeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No folder exists at this path.
  case noFolder(path: String)
  /// The path names something else than a folder.
  case notFolder(path: String)
  /// Another migration walks or reads the tree.
  case inUse(path: String)
  /// The file no longer exists, or something else has its name now.
  case vanished
  /// The entry is not a regular file.
  case notRegular(TreeEntry.Kind)
  /// The system refuses to open the folder or file; `reason` is its message.
  case unreadable(reason: String)

  /// The failure as text.
  public var description: String {
    switch self {
    case .noFolder(let path): "There is no folder \(path)."
    case .notFolder(let path): "\(path) is no folder."
    case .inUse(let path): "Another migration of the folder \(path) is under way. Wait until it has ended."
    case .vanished: "the file has vanished"
    case .notRegular(let kind): "\(kind.words), not a file"
    case .unreadable(let reason): "not readable: \(reason)"
    }
  }
}
