internal import Foundation
internal import GRDB
internal import Synchronization

/// Moves the write-ahead log into the database before it grows long, and only while no other process can write.
///
/// SQLite's automatic checkpoint runs beside other writers, which versions before 3.51.3 may answer with a damaged
/// file; one that truncates takes the writer's lock first.
/// Source: https://www.sqlite.org/wal.html#walresetbug and https://www.sqlite.org/c3ref/wal_checkpoint_v2.html
final class Checkpoints: Sendable {
  /// The length of the log that calls for a checkpoint, in bytes.
  static let threshold: Int64 = 4 << 20

  /// How long a checkpoint waits for readers and writers; what is not moved now is moved later.
  private static let patience = Duration.seconds(1)

  private let log: String
  private let next = Mutex(threshold)

  /// Watches the write-ahead log of the database at `path`.
  init(path: String) { log = path + "-wal" }

  /// Checkpoints when the log has grown by the threshold since it was last empty or last tried.
  func afterCommit(_ pool: DatabasePool, _ busyDeadline: BusyDeadline) {
    guard length() >= next.withLock({ $0 }) else { return }
    busyDeadline.move(to: ContinuousClock.now + Self.patience)
    _ = try? pool.writeWithoutTransaction { connection in try connection.checkpoint(.truncate) }
    next.withLock { $0 = length() + Self.threshold }
  }

  private func length() -> Int64 {
    var status = stat()
    return stat(log, &status) == 0 ? Int64(status.st_size) : 0
  }
}
