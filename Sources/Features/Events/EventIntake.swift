public import Core
public import Database
public import Foundation

/// Turns storage events into jobs: one for each upload they tell of, stored before the sender hears of success.
public struct EventIntake: Sendable {
  /// What became of a message.
  public struct Receipt: Hashable, Sendable, Encodable {
    /// An event that made no job, and why.
    public struct Ignored: Hashable, Sendable, Encodable {
      /// The object's bucket.
      public let bucket: String
      /// The object's key.
      public let key: String
      /// `unknown_bucket`, `foreign_key` or `unknown_file`.
      public let reason: String
    }
    /// How many uploads are looked at because of it.
    public let accepted: Int
    /// The rest.
    public let ignored: [Ignored]
  }

  private let bucket: String
  private let database: FileDatabase

  /// Takes events about uploads in the raw `bucket`.
  public init(bucket: String, database: FileDatabase) {
    self.bucket = bucket
    self.database = database
  }

  /// Stores one job for each known upload among `events`; the same event again changes nothing.
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
