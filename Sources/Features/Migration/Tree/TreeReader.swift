public import Database
internal import Glibc

/// Opens files of a tree by their paths, never through a symbolic link; each thread needs a separate reader.
///
/// ```swift
/// let reader = TreeReader(root)
/// let file = try reader.open(row.path)
/// let count = try file.read(into: buffer)
/// ```
public final class TreeReader {
  /// Runs between the examination of a file and its opening: tests change the tree here.
  var willOpen: () -> Void = {}
  private let root: TreeRoot
  /// The folder of the last file; files of one folder are usually read one after the other.
  private var folder: (path: [UInt8], descriptor: Int32)?

  /// Creates a reader for the files below `root`.
  public init(_ root: TreeRoot) { self.root = root }

  deinit { if let folder { close(folder.descriptor) } }

  /// Opens the regular file at `path`, which is relative to the root.
  ///
  /// Devices, sockets and named pipes are not opened.
  public func open(_ path: [UInt8]) throws(TreeError) -> TreeFile {
    let slash = path.lastIndex(of: UInt8(ascii: "/"))
    let descriptor = try self.descriptor(of: slash.map { path[..<$0] } ?? [])
    let name = path[(slash.map { $0 + 1 } ?? 0)...].map { CChar(bitPattern: $0) } + [0]
    guard Self.isPlain(name) else { throw .vanished }
    var expected = stat()
    guard fstatat(descriptor, name, &expected, AT_SYMLINK_NOFOLLOW) == 0 else { throw Self.failure(errno) }
    let kind = TreeEntry.Kind(mode: expected.st_mode)
    guard kind == .file else { throw .notRegular(kind) }
    willOpen()
    let file = OpenFlags.open(name, in: descriptor, OpenFlags.file)
    guard file >= 0 else { throw Self.failure(errno) }
    var status = stat()
    // A new entry can have the number of an inode that was just removed, so the kind is examined again.
    guard fstat(file, &status) == 0, TreeEntry.Kind(mode: status.st_mode) == .file,
      status.st_dev == expected.st_dev, status.st_ino == expected.st_ino
    else {
      close(file)
      throw .vanished
    }
    return TreeFile(file, status)
  }

  /// Returns the descriptor of the folder at `path`, and keeps it open for the next file.
  private func descriptor(of path: ArraySlice<UInt8>) throws(TreeError) -> Int32 {
    if path.isEmpty { return root.descriptor }
    if let folder, folder.path.elementsEqual(path) { return folder.descriptor }
    var descriptor = root.descriptor
    for part in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      let name = part.map { CChar(bitPattern: $0) } + [0]
      let next = Self.isPlain(name) ? openat(descriptor, name, OpenFlags.way) : -1
      let code = Self.isPlain(name) ? errno : ENOENT
      if descriptor != root.descriptor { close(descriptor) }
      guard next >= 0 else { throw Self.failure(code) }
      descriptor = next
    }
    if let folder { close(folder.descriptor) }
    folder = (Array(path), descriptor)
    return descriptor
  }

  /// Returns true for the name of an entry; false for an empty name, `.` and `..`.
  static func isPlain(_ name: [CChar]) -> Bool {
    let dot = CChar(bitPattern: UInt8(ascii: "."))
    return name.count > 1 && name != [dot, 0] && name != [dot, dot, 0] && !name.dropLast().contains(0)
  }

  private static func failure(_ code: Int32) -> TreeError {
    [ENOENT, ENOTDIR, ELOOP].contains(code) ? .vanished : .unreadable(reason: message(code))
  }
}

/// A regular file that is open for reading.
public final class TreeFile {
  /// The properties of the file when it was opened.
  public let facts: LedgerFacts
  /// The descriptor, which closes with the object.
  public let descriptor: Int32

  init(_ descriptor: Int32, _ status: stat) {
    self.descriptor = descriptor
    facts = LedgerFacts(status)
    posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_SEQUENTIAL))
  }

  deinit { close(descriptor) }

  /// Reads the next bytes into `buffer` and returns their number, which is 0 at the end of the file.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(TreeError) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      guard errno == EINTR else { throw .unreadable(reason: message(errno)) }
    }
  }
}
