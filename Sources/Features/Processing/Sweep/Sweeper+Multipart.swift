import Core
import Database
public import Foundation
public import Storage

extension Sweeper {
  /// How old a multipart upload is that no pending file knows, before it is aborted, in seconds.
  static let multipartAge = TimeInterval(UploadPolicy.multipartSeconds)

  /// Aborts multipart uploads under keys of Stowage's own form that are older than a day and that no pending file knows,
  /// and returns those that were; with `isDryRun`, those that would be.
  ///
  /// They are what remains where a process died, or an answer was lost, between the store's beginning and the row.
  /// MinIO lists no uploads but those of one key; it ends them by itself after a day.
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
        try !database.isOpen(upload.upload.description, to: upload.key)
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
}

extension Sweeper {
  /// Whether the parts of a pending file are longer together than it may be.
  ///
  /// The URLs of parts whose length nobody told bind none: until a sweep sees it, or the completion, more may lie there.
  func isOverLimit(_ id: FileID) throws(StorageError) -> Bool {
    guard let file = try database.file(id), file.state == .pending, file.isSizeLimit,
      let upload = file.multipart?.uploadID
    else { return false }
    // Of a part that was put again, SeaweedFS lists what was put over too: each number counts once.
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
  /// What was found and what comes of it, in words; `isDryRun` says what would.
  public func words(at now: Date, isDryRun: Bool) -> String {
    let ago = Wording.duration(now.timeIntervalSince(initiated))
    return
      "a multipart upload begun \(ago) ago that no pending file knows: \(isDryRun ? "would be aborted" : "aborted")"
  }
}
