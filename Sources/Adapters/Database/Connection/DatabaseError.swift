public import Core
internal import GRDB

/// The failures that every call of `FileDatabase` can have; an outcome such as "no quota left" is a result, not an
/// error.
public enum DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Other processes held the write lock until the deadline; the same call may succeed later.
  case busy
  /// The server cannot be reached or did not answer in time; the same call may succeed later.
  case away(detail: String)
  /// The disk is full; the database stored nothing of the call.
  case full
  /// The file is not a database, is damaged, or contains a value that this program cannot have written.
  case corrupt(detail: String)
  /// The database has schema version `found`, and this program supports versions up to `known`.
  case schemaTooNew(found: Int64, known: Int64)
  /// A bug or a broken installation; `detail` is for the log.
  case unexpected(detail: String)

  /// The failure as text for logs and terminals.
  public var description: String {
    switch self {
    case .busy: "busy"
    case .full: "the disk is full"
    case .away(let detail), .corrupt(let detail), .unexpected(let detail): detail
    case .schemaTooNew(let found, let known): "schema version \(found), this program knows versions up to \(known)"
    }
  }

  init(_ error: any Error) {
    if let error = error as? DatabaseError {
      self = error
      return
    }
    if let failure = error as? PostgreSQLFailure {
      self.init(failure)
      return
    }
    guard let error = error as? GRDB.DatabaseError else {
      self = .unexpected(detail: "\(error)")
      return
    }
    switch error.resultCode {
    // SQLITE_PROTOCOL: another process stopped in the middle of a WAL operation, and SQLite gave up after 10 s.
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .busy
    case .SQLITE_FULL: self = .full
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(detail: error.description)
    default: self = .unexpected(detail: error.description)
    }
  }
}

extension StorageError {
  /// Creates `unavailable` for failures that end by waiting or freeing disk space, otherwise `unexpected`.
  public init(_ error: DatabaseError) {
    switch error {
    case .busy, .away, .full: self = .unavailable(detail: "database: \(error)")
    case .corrupt, .schemaTooNew, .unexpected: self = .unexpected(detail: "database: \(error)")
    }
  }
}
