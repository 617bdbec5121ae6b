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
  private let hasher = DiskHasher()

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
    var left = item.size
    var failure: RestoreFailure?
    let read: (info: ObjectInfo, digest: [UInt8])
    do throws(StoreError) {
      read = try store.hashed(item.key, in: bucket, version: item.version) { (piece) throws(StoreError) in
        do throws(RestoreFailure) {
          left -= Int64(piece.count)
          guard left >= 0 else { throw .otherBytes }
          try new.append(piece)
        } catch {
          failure = error
          throw .aborted(detail: error.description)
        }
      }
    } catch {
      throw failure ?? RestoreFailure(error)
    }
    guard left == 0, SHA256Digest(bytes: read.digest) == item.digest else { throw .otherBytes }
    return read.info
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
    do throws(TreeError) {
      return .file(try hasher.digest(ofFileAt: file))
    } catch {
      throw .disk(reason: error.description)
    }
  }
}
