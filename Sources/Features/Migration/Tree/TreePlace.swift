internal import Glibc

/// The reasons why a command does not write to a place.
public enum TreePlaceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The place is in the folder of a migration.
  case inside(path: String, tree: String)
  /// The folder of a migration is in the place.
  case around(path: String, tree: String)

  /// The reason as sentences.
  public var description: String {
    switch self {
    case .inside(let path, let tree):
      "\(path) is in the folder \(tree), which a migration only reads: its next run would take the new files for those of"
        + " users. Name a place outside."
    case .around(let path, let tree):
      "The folder \(tree) is in \(path), so restored files could get in between its files. Name another folder."
    }
  }
}

extension TreeRoot {
  /// Throws if the file or folder at `path`, which need not exist, is or would be in this tree.
  public func requireOutside(_ path: String) throws(TreePlaceError) {
    guard let place = Self.nearest(path), place.isInside(self) else { return }
    throw .inside(path: path, tree: printable(self.path))
  }

  /// Throws unless the folder at `path`, which need not exist, and this tree are apart.
  public func requireApart(_ path: String) throws(TreePlaceError) {
    try requireOutside(path)
    guard let place = try? TreeRoot(path), isInside(place) else { return }
    throw .around(path: path, tree: printable(self.path))
  }

  /// Opens the folder at `path`, or the nearest one above it that exists.
  private static func nearest(_ path: String) -> TreeRoot? {
    var parts = path.split(separator: "/", omittingEmptySubsequences: true)
    let start = path.hasPrefix("/") ? "/" : "./"
    while true {
      if let root = try? TreeRoot(start + parts.joined(separator: "/")) { return root }
      guard parts.popLast() != nil else { return nil }
    }
  }

  /// True if this folder is `other`, or is below `other`, by way of the folders above it.
  private func isInside(_ other: TreeRoot) -> Bool {
    var folder = openat(descriptor, ".", OpenFlags.way)
    defer { if folder >= 0 { close(folder) } }
    var last: (device: UInt64, inode: UInt64)?
    var status = stat()
    while folder >= 0, fstat(folder, &status) == 0 {
      let here = (device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
      if here == (other.device, other.inode) { return true }
      if let last, last == here { return false }
      last = here
      let above = openat(folder, "..", OpenFlags.way)
      close(folder)
      folder = above
    }
    return false
  }
}
