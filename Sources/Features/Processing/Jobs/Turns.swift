import Core
import Database
import Synchronization

/// Limits each user's uploads, and all migrated files together, to half of a worker's threads.
///
/// The limit counts threads instead of leases: a lease ends when its file is deleted, but the thread continues until
/// its work returns.
final class Turns: Sendable {
  private let share: Int
  private let busy = Mutex(Busy())

  private struct Busy {
    /// The number of threads that work on each user's uploads.
    var users: [UserID: Int] = [:]
    /// The number of threads that work on migrated files.
    var migrated = 0
  }

  /// Allows at most `share` threads per user.
  ///
  /// The worker has at most `2 * share` threads.
  init(share: Int) { self.share = share }

  /// Calls `take` and counts the returned job; nil if there is no job.
  ///
  /// `take` gets the user to skip, if any, and true if migrated files must be skipped.
  ///
  /// Threads call `take` one after another, so two threads cannot both use the last thread of a user's share. The
  /// calling thread is idle, so at most `2 * share - 1` threads are busy and at most one user can have a full share.
  func claim(
    _ take: (_ full: UserID?, _ sparesMigrated: Bool) throws(StorageError) -> LeasedJob?
  ) throws(StorageError) -> LeasedJob? {
    try busy.withLock { (busy) throws(StorageError) in
      let full = busy.users.filter { $0.value >= share }.map(\.key)
      guard full.count <= 1, let job = try take(full.first, busy.migrated >= share) else { return nil }
      if job.isMigrated { busy.migrated += 1 } else { busy.users[job.user, default: 0] += 1 }
      return job
    }
  }

  /// Records that the work on `job` has ended.
  func end(_ job: LeasedJob) {
    busy.withLock { busy in
      guard !job.isMigrated else { return busy.migrated -= 1 }
      let left = busy.users[job.user, default: 1] - 1
      busy.users[job.user] = left > 0 ? left : nil
    }
  }
}
