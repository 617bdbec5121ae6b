public import Core
public import Foundation
internal import GRDB

/// When a file is looked at next.
public struct Watch: Hashable, Sendable {
  /// The file.
  public let file: FileID
  /// When; nil for never again.
  public let next: Date?

  /// The next look at `file`.
  public init(_ file: FileID, next: Date?) {
    self.file = file
    self.next = next
  }
}

/// Files under whose keys something may still be put, or may have been since anybody looked: from the reservation until a
/// look after the end of the URL found nothing, whatever became of the file meanwhile and however late that look is.
extension FileDatabase {
  /// Files that are judged or over, whose next look is due, and whose identifiers come before `end`; in pages as
  /// `unattendedFiles` has them.
  public func watchedFiles(
    at now: Date,
    after last: FileID? = nil,
    before end: FileID? = nil,
    limit: Int = 100
  ) throws(StorageError) -> [UnfinishedFile] {
    try read { connection in
      // Behind every identifier, which begins with a hexadecimal digit.
      let range: Parameters = ["after": last?.description ?? "", "before": end?.description ?? "~"]
      let due: Parameters = ["now": now.milliseconds, "limit": limit]
      return try connection.run(FileStatement.watched, range.merging(due) { given, _ in given })
        .map(UnfinishedFile.init)
    }
  }

  /// Sets when each of the files is looked at next, all in one transaction.
  public func watch(_ watches: [Watch]) throws(StorageError) {
    guard !watches.isEmpty else { return }
    try write { connection in
      for watch in watches {
        try connection.run(FileStatement.watch, ["file": watch.file.description, "next": watch.next?.milliseconds])
      }
    }
  }
}
