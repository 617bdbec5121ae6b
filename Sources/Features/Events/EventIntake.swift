public import Core
public import Database
public import Foundation

/// Turns storage events into jobs: stores one job for each uploaded file before the sender gets a success response.
public struct EventIntake: Sendable {
  /// The response to an event message.
  public struct Receipt: Hashable, Sendable, Encodable {
    /// An event that created no job, with the reason.
    public struct Ignored: Hashable, Sendable, Encodable {
      /// The object's bucket.
      public let bucket: String
      /// The object's key.
      public let key: String
      /// `unknown_bucket`; `unknown_file` for a key in the form of an upload, and `foreign_key` for any other key, if
      /// no file has the key; `migrated_file` if a migration decides when the file is checked; `settled_file` for a
      /// deletion that needs no work: the file is not ready, or its checked bytes are under another key.
      public let reason: String
    }
    /// The number of events for which a job was stored.
    public let accepted: Int
    /// The events that were ignored.
    public let ignored: [Ignored]
  }

  private let bucket: String
  private let database: FileDatabase

  /// Accepts events about uploads in the raw `bucket`.
  public init(bucket: String, database: FileDatabase) {
    self.bucket = bucket
    self.database = database
  }

  /// Stores a job for each known file among `events`: the file whose raw key is the key of the event.
  ///
  /// A migrated file gets its first job from the migration, so an event about the object's arrival stores none.
  /// A repeated event changes nothing. An event about a deletion stores a job for a ready file: a worker finds out who
  /// deleted its object.
  public func take(_ events: [StorageEvent], at now: Date) throws(StorageError) -> Receipt {
    let holders = try database.holders(ofRawObjects: events.map { $0.bucket == bucket ? $0.key : "" })
    var files: [FileID] = []
    var ignored: [Receipt.Ignored] = []
    func ignore(_ event: StorageEvent, _ reason: String) {
      ignored.append(.init(bucket: event.bucket, key: event.key, reason: reason))
    }
    for (event, holder) in zip(events, holders) {
      if event.bucket != bucket {
        ignore(event, "unknown_bucket")
      } else if let holder {
        if event.change != .written {
          if Self.isAffected(holder, by: event) { files.append(holder.file) } else { ignore(event, "settled_file") }
        } else if RawKey(kept: event.key) != nil, !holder.isMigrated {
          ignore(event, "foreign_key")
        } else if holder.isMigrated, [.pending, .received].contains(holder.state) {
          ignore(event, "migrated_file")
        } else {
          files.append(holder.file)
        }
      } else {
        ignore(event, RawKey(event.key) == nil ? "foreign_key" : "unknown_file")
      }
    }
    if !files.isEmpty { _ = try database.enqueue(for: files, at: now) }
    return Receipt(accepted: files.count, ignored: ignored)
  }

  /// True if the deletion can concern the checked bytes of a ready file.
  ///
  /// Workers delete other versions of uploads themselves, and on a store without versions the upload beside its kept copy.
  private static func isAffected(_ holder: KeyHolder, by event: StorageEvent) -> Bool {
    guard holder.state == .ready else { return false }
    return event.change == .covered || holder.isMigrated || RawKey(kept: event.key) != nil
  }
}
