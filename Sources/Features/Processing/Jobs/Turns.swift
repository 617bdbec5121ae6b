import Core
import Database
import Synchronization

/// Limits each user's files to half of a worker's threads.
///
/// The limit counts threads instead of leases: a lease ends when its file is deleted, but the thread continues until
/// its work returns.
final class Turns: Sendable {
  private let share: Int
  /// The number of threads that work on each user's files.
  private let busy = Mutex<[UserID: Int]>([:])

  /// Allows at most `share` threads per user.
  ///
  /// The worker has at most `2 * share` threads.
  init(share: Int) { self.share = share }

  /// Calls `take` with the user to skip, if any, and counts the returned job; nil if there is no job.
  ///
  /// Threads call `take` one after another, so two threads cannot both use the last thread of a user's share. The
  /// calling thread is idle, so at most `2 * share - 1` threads are busy and at most one user can have a full share.
  func claim(_ take: (UserID?) throws(StorageError) -> LeasedJob?) throws(StorageError) -> LeasedJob? {
    try busy.withLock { (busy) throws(StorageError) in
      let full = busy.filter { $0.value >= share }.map(\.key)
      guard full.count <= 1, let job = try take(full.first) else { return nil }
      busy[job.user, default: 0] += 1
      return job
    }
  }

  /// Records that the work on a job of `user` has ended.
  func end(_ user: UserID) {
    busy.withLock { busy in
      let left = busy[user, default: 1] - 1
      busy[user] = left > 0 ? left : nil
    }
  }
}
