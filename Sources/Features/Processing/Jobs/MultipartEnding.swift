import Core
import Database
import Foundation
import Storage

extension ObjectStore {
  /// Aborts `upload` until the store lists no such upload; false if the store still lists the upload after three
  /// attempts.
  ///
  /// The store can save a part that arrives during the abort. Some stores answer an abort of an unknown upload like a
  /// successful abort. Only a listing of the parts proves that the upload is gone.
  func endMultipartUpload(_ upload: UploadID, to key: String, in bucket: String) throws(StoreError) -> Bool {
    for _ in 0..<3 {
      guard try hasMultipartUpload(upload, to: key, in: bucket) else { return true }
      try abortMultipartUpload(upload, to: key, in: bucket)
    }
    return try !hasMultipartUpload(upload, to: key, in: bucket)
  }

  private func hasMultipartUpload(_ upload: UploadID, to key: String, in bucket: String) throws(StoreError) -> Bool {
    do throws(StoreError) {
      _ = try listParts(of: upload, to: key, in: bucket, after: nil, limit: 1)
      return true
    } catch {
      guard case .notFound = error else { throw error }
      return false
    }
  }

  /// Returns every multipart upload in progress whose key begins with `prefix`.
  func multipartUploads(
    in bucket: String,
    prefix: String,
    while isWanted: () -> Bool = { true }
  ) throws(StoreError) -> [UploadSummary] {
    var uploads: [UploadSummary] = []
    var trail = PageTrail()
    var next: String?
    repeat {
      let page = try listMultipartUploads(bucket, prefix: prefix, after: trail.token, limit: 1000)
      uploads += page.items
      next = page.next
    } while try trail.follow(next) && isWanted()
    return uploads
  }
}

extension Processor {
  /// Aborts every multipart upload to the file's key, and deletes the database's record of the upload afterwards.
  ///
  /// If a response of the store was lost, the store can have more uploads than the one in the database, or one whose
  /// identifier the database never received. The method therefore also lists the uploads of the key.
  func endMultipart(of file: FileRecord) throws(JobError) {
    guard let multipart = file.multipart else { return }
    let isGone = try JobError.ifOutOfReach { () throws(StoreError) in
      let (store, bucket) = (dependencies.store, dependencies.buckets.raw)
      let listed = try store.multipartUploads(in: bucket, prefix: file.rawKey).filter { $0.key == file.rawKey }
      let known = multipart.uploadID.map { [UploadID($0)] } ?? []
      for upload in Set(known + listed.map(\.upload)) {
        guard try store.endMultipartUpload(upload, to: file.rawKey, in: bucket) else { return false }
      }
      return true
    }
    guard isGone else { throw .outOfReach(detail: "store: the multipart upload to \(file.rawKey) survives its abort") }
    try JobError.ifOutOfReach { () throws(StorageError) in try dependencies.database.forgetMultipart(of: file.id) }
  }
}
