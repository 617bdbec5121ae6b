public import Database
internal import Glibc

/// An entry of a folder, without its content.
public struct TreeEntry: Hashable, Sendable {
  /// The kind of an entry.
  public enum Kind: String, Sendable, CaseIterable {
    /// A regular file.
    case file
    /// A folder.
    case folder
    /// A symbolic link, which is never followed.
    case symlink
    /// A block or character device.
    case device
    /// A socket.
    case socket
    /// A named pipe.
    case pipe

    /// The kind as words with an article.
    public var words: String {
      switch self {
      case .file: "a file"
      case .folder: "a folder"
      case .symlink: "a symbolic link"
      case .device: "a device"
      case .socket: "a socket"
      case .pipe: "a named pipe"
      }
    }
  }

  /// The path below the root, as bytes, without a slash at its ends.
  public let path: [UInt8]
  /// The kind of the entry.
  public let kind: Kind
  /// Size, times and owner.
  public let facts: LedgerFacts
  /// The number of the device that the entry is on.
  public let device: UInt64
  /// The number of names of the inode.
  public let links: UInt64
  /// The number of allocated blocks of 512 bytes.
  public let blocks: Int64

  init(path: [UInt8], _ status: stat) {
    self.path = path
    kind = Kind(mode: status.st_mode)
    facts = LedgerFacts(status)
    device = UInt64(status.st_dev)
    links = UInt64(status.st_nlink)
    blocks = Int64(status.st_blocks)
  }

  /// True if the file has holes of more than 64 kB together; file systems that compress also allocate fewer blocks.
  public var isSparse: Bool { blocks * 512 + 65_536 < facts.size }
}

/// One step of a walk.
public enum TreeEvent: Hashable, Sendable {
  /// A regular file.
  case file(TreeEntry)
  /// A folder, in front of its entries.
  case folder(TreeEntry)
  /// An entry that the walk does not yield, or a remark about one.
  case finding(TreeFinding)
}

/// An entry that the walk does not yield, or a remark about one.
public struct TreeFinding: Hashable, Sendable {
  /// The kind of the finding.
  public enum Kind: Hashable, Sendable {
    /// A symbolic link, device, socket or named pipe.
    case special(TreeEntry.Kind)
    /// A folder that cannot be opened or read to its end.
    case unreadableFolder
    /// A file that cannot be examined or read.
    case unreadableFile
    /// A folder of another file system.
    case mountPoint
    /// A folder that is also one of the folders above it.
    case loop
    /// An entry that vanished during the walk.
    case vanished
    /// A folder whose path is longer than the limit.
    case tooDeep
  }

  /// The kind of the finding.
  public let kind: Kind
  /// The path below the root, as bytes; empty for the root.
  public let path: [UInt8]
  /// The system's message, or empty.
  public let detail: String
}

extension TreeEntry.Kind {
  init(mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFLNK: self = .symlink
    case S_IFSOCK: self = .socket
    case S_IFIFO: self = .pipe
    default: self = .device
    }
  }
}

extension LedgerFacts {
  init(_ status: stat) {
    self.init(
      size: Int64(status.st_size),
      mtime: nanoseconds(status.st_mtim),
      inode: UInt64(status.st_ino),
      mode: status.st_mode & 0o7777,
      uid: status.st_uid,
      gid: status.st_gid
    )
  }
}
