public import Core
public import Foundation

extension FileDatabase {
  /// Gives `file` a new name or visibility if its state, name and visibility still equal the record.
  ///
  /// Returns false and changes nothing otherwise. A new visibility changes the image URLs of a ready file, so the same
  /// transaction queues a cache invalidation for the old URLs.
  public func change(_ file: FileRecord, to change: FileChange, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      let filename = change.filename?.description ?? file.filename
      let visibility = change.visibility ?? file.visibility
      let isChanged = try connection.returnsRow(
        FileStatement.change,
        [
          "file": file.id.description, "state": file.state.rawValue, "old_filename": file.filename,
          "old_visibility": file.visibility.rawValue, "filename": filename,
          "search_name": FileName.folded(filename), "visibility": visibility.rawValue,
        ]
      )
      if isChanged, visibility != file.visibility, file.state == .ready {
        try connection.run(JobStatement.invalidate, ["file": file.id.description, "now": now.milliseconds])
      }
      return isChanged
    }
  }
}
