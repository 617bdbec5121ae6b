internal import CDisk
internal import Glibc

/// A file that gets its name when it is complete.
///
/// The file has no name until then, so that nothing of it stays after a crash. On file systems without such files it has a
/// temporary name, which the next attempt for the same path replaces.
final class NewFile {
  private let folder: Int32
  private let name: [CChar]
  private let spareName: [CChar]
  private let descriptor: Int32
  private var isNamed: Bool

  /// The flag for a file without a name, with O_DIRECTORY in it. Source: asm-generic/fcntl.h (O_TMPFILE)
  private static let nameless: Int32 = 0o20_200_000

  /// Creates a file for `name` in `folder`; `tag` tells its temporary name from those of others.
  init(_ name: [CChar], in folder: Int32, tag: String, mayBeNameless: Bool = true) throws(RestoreFailure) {
    self.folder = folder
    self.name = name
    spareName = Array(".stowage-rollback-\(tag)".utf8CString)
    isNamed = false
    // A killed run can have left a file under this name. It was never complete.
    if unlinkat(folder, spareName, 0) != 0, errno != ENOENT { throw RestoreFailure(errno: errno) }
    var file: Int32 = -1
    if mayBeNameless { file = openat(folder, ".", Self.nameless | O_RDWR | O_CLOEXEC, 0o600) }
    if file < 0, !mayBeNameless || [EOPNOTSUPP, EISDIR, ENOENT, EINVAL].contains(errno) {
      file = openat(folder, spareName, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      isNamed = file >= 0
    }
    guard file >= 0 else { throw RestoreFailure(errno: errno) }
    descriptor = file
  }

  deinit {
    close(descriptor)
    if isNamed { unlinkat(folder, spareName, 0) }
  }

  /// Reserves room for `size` bytes, so that a full disk is noticed before the bytes are read.
  func reserve(_ size: Int64) throws(RestoreFailure) {
    guard size > 0, disk_reserve(descriptor, size) != 0 else { return }
    guard ![EOPNOTSUPP, ENOSYS, EINVAL].contains(errno) else { return }
    throw RestoreFailure(errno: errno)
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(RestoreFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw RestoreFailure(errno: errno) }
      rest = rest.dropFirst(count)
    }
  }

  /// Sets owner, mode and time, and waits until the bytes are on the disk.
  ///
  /// A refused change of the owner is no failure: file systems without owners refuse it.
  func finish(_ facts: RestoredFacts, owner: (uid: UInt32, gid: UInt32)?) throws(RestoreFailure) {
    if let owner { fchown(descriptor, owner.uid, owner.gid) }
    guard fchmod(descriptor, facts.mode & 0o777) == 0 else { throw RestoreFailure(errno: errno) }
    if let mtime = facts.mtime {
      let (seconds, rest) = mtime.quotientAndRemainder(dividingBy: 1_000_000_000)
      let time = timespec(
        tv_sec: Int(rest < 0 ? seconds - 1 : seconds),
        tv_nsec: Int(rest < 0 ? rest + 1_000_000_000 : rest)
      )
      var times = [time, time]
      guard futimens(descriptor, &times) == 0 else { throw RestoreFailure(errno: errno) }
    }
    guard fsync(descriptor) == 0 else { throw RestoreFailure(errno: errno) }
    posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_DONTNEED))
  }

  /// Gives the file its name; throws `differs` if the name is taken, unless `replaces`.
  func appear(replaces: Bool) throws(RestoreFailure) {
    if !isNamed {
      let place = "/proc/self/fd/\(descriptor)"
      guard linkat(AT_FDCWD, place, folder, replaces ? spareName : name, AT_SYMLINK_FOLLOW) == 0 else {
        throw errno == EEXIST ? .differs : RestoreFailure(errno: errno)
      }
      guard replaces else { return }
      isNamed = true
    }
    let status =
      replaces ? renameat(folder, spareName, folder, name) : disk_rename_to_new(folder, spareName, name)
    if status == 0 {
      isNamed = false
    } else if !replaces, [EINVAL, ENOSYS].contains(errno) {
      guard linkat(folder, spareName, folder, name, 0) == 0 else {
        throw errno == EEXIST ? .differs : RestoreFailure(errno: errno)
      }
    } else {
      throw !replaces && errno == EEXIST ? .differs : RestoreFailure(errno: errno)
    }
  }
}
