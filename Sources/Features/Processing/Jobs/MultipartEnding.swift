import Core
import Database
import Foundation
import Storage

extension ObjectStore {
  /// Aborts `upload` until the store says that there is none; false where it still says that there is one.
  ///
  /// A part that was on its way may be stored after an abort, and not every store tells an unknown upload from an aborted
  /// one: only a listing of its parts proves that it is gone.
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

  /// Every multipart upload under way whose key begins with `prefix`.
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
  /// Ends every multipart upload to the file's key, where it has any, and forgets them once the store has none.
  ///
  /// Where an answer of the store was lost, it began more than the one whose name is known, or that name was never learnt.
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
    guard isGone else { throw .outOfReach(detail: "store: the multipart upload to \(file.rawKey) outlives its abort") }
    try JobError.ifOutOfReach { () throws(StorageError) in try dependencies.database.forgetMultipart(of: file.id) }
  }
}
