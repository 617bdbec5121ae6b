internal import Glibc

/// A walk through all files of a tree, which reads one entry at a time.
///
/// The walk uses directory descriptors only, so no symbolic link can lead it elsewhere. At most `openLevels` + 2
/// descriptors are open. Memory does not depend on the number of files: folders below the first `openLevels` levels
/// keep the names of their folders, all others keep nothing. The order is that of the disk.
///
/// ```swift
/// let walk = TreeWalk(try TreeRoot("/uploads"))
/// while let event = walk.next() { print(event) }
/// ```
public final class TreeWalk {
  /// The default number of levels whose entries are read while the walk is below them.
  public static let defaultOpenLevels = 64
  /// The maximum length of a path, in bytes; deeper folders are findings.
  public static let maximumPathBytes = 65_536

  private let root: TreeRoot
  private let openLevels: Int
  private var levels: [TreeLevel] = []
  private var path: [UInt8] = []
  private var queued: [TreeEvent] = []
  private var isStarted = false
  private let checksAccess = geteuid() != 0

  /// Begins a walk at `root`.
  public init(_ root: TreeRoot, openLevels: Int = TreeWalk.defaultOpenLevels) {
    self.root = root
    self.openLevels = max(1, openLevels)
  }

  deinit { for index in levels.indices { levels[index].closeDescriptor() } }

  /// Returns the next event; nil at the end.
  public func next() -> TreeEvent? {
    if !isStarted {
      isStarted = true
      enter(".", in: root.descriptor, device: root.device)
    }
    while queued.isEmpty, !levels.isEmpty { advance() }
    return queued.isEmpty ? nil : queued.removeFirst()
  }

  /// Reads one entry of the last level, or leaves the level.
  private func advance() {
    let last = levels.count - 1
    path.removeSubrange(levels[last].pathLength...)
    let (name, error) = levels[last].nextName()
    if let name { return read(name, in: last) }
    if error != 0 { report(.unreadableFolder, message(error)) }
    if let pending = levels[last].popPending() {
      pending.withUnsafeBufferPointer { bytes in
        bytes.withMemoryRebound(to: CChar.self) { text in
          guard let name = text.baseAddress else { return }
          append(name)
          enter(name, in: levels[last].descriptor, device: levels[last].device)
        }
      }
      if levels.count > last + 1 { levels[last].closeDescriptor() }
      return
    }
    leave()
  }

  private func read(_ name: UnsafePointer<CChar>, in level: Int) {
    let descriptor = levels[level].descriptor
    var status = stat()
    append(name)
    guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      return report(errno == ENOENT ? .vanished : .unreadableFile, errno == ENOENT ? "" : message(errno))
    }
    let entry = TreeEntry(path: path, status)
    switch entry.kind {
    case .file:
      if checksAccess, faccessat(descriptor, name, R_OK, 0) != 0 {
        report(.unreadableFile, message(errno))
      } else {
        queued.append(.file(entry))
      }
    case .folder:
      guard path.count <= Self.maximumPathBytes else { return report(.tooDeep, "") }
      queued.append(.folder(entry))
      if levels[level].isDeep {
        levels[level].postpone(name)
      } else {
        enter(name, in: descriptor, device: levels[level].device)
      }
    case .symlink, .device, .socket, .pipe: report(.special(entry.kind), "")
    }
  }

  /// Opens the folder `name`, whose path is `path`, and makes it the last level.
  private func enter(_ name: UnsafePointer<CChar>, in parent: Int32, device: UInt64) {
    let descriptor = OpenFlags.open(name, in: parent, OpenFlags.folder)
    guard descriptor >= 0 else {
      let isGone = [ENOENT, ENOTDIR, ELOOP].contains(errno)
      return report(isGone ? .vanished : .unreadableFolder, isGone ? "" : message(errno))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      report(.unreadableFolder, message(errno))
      close(descriptor)
      return
    }
    let identity = (UInt64(status.st_dev), UInt64(status.st_ino))
    if levels.contains(where: { ($0.device, $0.inode) == identity }) {
      report(.loop, "")
      close(descriptor)
      return
    }
    if identity.0 != device { report(.mountPoint, "") }
    let isDeep = levels.count >= openLevels
    guard let level = TreeLevel(descriptor, status, pathLength: path.count, isDeep: isDeep) else {
      report(.unreadableFolder, message(errno))
      close(descriptor)
      return
    }
    levels.append(level)
  }

  /// Closes the last level and returns to its parent.
  private func leave() {
    guard var level = levels.popLast() else { return }
    defer { level.closeDescriptor() }
    let last = levels.count - 1
    guard last >= 0, levels[last].isDeep, !levels[last].reopen(from: level.descriptor) else { return }
    // The parents of this level cannot be reached from here either, and report the same if they need to.
    guard levels[last].hasPending else { return }
    path.removeSubrange(levels[last].pathLength...)
    levels[last].forgetPending()
    report(.unreadableFolder, "the folder was moved during the walk")
  }

  private func append(_ name: UnsafePointer<CChar>) {
    if !path.isEmpty { path.append(UInt8(ascii: "/")) }
    path.append(contentsOf: UnsafeRawBufferPointer(start: name, count: strlen(name)))
  }

  private func report(_ kind: TreeFinding.Kind, _ detail: String) {
    queued.append(.finding(TreeFinding(kind: kind, path: path, detail: detail)))
  }
}
