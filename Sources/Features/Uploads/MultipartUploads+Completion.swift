public import Core
import Database
public import Foundation
import Storage

/// Where a file stands once its upload is complete.
public struct UploadOutcome: Hashable, Sendable {
  /// The file.
  public let fileId: String
  /// `received`, or what it has become since; `pending` where a single PUT was not seen yet.
  public let state: FileState
  /// Why it was refused, when it was.
  public let reason: RejectionReason?
}

extension MultipartUploads {
  /// How often parts may change under a completion before it gives up.
  private static let attempts = 3

  /// Makes the user's file of its parts, and has it judged; the same again where that was done already.
  ///
  /// Throws `partsMissing` unless the bucket has just the parts of this upload, each of its length; `notFound` for
  /// unknown and foreign files; `uploadClosed` where the upload was aborted or its time and an hour are over.
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

  /// Chooses the parts of a file out of the store's listing, or throws what stands against them.
  typealias Choice = (_ listed: [PartSummary], OpenUpload) throws(StorageError) -> [CompletedPart]

  /// Makes the file of the parts that `choose` chooses.
  func complete(_ record: FileRecord, at now: Date, choosing choose: Choice) throws(StorageError) -> UploadOutcome {
    guard record.state == .pending else { return try record.outcome() }
    let upload = try open(record)
    guard now <= upload.expiresAt.addingTimeInterval(TimeInterval(UploadPolicy.graceSeconds)) else {
      throw .uploadClosed(detail: "Its time is over.")
    }
    try assemble(upload, choosing: choose)
    _ = try database.complete(record.id, at: now)
    guard let after = try database.file(record.id) else { throw .notFound }
    // Aborted or expired meanwhile: the object that was made must go.
    if after.state.refusesObjects { _ = try database.enqueue(for: [record.id], at: now) }
    return try after.outcome()
  }

  /// Has the store make the object of the parts; returns where the object is there, whoever made it.
  private func assemble(_ upload: OpenUpload, choosing choose: Choice) throws(StorageError) {
    var isConditional = true
    for _ in 0..<Self.attempts {
      guard let listed = try listed(upload) else { return try confirmObject(upload) }
      let parts: [CompletedPart]
      do {
        parts = try choose(listed, upload)
      } catch {
        // SeaweedFS lists an upload that somebody else just made an object with ever fewer parts before it forgets it.
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
        // Not every store takes a condition here; the key is this upload's alone in any case.
        case .invalidRequest(code: "NotImplemented", _) where isConditional: isConditional = false
        // Written over since they were listed, or just made an object by somebody else: the next look tells.
        case .invalidRequest(code: "InvalidPart", _): continue
        default: throw .unavailable(detail: "store: \(error)")
        }
      }
    }
    throw .unavailable(detail: "store: the parts of \(upload.key) change while they are completed")
  }

  /// The bytes that the parts come to; nil where one of them is not listed.
  private static func size(of parts: [CompletedPart], in listed: [PartSummary]) -> Int64? {
    let sizes = Dictionary(listed.map { ($0.part, $0.size) }, uniquingKeysWith: { first, _ in first })
    let known = parts.compactMap { sizes[$0] }
    return known.count == parts.count ? known.reduce(0, +) : nil
  }

  /// Throws `uploadClosed` where the store has neither the upload nor the object.
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
  /// What the completion of this upload answers now.
  func outcome() throws(StorageError) -> UploadOutcome {
    switch state {
    case .received, .ready, .rejected: return UploadOutcome(fileId: id.description, state: state, reason: reason)
    case .pending, .expired, .aborted: throw closed()
    case .deleted, .purging, .purged: throw .notFound
    }
  }
}
