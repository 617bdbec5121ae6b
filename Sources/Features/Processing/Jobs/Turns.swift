import Core
import Database
import Synchronization

/// Keeps half of a worker's threads free of any one user's files.
///
/// It counts threads, not leases: a lease ends when its file is deleted, the work on it only later.
final class Turns: Sendable {
  private let share: Int
  /// How many threads work on each user's files.
  private let busy = Mutex<[UserID: Int]>([:])

  /// At most `share` threads at a time for one user, of less than twice as many and one more.
  init(share: Int) { self.share = share }

  /// What `take` takes, which is to spare the user named to it; nil where that is nothing.
  ///
  /// Threads ask one after another, so that no two of them take a user's last place. With all of its place taken by one
  /// user the worker has less than half of its threads left, so there is no second such user.
  func claim(_ take: (UserID?) throws(StorageError) -> LeasedJob?) throws(StorageError) -> LeasedJob? {
    try busy.withLock { (busy) throws(StorageError) in
      let full = busy.filter { $0.value >= share }.map(\.key)
      guard full.count <= 1, let job = try take(full.first) else { return nil }
      busy[job.user, default: 0] += 1
      return job
    }
  }

  /// The work on a file of `user` that was claimed has ended.
  func end(_ user: UserID) {
    busy.withLock { busy in
      let left = busy[user, default: 1] - 1
      busy[user] = left > 0 ? left : nil
    }
  }
}
