public import Core
public import Foundation

/// The time of the sweep's next check of a file.
public struct Watch: Hashable, Sendable {
  /// The identifier of the file.
  public let file: FileID
  /// The time of the check, or nil for no further check.
  public let next: Date?

  /// Creates the schedule of the next check of `file`.
  public init(_ file: FileID, next: Date?) {
    self.file = file
    self.next = next
  }
}

/// The files under whose keys an object can still arrive, or can have arrived since the last check.
///
/// A file is watched from its reservation, in every state. The watch ends when a check after the end of the upload URL
/// finds no unexpected object.
extension FileDatabase {
  /// Returns files that are neither pending nor received, and whose next check is due at `now`.
  ///
  /// Their identifiers sort before `end`. See `unattendedFiles` for the pages.
  public func watchedFiles(
    at now: Date,
    after last: FileID? = nil,
    before end: FileID? = nil,
    limit: Int = 100
  ) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      // "~" sorts after every identifier, since identifiers start with a hexadecimal digit.
      let range: Parameters = ["after": last?.description ?? "", "before": end?.description ?? "~"]
      let due: Parameters = ["now": now.milliseconds, "limit": limit]
      return try connection.run(FileStatement.watched, range.merging(due) { given, _ in given })
        .map(UnfinishedFile.init)
    }
  }

  /// Sets the time of the next check of each file, all in one transaction.
  public func watch(_ watches: [Watch]) throws(StorageError) {
    guard !watches.isEmpty else { return }
    try write { connection in
      for watch in watches {
        try connection.run(FileStatement.watch, ["file": watch.file.description, "next": watch.next?.milliseconds])
      }
    }
  }
}
