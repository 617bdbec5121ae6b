internal import Core
public import Database
public import Storage

/// The journal of multipart uploads in the ledger of a migration.
///
/// ```swift
/// let sender = FileSender(store: store, bucket: "uploads-raw", settings: settings, journal: LedgerJournal(ledger))
/// ```
public struct LedgerJournal: MultipartJournal {
  private let ledger: MigrationLedger

  /// Creates a journal of files whose numbers are those of the ledger's rows.
  public init(_ ledger: MigrationLedger) { self.ledger = ledger }

  /// Records the start of an upload, durably.
  public func began(_ upload: UploadID, partSize: Int64, of file: FileToSend) throws(SendFailure) {
    try recording { () throws(LedgerError) in
      try ledger.begin(LedgerUpload(row: file.id, id: upload.description, key: file.key, partSize: partSize))
    }
  }

  /// Records a part that the store has confirmed, durably.
  public func stored(_ part: SentPart, of upload: UploadID, _ file: FileToSend) throws(SendFailure) {
    let line = LedgerPart(number: part.number, size: part.size, digest: part.sha256, etag: part.etag.description)
    try recording { () throws(LedgerError) in try ledger.record(line, of: upload.description, row: file.id) }
  }

  /// Records that the upload is completed or aborted, durably.
  public func ended(_ upload: UploadID, of file: FileToSend) throws(SendFailure) {
    try recording { () throws(LedgerError) in try ledger.endUpload(upload.description, row: file.id) }
  }

  private func recording(_ body: () throws(LedgerError) -> Void) throws(SendFailure) {
    do throws(LedgerError) { try body() } catch { throw .unrecorded(detail: error.description) }
  }
}

/// The multipart uploads that earlier runs left, by the number of the file's row.
struct LeftUploads {
  private var uploads: [Int64: [LedgerUpload]]

  /// Reads the uploads from the ledger.
  init(_ ledger: MigrationLedger) throws(LedgerError) {
    uploads = Dictionary(grouping: try ledger.uploads(), by: \.row)
  }

  /// Removes and returns the upload to continue for a file: the one to this key with the most parts.
  mutating func take(_ row: Int64, key: String) -> PartialUpload? {
    let fitting = (uploads[row] ?? []).filter { $0.key == key }
    guard let best = fitting.max(by: { $0.parts.count < $1.parts.count }) else { return nil }
    uploads[row]?.removeAll { $0 == best }
    return PartialUpload(best)
  }

  /// Removes and returns the uploads that no file continues.
  mutating func takeAll() -> [LedgerUpload] {
    defer { uploads = [:] }
    return uploads.values.flatMap { $0 }
  }
}

extension PartialUpload {
  fileprivate init(_ upload: LedgerUpload) {
    self.init(
      upload: UploadID(upload.id),
      partSize: upload.partSize,
      parts: upload.parts.map { SentPart(number: $0.number, size: $0.size, sha256: $0.digest, etag: ETag($0.etag)) }
    )
  }
}

extension FileSender {
  /// Aborts an upload that no file continues; if the store does not abort it, the next run tries again.
  func abort(_ upload: LedgerUpload) {
    let file = FileToSend(id: upload.row, key: upload.key) { () throws(SendFailure) in throw .vanished }
    try? discard(UploadID(upload.id), file)
  }
}
