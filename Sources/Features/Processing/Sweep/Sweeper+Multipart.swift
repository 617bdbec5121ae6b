import Core
import Database
public import Foundation
public import Storage

extension Sweeper {
  /// The minimum age of a multipart upload without a pending file before it is aborted, in seconds.
  static let multipartAge = TimeInterval(UploadPolicy.multipartSeconds)

  /// Aborts multipart uploads that are older than a day and belong to no pending file; returns them.
  ///
  /// Only keys in Stowage's format are considered. With `isDryRun`, returns the uploads that would be aborted. Such
  /// uploads remain if a process crashes, or a response is lost, after the store began the upload and before the
  /// database saved its identifier. MinIO lists uploads only for one exact key, and aborts old uploads itself after a
  /// day.
  /// Source: https://github.com/minio/minio/blob/master/docs/config/README.md
  func abortUnknownUploads(
    at now: Date,
    isDryRun: Bool,
    while isWanted: () -> Bool
  ) throws(StorageError) -> [UploadSummary] {
    let uploads = try StorageError.reaching("store") { () throws(StoreError) in
      try store.multipartUploads(in: bucket, prefix: "", while: isWanted)
    }
    var ended: [UploadSummary] = []
    for upload in uploads where isWanted() {
      guard now.timeIntervalSince(upload.initiated) > Self.multipartAge, RawKey(upload.key) != nil,
        try !database.isOpen(upload.upload.description, to: upload.key), try !isMigrating(upload.key)
      else { continue }
      if !isDryRun {
        let isGone = try StorageError.reaching("store") { () throws(StoreError) in
          try store.endMultipartUpload(upload.upload, to: upload.key, in: bucket)
        }
        guard isGone else { continue }
      }
      ended.append(upload)
    }
    return ended
  }

  /// True if a migration is storing the file with this key, which can have the form of an upload's key.
  private func isMigrating(_ key: String) throws(StorageError) -> Bool {
    guard let file = try database.holders(ofRawKeys: [key])[0] else { return false }
    return file.isMigrated && file.state == .pending
  }
}

extension Sweeper {
  /// True if the parts of a pending file are longer in total than the file's maximum size.
  ///
  /// If the client stated no length, the URLs of the parts do not limit the length. The sweep and the completion check
  /// the total.
  func isOverLimit(_ id: FileID) throws(StorageError) -> Bool {
    guard let file = try database.file(id), file.state == .pending, file.isSizeLimit,
      let upload = file.multipart?.uploadID
    else { return false }
    // SeaweedFS also lists parts that a later upload replaced. Each part number therefore counts once, with its
    // smallest size.
    var sizes: [Int: Int64] = [:]
    var token: String?
    repeat {
      do throws(StoreError) {
        let page = try store.listParts(of: UploadID(upload), to: file.rawKey, in: bucket, after: token, limit: 1000)
        sizes.merge(page.items.map { ($0.part.number, $0.size) }) { min($0, $1) }
        token = page.next
      } catch {
        guard case .notFound = error else { throw .unavailable(detail: "store: \(error)") }
        return false
      }
    } while token != nil
    return sizes.values.reduce(0, +) > file.claimedSize
  }
}

extension UploadSummary {
  /// Describes the upload and its action for an administrator; with `isDryRun`, the action that would follow.
  public func words(at now: Date, isDryRun: Bool) -> String {
    let ago = Wording.duration(now.timeIntervalSince(initiated))
    return
      "a multipart upload begun \(ago) ago that no pending file knows: \(isDryRun ? "would be aborted" : "aborted")"
  }
}
