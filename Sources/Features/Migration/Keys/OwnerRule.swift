public import Core

/// How the owner of a file follows from its path.
public enum OwnerRule: Sendable {
  /// The first folder is the identifier of the user.
  case firstFolder
  /// A pattern such as `{shard}/{user}/**` names the folder.
  case pattern(OwnerPattern)
  /// A table names the user of each folder.
  case table(OwnerTable)

  /// The owner of a file, or the reason for having none.
  public enum Outcome: Hashable, Sendable {
    /// The file belongs to `user`; `below` is its path below the user's folder.
    case user(UserID, below: [UInt8])
    /// The file lies outside of every user's folder.
    case noFolder
    /// The folder's name is no user; it is given as bytes.
    case noUser(folder: [UInt8])
  }

  /// Returns the owner of the file at `path`, which is relative to the root.
  public func owner(of path: [UInt8]) -> Outcome {
    switch self {
    case .firstFolder:
      guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else { return .noFolder }
      return Self.outcome(path[..<slash], below: path[(slash + 1)...])
    case .pattern(let pattern): return pattern.owner(of: path)
    case .table(let table): return table.owner(of: path)
    }
  }

  static func outcome(_ name: ArraySlice<UInt8>, below: ArraySlice<UInt8>) -> Outcome {
    guard let text = String(validating: name, as: UTF8.self), let user = UserID(text) else {
      return .noUser(folder: Array(name))
    }
    return .user(user, below: Array(below))
  }
}
