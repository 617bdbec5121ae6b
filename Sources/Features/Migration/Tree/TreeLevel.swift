internal import Glibc

/// One open folder of a walk.
///
/// The first levels keep the stream of their entries open while the walk is below them. A deep level first reads all of
/// its entries and keeps only the names of its folders, so that its descriptor can be closed during a descent.
struct TreeLevel {
  let device: UInt64
  let inode: UInt64
  /// The length of the folder's path.
  let pathLength: Int
  let isDeep: Bool
  /// The folders of a deep level that the walk still has to enter: names that end in a zero byte.
  private var pending: [UInt8] = []
  private var stream: OpaquePointer?
  private var isRead = false
  private(set) var descriptor: Int32

  /// Takes over `descriptor`; nil if the system has no memory for the stream.
  init?(_ descriptor: Int32, _ status: stat, pathLength: Int, isDeep: Bool) {
    guard let stream = fdopendir(descriptor) else { return nil }
    self.stream = stream
    self.descriptor = descriptor
    self.pathLength = pathLength
    self.isDeep = isDeep
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  private static let nameOffset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19

  /// Returns the name of the next entry, valid until the next call; nil at the end, with the error number or 0.
  mutating func nextName() -> (name: UnsafePointer<CChar>?, error: Int32) {
    guard let stream, !isRead else { return (nil, 0) }
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        isRead = true
        return (nil, errno)
      }
      let name = UnsafeRawPointer(entry).advanced(by: Self.nameOffset).assumingMemoryBound(to: CChar.self)
      let dot = CChar(bitPattern: UInt8(ascii: "."))
      if name[0] == dot, name[1] == 0 || (name[1] == dot && name[2] == 0) { continue }
      return (name, 0)
    }
  }

  var hasPending: Bool { !pending.isEmpty }

  mutating func postpone(_ name: UnsafePointer<CChar>) {
    pending.append(contentsOf: UnsafeRawBufferPointer(start: name, count: strlen(name) + 1))
  }

  /// Returns the name of the last postponed folder, with its zero byte.
  mutating func popPending() -> [UInt8]? {
    guard !pending.isEmpty else { return nil }
    let start = pending.dropLast().lastIndex(of: 0).map { $0 + 1 } ?? 0
    defer { pending.removeSubrange(start...) }
    return Array(pending[start...])
  }

  mutating func forgetPending() { pending = [] }

  /// Closes the descriptor during a descent.
  mutating func closeDescriptor() {
    if let stream {
      closedir(stream)
    } else if descriptor >= 0 {
      close(descriptor)
    }
    stream = nil
    descriptor = -1
  }

  /// Opens the descriptor again as the parent of `child`; false if the parent is another folder than before.
  mutating func reopen(from child: Int32) -> Bool {
    var status = stat()
    let parent = OpenFlags.open("..", in: child, OpenFlags.folder)
    guard parent >= 0 else { return false }
    guard fstat(parent, &status) == 0, UInt64(status.st_dev) == device, UInt64(status.st_ino) == inode else {
      close(parent)
      return false
    }
    descriptor = parent
    return true
  }
}
