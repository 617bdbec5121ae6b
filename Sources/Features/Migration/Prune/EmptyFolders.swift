internal import Glibc

extension TreeRoot {
  /// Removes the folders of these files that are empty now, and the folders above them; returns the number of folders.
  ///
  /// The system removes only empty folders. The root stays.
  func removeEmptyFolders(above paths: [[UInt8]]) -> Int {
    var count = 0
    for path in Set(paths.compactMap(Self.parent)).sorted(by: { $0.count > $1.count }) {
      var next: [UInt8]? = path
      while let path = next, removeFolder(path) {
        count += 1
        next = Self.parent(path)
      }
    }
    return count
  }

  private func removeFolder(_ path: [UInt8]) -> Bool {
    guard let (folder, name) = try? openFolder(of: path) else { return false }
    defer { close(folder) }
    return unlinkat(folder, name, AT_REMOVEDIR) == 0
  }

  /// The path of the folder that an entry is in; nil for an entry of the root.
  private static func parent(_ path: [UInt8]) -> [UInt8]? {
    path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[..<$0]) }
  }
}
