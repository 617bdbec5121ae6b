internal import GRDB

/// The failures of a migration's ledger, as sentences for the person who runs the migration.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another migration has locked the ledger; `process` is its process identifier, if it is known.
  case inUse(path: String, process: Int32?)
  /// No ledger exists at `path`.
  case missing(path: String)
  /// The path names something else than a regular file; `kind` is its name with an article.
  case noFile(path: String, kind: String)
  /// The ledger cannot be opened or created; `reason` is the system's message.
  case unusable(path: String, reason: String)
  /// The ledger belongs to another folder; both are given as printable text.
  case otherTree(recorded: String, given: String)
  /// The folder has the recorded path, but it is another folder than before, such as one on a new disk.
  case movedTree(path: String)
  /// The ledger belongs to another bucket; both are given as endpoint and bucket.
  case otherBucket(recorded: String, given: String)
  /// The ledger was written by a newer version of Stowage.
  case tooNew(found: Int64, known: Int64)
  /// The disk of the ledger is full; the call stored nothing.
  case full(path: String)
  /// The file is damaged, is no ledger, or contains a value that this program cannot have written.
  case damaged(path: String, detail: String)
  /// Another failure of SQLite or of the disk.
  case failed(path: String, detail: String)

  /// The failure as one sentence.
  public var description: String {
    switch self {
    case .inUse(let path, let process):
      "Another migration\(process.map { " (process \($0))" } ?? "") uses the ledger \(path). Wait until it has ended."
    case .missing(let path):
      "There is no ledger at \(path). No run has begun this migration, or --ledger must name another file."
    case .noFile(let path, let kind): "\(path) is \(kind); a ledger is a regular file."
    case .unusable(let path, let reason): "The ledger \(path) cannot be opened: \(reason)."
    case .otherTree(let recorded, let given):
      "The ledger belongs to the folder \(recorded), not to \(given). Name another ledger for this folder."
    case .movedTree(let path):
      "The folder \(path) is another one than that of the ledger, though it has the same path."
        + " If its files were copied there, --moved states so."
    case .otherBucket(let recorded, let given):
      "The ledger belongs to the bucket \(recorded), not to \(given). Name another ledger for this bucket."
    case .tooNew(let found, let known):
      "The ledger has schema version \(found), and this program knows versions up to \(known)."
    case .full(let path): "The disk of the ledger \(path) is full. Nothing is lost: make room and start again."
    case .damaged(let path, let detail): "The ledger \(path) is damaged: \(detail)."
    case .failed(let path, let detail): "The ledger \(path) failed: \(detail)."
    }
  }

  init(_ error: any Error, path: String) {
    if let error = error as? LedgerError {
      self = error
      return
    }
    if let error = error as? GRDB.DatabaseError {
      if error.extendedResultCode == .SQLITE_IOERR_SHMSIZE {
        self = .full(path: path)
        return
      }
      if error.resultCode == .SQLITE_CANTOPEN {
        self = .unusable(path: path, reason: error.message ?? "unable to open")
        return
      }
    }
    switch DatabaseError(error) {
    case .full: self = .full(path: path)
    case .corrupt(let detail): self = .damaged(path: path, detail: detail)
    case .schemaTooNew(let found, let known): self = .tooNew(found: found, known: known)
    case .busy: self = .failed(path: path, detail: "another process holds its write lock")
    case .away(let detail), .unexpected(let detail): self = .failed(path: path, detail: detail)
    }
  }
}
