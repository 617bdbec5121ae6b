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
      /// `unknown_bucket`, `foreign_key` or `unknown_file`.
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

  /// Stores a job for each known upload among `events`.
  ///
  /// A repeated event changes nothing.
  public func take(_ events: [StorageEvent], at now: Date) throws(StorageError) -> Receipt {
    var files: [FileID] = []
    var ignored: [Receipt.Ignored] = []
    func ignore(_ event: StorageEvent, _ reason: String) {
      ignored.append(.init(bucket: event.bucket, key: event.key, reason: reason))
    }
    for event in events {
      if event.bucket != bucket {
        ignore(event, "unknown_bucket")
      } else if let key = RawKey(event.key) {
        if try database.file(key.file)?.rawKey == key.description {
          files.append(key.file)
        } else {
          ignore(event, "unknown_file")
        }
      } else {
        ignore(event, "foreign_key")
      }
    }
    if !files.isEmpty { _ = try database.enqueue(for: files, at: now) }
    return Receipt(accepted: files.count, ignored: ignored)
  }
}
