internal import Core
internal import Database
internal import Glibc
internal import Signing
internal import Storage

/// The choices of a restore.
public struct RestoreSettings: Sendable {
  /// The owners of restored files; only root can choose.
  public enum Owner: Sendable {
    /// The owner and the group that the file had.
    case recorded
    /// The owner and the group of the folder that the tree is restored into.
    case folder
  }

  /// The owners of restored files.
  public var owner = Owner.recorded
  /// True if files with other bytes are replaced.
  public var overwrites = false
  /// The number of threads that restore files.
  public var threads = SenderPool.usualThreads

  /// Creates settings: files keep their owners, and nothing is replaced.
  public init() {}
}

/// Restores single files; each thread needs a separate one.
final class Restorer {
  /// The result of a file that is in the folder now.
  enum Outcome: Hashable {
    /// The file was written.
    case restored
    /// The file was there, with the same bytes.
    case present
  }

  let folders: RestoreFolders
  private let store: any ObjectStore
  private let bucket: String
  private let target: RestoreTarget
  private let settings: RestoreSettings
  /// False to use temporary names even if the file system has files without names.
  var mayBeNameless = true
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)

  init(_ store: any ObjectStore, bucket: String, into target: RestoreTarget, _ settings: RestoreSettings) {
    self.store = store
    self.bucket = bucket
    self.target = target
    self.settings = settings
    folders = RestoreFolders(target)
  }

  /// Returns the path of an item, from the object's metadata if nothing else tells it.
  func path(of item: RestoreItem) throws(RestoreFailure) -> [UInt8] {
    if let path = item.path { return path }
    let info: ObjectInfo
    do throws(StoreError) {
      info = try store.head(item.key, in: bucket, version: item.version)
    } catch {
      throw RestoreFailure(error)
    }
    guard let path = RestorePath.metadata(info.metadata) else { throw .unknownPath }
    return path
  }

  /// Brings the bytes of `item` to `path` below the root; nothing is there under the name before all of them have proved
  /// to be right.
  func restore(_ item: RestoreItem, to path: [UInt8]) throws(RestoreFailure) -> Outcome {
    let (folder, name) = try folders.place(of: path)
    var replaces = false
    switch try find(name, in: folder, size: item.size) {
    case .nothing: break
    case .entry(let kind): throw .obstructed(kind)
    case .file(let digest):
      if digest == item.digest { return .present }
      guard settings.overwrites else { throw .differs }
      replaces = true
    }
    let tag = String(SHA256.hexadecimal(of: path + item.file.description.utf8).prefix(32))
    let new = try NewFile(name, in: folder, tag: tag, mayBeNameless: mayBeNameless)
    try new.reserve(item.size)
    let info = try download(item, into: new)
    let facts = item.facts ?? RestoredFacts(metadata: info.metadata)
    let owner = settings.owner == .recorded ? facts.owner ?? target.owner : target.owner
    try new.finish(facts, owner: target.canGive ? owner : nil)
    try new.appear(replaces: replaces)
    return .restored
  }

  /// Writes the object to `new`; throws unless the bytes have the length and the digest of `item`.
  private func download(_ item: RestoreItem, into new: NewFile) throws(RestoreFailure) -> ObjectInfo {
    let hash = SHA256()
    var left = item.size
    var failure: RestoreFailure?
    let info: ObjectInfo
    do throws(StoreError) {
      info = try store.get(item.key, in: bucket, version: item.version, range: nil) { (piece) throws(StoreError) in
        do throws(RestoreFailure) {
          left -= Int64(piece.count)
          guard left >= 0 else { throw .otherBytes }
          hash.update(piece)
          try new.append(piece)
        } catch {
          failure = error
          throw .aborted(detail: error.description)
        }
      }
    } catch {
      throw failure ?? RestoreFailure(error)
    }
    guard left == 0, SHA256Digest(bytes: hash.finalize()) == item.digest else { throw .otherBytes }
    return info
  }

  private enum Found {
    case nothing
    /// A regular file; its digest is nil if its length is another one than expected.
    case file(SHA256Digest?)
    case entry(TreeEntry.Kind)
  }

  private func find(_ name: [CChar], in folder: Int32, size: Int64) throws(RestoreFailure) -> Found {
    var status = stat()
    guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      guard errno == ENOENT else { throw RestoreFailure(errno: errno) }
      return .nothing
    }
    let kind = TreeEntry.Kind(mode: status.st_mode)
    guard kind == .file else { return .entry(kind) }
    guard Int64(status.st_size) == size else { return .file(nil) }
    let file = OpenFlags.open(name, in: folder, OpenFlags.file)
    guard file >= 0 else { throw RestoreFailure(errno: errno) }
    defer { close(file) }
    let hash = SHA256()
    while true {
      let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw RestoreFailure(errno: errno) }
      guard count > 0 else { return .file(SHA256Digest(bytes: hash.finalize())) }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }
}
