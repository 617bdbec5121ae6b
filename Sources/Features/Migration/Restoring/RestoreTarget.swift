internal import CDisk
internal import Glibc

/// The folder that a tree is restored into.
public final class RestoreTarget: Sendable {
  let root: TreeRoot
  /// True if this process can give files to other owners.
  let canGive: Bool
  /// The owner and the group of the root folder.
  let owner: (uid: UInt32, gid: UInt32)

  /// Opens the folder at `path`, and makes it if only its last component is missing; locks it for other runs.
  public init(_ path: String) throws(TreeError) {
    if mkdir(path, 0o755) != 0, errno != EEXIST {
      throw errno == ENOENT ? .noFolder(path: path) : .unreadable(reason: "\(path): \(message(errno))")
    }
    root = try TreeRoot(path)
    try root.lock()
    var status = stat()
    guard fstat(root.descriptor, &status) == 0 else { throw .unreadable(reason: "\(path): \(message(errno))") }
    owner = (status.st_uid, status.st_gid)
    canGive = geteuid() == 0
  }

  /// Waits until every name of the restored tree is on the disk.
  func flush() { disk_flush(root.descriptor) }
}

/// Finds and makes the folders of a restored tree, never through a symbolic link; each thread needs a separate one.
final class RestoreFolders {
  /// Runs before each folder is opened: tests change the tree here.
  var willOpen: () -> Void = {}
  private let target: RestoreTarget
  /// The folder of the last file.
  private var last: (path: [UInt8], descriptor: Int32)?

  init(_ target: RestoreTarget) { self.target = target }

  deinit { if let last { close(last.descriptor) } }

  /// Returns the name of the file at `path` and the descriptor of its folder, which is valid until the next call.
  ///
  /// Missing folders are made. Every component is opened relative to the one before it, so no path can leave the root.
  func place(of path: [UInt8]) throws(RestoreFailure) -> (folder: Int32, name: [CChar]) {
    var parts = try RestorePath.names(path)
    let name = parts.removeLast()
    let folder = Array(path.dropLast(name.count))
    if let last, last.path == folder { return (last.descriptor, name) }
    var descriptor = target.root.descriptor
    for part in parts {
      let next = Result { () throws(RestoreFailure) in try enter(part, in: descriptor) }
      if descriptor != target.root.descriptor { close(descriptor) }
      descriptor = try next.get()
    }
    guard descriptor != target.root.descriptor else { return (descriptor, name) }
    if let last { close(last.descriptor) }
    last = (folder, descriptor)
    return (descriptor, name)
  }

  private func enter(_ name: [CChar], in folder: Int32) throws(RestoreFailure) -> Int32 {
    willOpen()
    var next = openat(folder, name, OpenFlags.way)
    if next < 0, errno == ENOENT {
      if mkdirat(folder, name, 0o755) == 0 {
        if target.canGive { fchownat(folder, name, target.owner.uid, target.owner.gid, AT_SYMLINK_NOFOLLOW) }
      } else if errno != EEXIST {
        throw RestoreFailure(errno: errno)
      }
      next = openat(folder, name, OpenFlags.way)
    }
    guard next >= 0 else {
      let code = errno
      throw [ELOOP, ENOTDIR].contains(code)
        ? .blocked(name: printable(name.dropLast().map { UInt8(bitPattern: $0) })) : RestoreFailure(errno: code)
    }
    return next
  }
}
