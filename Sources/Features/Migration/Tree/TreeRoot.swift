public import Database
internal import Glibc

/// The root folder of a tree, held open.
public final class TreeRoot: Sendable {
  /// The absolute path without symbolic links, as bytes.
  public let path: [UInt8]
  /// The number of the device.
  public let device: UInt64
  /// The number of the inode.
  public let inode: UInt64
  let descriptor: Int32

  /// Opens the folder at `path`, which may be a symbolic link to a folder.
  public init(_ path: String) throws(TreeError) {
    guard let resolved = realpath(path, nil) else {
      throw errno == ENOENT ? .noFolder(path: path) : .unreadable(reason: "\(path): \(message(errno))")
    }
    defer { free(resolved) }
    let descriptor = open(resolved, OpenFlags.folder)
    guard descriptor >= 0 else {
      throw errno == ENOTDIR ? .notFolder(path: path) : .unreadable(reason: "\(path): \(message(errno))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .unreadable(reason: "\(path): \(message(code))")
    }
    self.path = UnsafeBufferPointer(start: resolved, count: strlen(resolved)).map { UInt8(bitPattern: $0) }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    self.descriptor = descriptor
  }

  deinit {
    // A process that is just being started shares the lock until it executes its program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Locks the tree until the object is released; throws `inUse` if another migration, also one with another ledger, has
  /// locked the tree.
  ///
  /// A file system that cannot lock folders, such as NFS, counts as unlocked.
  public func lock() throws(TreeError) {
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    throw .inUse(path: printable(path))
  }

  /// Returns the identity of a migration of this tree into `bucket`.
  public func identity(endpoint: String, bucket: String) -> LedgerIdentity {
    LedgerIdentity(tree: path, device: device, inode: inode, endpoint: endpoint, bucket: bucket)
  }
}
