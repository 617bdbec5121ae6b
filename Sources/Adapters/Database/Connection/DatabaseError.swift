public import Core
internal import GRDB

/// What any call of `FileDatabase` can fail of; an answer such as "no room" is a result, never an error.
public enum DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Other processes held the database until the deadline; the same call may succeed later.
  case busy
  /// The disk is full; nothing of the call was stored.
  case full
  /// The file is not a database, is damaged, or holds a value that this program cannot have written.
  case corrupt(detail: String)
  /// The database is of version `found`, and this program knows versions up to `known` only.
  case schemaTooNew(found: Int64, known: Int64)
  /// A defect or a broken installation; `detail` is for the log.
  case unexpected(detail: String)

  /// For logs and terminals.
  public var description: String {
    switch self {
    case .busy: "busy"
    case .full: "the disk is full"
    case .corrupt(let detail), .unexpected(let detail): detail
    case .schemaTooNew(let found, let known): "schema version \(found), this program knows versions up to \(known)"
    }
  }

  init(_ error: any Error) {
    if let error = error as? DatabaseError {
      self = error
      return
    }
    guard let error = error as? GRDB.DatabaseError else {
      self = .unexpected(detail: "\(error)")
      return
    }
    switch error.resultCode {
    // PROTOCOL: a process stands still in the midst of a step of the write-ahead log, and SQLite gave up after 10 s.
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .busy
    case .SQLITE_FULL: self = .full
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(detail: error.description)
    default: self = .unexpected(detail: error.description)
    }
  }
}

extension StorageError {
  /// `unavailable` for what passes by itself or by making room, else `unexpected`.
  public init(_ error: DatabaseError) {
    switch error {
    case .busy, .full: self = .unavailable(detail: "database: \(error)")
    case .corrupt, .schemaTooNew, .unexpected: self = .unexpected(detail: "database: \(error)")
    }
  }
}
