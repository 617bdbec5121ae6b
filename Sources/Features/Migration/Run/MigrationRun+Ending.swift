import Core
import Database
import Foundation
import Storage
import Synchronization

extension MigrationRun {
  /// Ends the contents that newer ones replaced before the database knew them: delivered if they were sent, else given up.
  func settleReplaced(_ now: () -> Date) throws(MigrationError) {
    var last: FileID?
    while true {
      let contents = try MigrationError.recording { [last] () throws(LedgerError) in
        try ledger.unsettled(after: last, limit: Self.batch)
      }
      guard let end = contents.last else { return }
      last = end.file
      let sent = contents.compactMap { content in
        content.digest.map {
          MigratedObject(file: content.file, sha256: $0, size: content.size, versionID: content.version)
        }
      }
      let others = contents.filter { $0.digest == nil }.map(\.file)
      let time = now()
      try MigrationError.storing { () throws(StorageError) in
        _ = try database.receiveMigratedFiles(sent, processing: settings.processing, at: time)
        _ = try database.abandonMigratedFiles(others, at: time)
      }
      try MigrationError.recording { () throws(LedgerError) in try ledger.settle(contents) }
    }
  }

  /// Records the visibility of this run, and notes that of the run before if it was another one.
  func compareVisibility() throws(MigrationError) {
    try MigrationError.recording { () throws(LedgerError) in
      let before = try ledger.last(.visibility)
      guard before != settings.visibility.rawValue else { return }
      try ledger.record(.visibility, settings.visibility.rawValue)
      outcome.withLock { $0.visibilityBefore = before.flatMap(Visibility.init) }
    }
  }

  /// Queues the checks of received files of this ledger that have no job: of runs with another choice, and of runs that
  /// were killed.
  func queueUnchecked(_ now: Date) throws(MigrationError) {
    var due = now
    if case .later(let time) = settings.processing { due = max(due, time) }
    var last: FileID?
    while true {
      let files = try MigrationError.storing { [last] () throws(StorageError) in
        try database.uncheckedMigratedFiles(after: last, limit: 1000)
      }
      guard let end = files.last else { return }
      last = end
      let own = try MigrationError.recording { () throws(LedgerError) in try ledger.known(files) }
      guard !own.isEmpty else { continue }
      let queued = try MigrationError.storing { [due] () throws(StorageError) in
        try database.enqueue(for: own, at: now, delay: due.timeIntervalSince(now))
      }
      outcome.withLock { $0.queued += queued.count }
    }
  }

  /// Removes the object of a file that its owner deleted, or that was erased with its owner, during the upload.
  ///
  /// Exactly the version that this migration stored is removed. If the store does not answer, the next run tries again.
  func withdraw(_ row: LedgerRow, _ object: MigratedObject, _ steps: inout [(id: Int64, step: LedgerStep)]) {
    guard let key = row.key else { return }
    do throws(StoreError) {
      try sender.store.delete(key, in: sender.bucket, version: object.versionID.map { VersionID($0) })
      steps.append(withdrawn(row))
    } catch {
      outcome.withLock { $0.failed += 1 }
    }
  }

  /// Returns true if the owner was erased, or is being erased.
  func isErased(_ user: UserID?) throws(MigrationError) -> Bool {
    guard let user else { return false }
    let record = try MigrationError.storing { () throws(StorageError) in try database.user(user) }
    return record.map { $0.erasingSince != nil } ?? true
  }
}
