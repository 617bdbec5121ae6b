internal import GRDB
internal import Synchronization

/// Moves the write-ahead log into the database before it grows long, and only while no other process can write.
///
/// SQLite's automatic checkpoint runs beside other writers, which versions before 3.51.3 may answer with a damaged
/// file; one that restarts the log takes the writer's lock first. Restarting keeps the log's length: a commit that
/// overwrites is a third cheaper to make durable than one that extends the file.
/// Source: https://www.sqlite.org/wal.html#walresetbug and https://www.sqlite.org/c3ref/wal_checkpoint_v2.html
final class Checkpoints: Sendable {
  /// Commits of this process between two checkpoints: some 3 MB of log where each is a small write.
  static let interval = 100

  /// How long a checkpoint waits for readers and writers; what is not moved now is moved later.
  private static let patience = Duration.seconds(1)

  private let commits = Mutex(0)

  /// Checkpoints where it is time to.
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
