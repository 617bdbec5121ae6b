public import Core
public import Database
internal import Signing
public import Storage

/// Reads the checked bytes of files for an administrator, and proves that they are the checked ones.
public struct FileExport: Sendable {
  private let store: any ObjectStore
  private let bucket: String

  /// Reads from the raw `bucket`.
  public init(store: any ObjectStore, bucket: String) {
    self.store = store
    self.bucket = bucket
  }

  /// Passes the bytes of `file` to `sink` in order: those of the version that was checked.
  ///
  /// Throws `wrongState` unless the file is ready, or deleted and was ready before; `gone` if its bytes are missing;
  /// `unexpected` if the bytes do not have the recorded size and SHA-256, which is known only after the last byte; and
  /// `unavailable` if the store does not answer or `sink` throws an error.
  public func read(
    _ file: FileRecord,
    into sink: (UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(StorageError) {
    guard let expected = file.sha256, file.readyAt != nil, [.ready, .deleted].contains(file.state) else {
      throw .wrongState(detail: "It is \(file.state.rawValue); only bytes that passed every check can be read.")
    }
    let hash = SHA256()
    var count: Int64 = 0
    do throws(StoreError) {
      let version = file.versionID.map { VersionID($0) }
      _ = try store.get(file.judgedKey, in: bucket, version: version, range: nil) { (bytes) throws(StoreError) in
        hash.update(bytes)
        count += Int64(bytes.count)
        do throws(StorageError) { try sink(bytes) } catch { throw .aborted(detail: "\(error)") }
      }
    } catch .notFound {
      throw .gone
    } catch {
      throw .unavailable(detail: "store: \(error)")
    }
    guard count == file.size, lowercaseHexadecimal(hash.finalize()) == expected.description else {
      throw .unexpected(detail: "file \(file.id): the object in the store differs from the one that was checked")
    }
  }
}
