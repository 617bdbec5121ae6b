internal import GRDB
internal import Synchronization

/// Checkpoints the write-ahead log (WAL) before it grows long, and only while no other process can write.
///
/// SQLite's automatic checkpoint runs while other processes write. In versions before 3.51.3 this can corrupt the file.
/// A RESTART checkpoint takes the write lock first. It also keeps the length of the log: a commit that overwrites the
/// log is a third cheaper to make durable than a commit that extends the log.
/// Source: https://www.sqlite.org/wal.html#walresetbug and https://www.sqlite.org/c3ref/wal_checkpoint_v2.html
final class Checkpoints: Sendable {
  /// The number of this process's commits between two checkpoints: about 3 MB of log if each commit is a small write.
  static let interval = 100

  /// The longest wait of a checkpoint for readers and writers; the next checkpoint copies the pages that this one
  /// leaves.
  private static let patience = Duration.seconds(1)

  private let commits = Mutex(0)

  /// Counts a commit, and runs a checkpoint after every `interval` commits.
  func afterCommit(_ pool: DatabasePool, _ busyDeadline: BusyDeadline) {
    let isDue = commits.withLock { commits in
      commits += 1
      return commits.isMultiple(of: Self.interval)
    }
    guard isDue else { return }
    busyDeadline.move(to: ContinuousClock.now + Self.patience)
    _ = try? pool.writeWithoutTransaction { connection in try connection.checkpoint(.restart) }
  }
}
