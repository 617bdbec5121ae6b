public import Core
import Database
public import Foundation
import Storage

/// The response to a completion request: the file and its state.
public struct UploadOutcome: Hashable, Sendable {
  /// The identifier of the file.
  public let fileId: String
  /// The state of the file; `pending` if a single PUT is not confirmed yet.
  public let state: FileState
  /// The reason of a rejection; nil unless the state is `rejected`.
  public let reason: RejectionReason?
}

extension MultipartUploads {
  /// The maximum number of attempts if parts change during the completion.
  private static let attempts = 3

  /// Assembles the user's file from its parts and lets a worker check it; returns the same result if that was done
  /// before.
  ///
  /// Throws `partsMissing` unless the bucket has exactly the parts of this upload, each with the planned length. Throws
  /// `notFound` for unknown files and for files of other users. Throws `uploadClosed` if the upload was aborted, or if
  /// its expiry and a grace period of one hour have passed.
  public func complete(_ file: FileID, for user: UserID, at now: Date) throws(StorageError) -> UploadOutcome {
    let record = try database.record(file, of: user)
    return try complete(record, at: now) { (listed, upload) throws(StorageError) in
      let stored = Self.latest(of: listed, upload.plan)
      let sizes = Dictionary(stored.map { ($0.part.number, $0.size) }, uniquingKeysWith: { _, last in last })
      let wrong = upload.plan.mismatches(sizes)
      guard wrong.isEmpty else { throw .partsMissing(numbers: Array(wrong.prefix(PartPlan.maximumNumbers))) }
      return stored.map(\.part)
    }
  }

  /// Selects the parts of a file from the store's listing; throws if the listing does not allow a completion.
  typealias Choice = (_ listed: [PartSummary], OpenUpload) throws(StorageError) -> [CompletedPart]

  /// Assembles the file from the parts that `choose` selects.
  func complete(_ record: FileRecord, at now: Date, choosing choose: Choice) throws(StorageError) -> UploadOutcome {
    guard record.state == .pending else { return try record.outcome() }
    let upload = try open(record)
    guard now <= upload.expiresAt.addingTimeInterval(TimeInterval(UploadPolicy.graceSeconds)) else {
      throw .uploadClosed(detail: "Its time is over.")
    }
    try assemble(upload, choosing: choose)
    _ = try database.complete(record.id, at: now)
    guard let after = try database.file(record.id) else { throw .notFound }
    // The file was aborted or expired in the meantime: a worker must delete the new object.
    if after.state.refusesObjects { _ = try database.enqueue(for: [record.id], at: now) }
    return try after.outcome()
  }

  /// Asks the store to assemble the object; returns normally if the object exists, even if another request completed
  /// it.
  private func assemble(_ upload: OpenUpload, choosing choose: Choice) throws(StorageError) {
    var isConditional = true
    for _ in 0..<Self.attempts {
      guard let listed = try listed(upload) else { return try confirmObject(upload) }
      let parts: [CompletedPart]
      do {
        parts = try choose(listed, upload)
      } catch {
        // While another request completes the upload, SeaweedFS lists fewer and fewer parts, and finally no upload.
        guard case .partsMissing = error, try hasObject(upload) else { throw error }
        return
      }
      do throws(StoreError) {
        _ = try bucket.store.completeMultipartUpload(
          upload.id,
          to: upload.key,
          in: bucket.name,
          parts: parts,
          size: Self.size(of: parts, in: listed),
          ifNoneMatch: isConditional
        )
        return
      } catch {
        switch error {
        case .notFound: return try confirmObject(upload)
        case .preconditionFailed:
          guard try hasObject(upload) else { throw .unavailable(detail: "store: \(error)") }
          return
        // Some stores do not support the condition. The key belongs to this upload alone, so the condition is optional.
        case .invalidRequest(code: "NotImplemented", _) where isConditional: isConditional = false
        // A part was replaced after the listing, or another request completed the upload: the next listing decides.
        case .invalidRequest(code: "InvalidPart", _): continue
        default: throw .unavailable(detail: "store: \(error)")
        }
      }
    }
    throw .unavailable(detail: "store: the parts of \(upload.key) change while they are completed")
  }

  /// Returns the total size of the parts, in bytes; nil if a part is not listed.
  private static func size(of parts: [CompletedPart], in listed: [PartSummary]) -> Int64? {
    let sizes = Dictionary(listed.map { ($0.part, $0.size) }, uniquingKeysWith: { first, _ in first })
    let known = parts.compactMap { sizes[$0] }
    return known.count == parts.count ? known.reduce(0, +) : nil
  }

  /// Throws `uploadClosed` if the store has neither the upload nor the object.
  func confirmObject(_ upload: OpenUpload) throws(StorageError) {
    guard try hasObject(upload) else {
      throw .uploadClosed(detail: "The store has neither its parts nor the file any more.")
    }
  }

  private func hasObject(_ upload: OpenUpload) throws(StorageError) -> Bool {
    do throws(StoreError) {
      _ = try bucket.store.head(upload.key, in: bucket.name)
      return true
    } catch {
      switch error {
      case .sealed: return true
      case .notFound: return false
      default: throw .unavailable(detail: "store: \(error)")
      }
    }
  }
}

extension FileRecord {
  /// Returns the response to a completion request for a file that is no longer pending.
  ///
  /// Throws `uploadClosed` if the upload ended without a file, and `notFound` if the file was deleted.
  func outcome() throws(StorageError) -> UploadOutcome {
    switch state {
    case .received, .ready, .rejected: return UploadOutcome(fileId: id.description, state: state, reason: reason)
    case .pending, .expired, .aborted, .quarantined: throw closed()
    case .deleted, .purging, .purged: throw .notFound
    }
  }
}
