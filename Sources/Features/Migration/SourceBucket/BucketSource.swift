public import Database
internal import Foundation
internal import Glibc
public import Storage

/// A bucket, or the part of it under a prefix, as the source of a migration.
///
/// The path of a file is its key below the prefix. An object of the migration's own store is copied there. Another object is
/// read once, into a file without a name in the folder for temporary files; from there it is sent like a file of a disk,
/// with the digest of the bytes that were sent.
public final class BucketSource: FileSource {
  /// The name of the bucket.
  public let bucket: String
  /// The beginning of every key, which ends in a slash unless it is empty.
  public let prefix: String
  let store: any ObjectStore
  private let endpoint: String
  private let folder: String
  private let isOwnStore: Bool

  /// Creates a source from `s3://bucket/prefix`; nil if `address` has another form.
  ///
  /// `endpoint` is the address of the store; `isOwnStore` is true if it is that of the migration, with the same keys.
  /// Objects wait in `folder` while they are sent, by default
  /// in the system's folder for temporary files.
  public init?(
    _ address: String,
    at endpoint: String,
    store: any ObjectStore,
    isOwnStore: Bool = false,
    folder: String? = nil
  ) {
    guard address.hasPrefix("s3://") else { return nil }
    let parts = address.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, !name.isEmpty else { return nil }
    bucket = String(name)
    let rest = parts.count > 1 ? String(parts[1]) : ""
    prefix = rest.isEmpty || rest.hasSuffix("/") ? rest : rest + "/"
    self.store = store
    self.isOwnStore = isOwnStore
    self.endpoint = endpoint
    self.folder = folder ?? FileManager.default.temporaryDirectory.path
  }

  /// Returns the identity of a migration of this source into the bucket `target` at `targetEndpoint`.
  public func identity(endpoint targetEndpoint: String, bucket target: String) -> LedgerIdentity {
    let tree = Array("s3://\(bucket)/\(prefix) at \(endpoint)".utf8)
    let number = UInt64(bitPattern: FoldedPath.hash(tree))
    return LedgerIdentity(tree: tree, device: number, inode: number, endpoint: targetEndpoint, bucket: target)
  }

  /// Returns the object of a row if the migration's store can copy it.
  public func origin(of row: LedgerRow) -> CopyOrigin? {
    isOwnStore ? CopyOrigin(key: key(of: row), bucket: bucket) : nil
  }

  /// Reads the object of a row, and returns true if it has the digest of the row.
  func hasDigest(_ digest: [UInt8], of row: LedgerRow) -> Result<Bool, TreeError> {
    do throws(StoreError) {
      return .success(try store.hashed(key(of: row), in: bucket) { _ in }.digest == digest)
    } catch {
      return .failure(.unreadable(reason: "the source: \(error)"))
    }
  }

  private func key(of row: LedgerRow) -> String { prefix + String(decoding: row.path, as: UTF8.self) }

  /// Reads the object of a row into a temporary file, with the object's time, and returns its descriptor.
  public func openFile(of row: LedgerRow) throws(SendFailure) -> Int32 {
    let file = try makeFile()
    do throws(SendFailure) {
      try read(key(of: row), into: file)
      return file
    } catch {
      close(file)
      throw error
    }
  }

  private func makeFile() throws(SendFailure) -> Int32 {
    let path = "\(folder)/stowage-source-\(UUID().uuidString)"
    let file = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .unreadable(detail: "\(folder): \(message(errno))") }
    unlink(path)
    return file
  }

  private func read(_ key: String, into file: Int32) throws(SendFailure) {
    var failure: SendFailure?
    let (info, digest): (ObjectInfo, [UInt8])
    do throws(StoreError) {
      (info, digest) = try store.hashed(key, in: bucket) { (piece) throws(StoreError) in
        guard !write(piece, to: file) else { return }
        failure = .unreadable(detail: "\(self.folder): \(message(errno))")
        throw .aborted(detail: "the temporary file cannot be written")
      }
    } catch {
      if let failure { throw failure }
      if error == .notFound { throw .vanished }
      throw error.isTemporary ? .temporary(error) : .unreadable(detail: "the source: \(error)")
    }
    if let expected = info.sha256, expected != digest {
      throw .temporary(.integrity(detail: "the source sent bytes with another checksum than it has"))
    }
    // The ledger compares this time with that of the next listing.
    let time = timespec(tv_sec: Int(info.lastModified.timeIntervalSince1970), tv_nsec: 0)
    var times = [time, time]
    guard futimens(file, &times) == 0 else { throw .unreadable(detail: "\(folder): \(message(errno))") }
  }

  /// Returns false if the system refuses the bytes; `errno` says why.
  private func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
