internal import Database
internal import Glibc
internal import Signing

/// A file of the disk that is open, compared with the ledger, and about to be removed.
///
/// Every folder on the way is opened by its name in the folder above, and symbolic links are never followed. If the
/// file system has leases, the file has a read lease: no program has the file open for writing, and none opens it
/// without being noticed. Source: https://man7.org/linux/man-pages/man2/F_SETLEASE.2const.html
final class DoomedFile {
  /// Commands of `fcntl`, which Swift's Glibc module does not export. Source: asm-generic/fcntl.h
  private static let setLease: Int32 = 1024
  private static let getLease: Int32 = 1025

  private let root: TreeRoot
  private let path: [UInt8]
  private let name: [CChar]
  private let folder: (device: dev_t, inode: ino_t)
  private let reader: FileReader
  private let status: stat
  private let hasLease: Bool

  /// Opens the file at `path`; throws the reason for which it stays.
  init(_ root: TreeRoot, _ row: LedgerRow) throws(KeptFile) {
    self.root = root
    path = row.path
    let (folder, name) = try root.openFolder(of: path)
    defer { close(folder) }
    self.name = name
    var above = stat()
    guard fstat(folder, &above) == 0 else { throw KeptFile(message(errno)) }
    self.folder = (above.st_dev, above.st_ino)
    var expected = stat()
    guard fstatat(folder, name, &expected, AT_SYMLINK_NOFOLLOW) == 0 else { throw KeptFile(gone: errno) }
    let kind = TreeEntry.Kind(mode: expected.st_mode)
    guard kind == .file else { throw KeptFile("\(kind.words) has its name now") }
    let descriptor = OpenFlags.open(name, in: folder, OpenFlags.file)
    guard descriptor >= 0 else { throw KeptFile(gone: errno) }
    var status = stat()
    let isSame = fstat(descriptor, &status) == 0 && status.isSame(as: expected)
    let objection = isSame ? row.facts.objection(status, on: root.device) : "another file took its name"
    if let objection {
      close(descriptor)
      throw KeptFile(objection)
    }
    hasLease = fcntl(descriptor, Self.setLease, Int32(F_RDLCK)) == 0
    if !hasLease, errno == EAGAIN {
      close(descriptor)
      throw KeptFile("a program has it open for writing")
    }
    self.status = status
    do throws(SendFailure) {
      reader = try FileReader(descriptor, hasher: SHA256())
    } catch {
      throw KeptFile(error.description)
    }
  }

  /// Reads the open file to its end; throws unless it has the digest.
  func requireDigest(_ digest: [UInt8]) throws(KeptFile) {
    let found: [UInt8]
    do throws(SendFailure) { found = try reader.digest() } catch { throw KeptFile(error.description) }
    guard found == digest else { throw KeptFile("its bytes have another SHA-256 than the ledger's") }
  }

  /// Removes the name of the file, if the path from the root still leads to the open file, which is unchanged.
  ///
  /// `announce` runs before the last comparison, and can prevent the removal.
  func remove(announce: () throws(KeptFile) -> Void) throws(KeptFile) {
    try atUnchangedPlace { (_) throws(KeptFile) in }
    try announce()
    try atUnchangedPlace { (folder) throws(KeptFile) in
      guard unlinkat(folder, name, 0) == 0 else { throw KeptFile("it cannot be removed: \(message(errno))") }
    }
  }

  /// Follows the path from the root again, and passes the folder on if it has the open file, unchanged.
  private func atUnchangedPlace(_ body: (Int32) throws(KeptFile) -> Void) throws(KeptFile) {
    let (folder, _) = try root.openFolder(of: path)
    defer { close(folder) }
    try requireUnchanged(folder)
    try body(folder)
  }

  private func requireUnchanged(_ folder: Int32) throws(KeptFile) {
    var above = stat()
    guard fstat(folder, &above) == 0, above.st_dev == self.folder.device, above.st_ino == self.folder.inode else {
      throw KeptFile("its folder was moved or replaced meanwhile")
    }
    var (named, opened) = (stat(), stat())
    guard fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 else { throw KeptFile(gone: errno) }
    guard fstat(reader.descriptor, &opened) == 0, named.isSame(as: opened), opened.isSame(as: status) else {
      throw KeptFile("it was changed or replaced meanwhile")
    }
    guard !hasLease || fcntl(reader.descriptor, Self.getLease) == Int32(F_RDLCK) else {
      throw KeptFile("a program opened it for writing meanwhile")
    }
  }
}

/// The reason for which a file stays on the disk.
struct KeptFile: Error {
  let reason: String
  /// True if the disk no longer has the file.
  var isGone = false
  /// True if the removal ended before the file's turn.
  var isStop = false
  /// The failure that ends the whole removal.
  var fatal: (any Error)?

  init(_ reason: String) { self.reason = reason }

  init(fatal: any Error) {
    reason = "\(fatal)"
    self.fatal = fatal
  }

  init(stop: Void) {
    reason = ""
    isStop = true
  }

  init(gone code: Int32) {
    isGone = code == ENOENT
    reason = [ENOENT, ENOTDIR, ELOOP].contains(code) ? "it is no longer there" : message(code)
  }
}

extension stat {
  /// True if this is the same file with the same length and times.
  fileprivate func isSame(as other: stat) -> Bool {
    st_dev == other.st_dev && st_ino == other.st_ino && st_size == other.st_size && st_mode == other.st_mode
      && (st_mtim.tv_sec, st_mtim.tv_nsec) == (other.st_mtim.tv_sec, other.st_mtim.tv_nsec)
      && (st_ctim.tv_sec, st_ctim.tv_nsec) == (other.st_ctim.tv_sec, other.st_ctim.tv_nsec)
  }
}

extension LedgerFacts {
  /// Returns the reason for which an open file is not the one of the ledger; nil if it is.
  fileprivate func objection(_ status: stat, on device: UInt64) -> String? {
    let now = LedgerFacts(status)
    if now.size != size || now.mtime != mtime { return "it changed after it was sent" }
    if now.inode != inode { return "another file has its name now" }
    return UInt64(status.st_dev) == device ? nil : "it is on another file system than the folder"
  }
}

extension TreeRoot {
  /// Opens the folder of the entry at `path`, folder by folder and never through a symbolic link.
  ///
  /// The caller closes the descriptor. The second result is the name of the entry with its zero byte.
  func openFolder(of path: [UInt8]) throws(KeptFile) -> (Int32, name: [CChar]) {
    let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let names = parts.map { part in part.map { CChar(bitPattern: $0) } + [0] }
    let dot = CChar(bitPattern: UInt8(ascii: "."))
    let isPlain = names.allSatisfy { name in
      name.count > 1 && name != [dot, 0] && name != [dot, dot, 0] && !name.dropLast().contains(0)
    }
    guard isPlain, let name = names.last else { throw KeptFile("its path is not one of a file below the folder") }
    var folder = openat(descriptor, ".", OpenFlags.way)
    guard folder >= 0 else { throw KeptFile(message(errno)) }
    for name in names.dropLast() {
      let next = openat(folder, name, OpenFlags.way)
      let code = errno
      close(folder)
      guard next >= 0 else { throw KeptFile(gone: code) }
      folder = next
    }
    return (folder, name)
  }
}
