import Core
import Database
import Synchronization

/// Limits each user's uploads, and all migrated files together, to half of a worker's threads.
///
/// While users upload, migrated files get one thread for a fifth of the time, since a check slows others down even on
/// another thread. The limit counts threads instead of leases: a lease ends when its file is deleted, but the thread continues until
/// its work returns.
final class Turns: Sendable {
  private let share: Int
  private let busy = Mutex(Busy())

  /// The time for which migrated files yield after a thread turned to an upload.
  private static let courtesy = Duration.seconds(5)
  /// The rest after the check of a migrated file beside uploads, in lengths of the check.
  private static let rest = 4

  private struct Busy {
    /// The number of threads that work on each user's uploads.
    var users: [UserID: Int] = [:]
    /// The number of threads that work on migrated files.
    var migrated = 0
    /// The time until which the worker counts as busy with uploads.
    var uploadsUntil: ContinuousClock.Instant?
    /// The end of the rest of migrated files.
    var restUntil: ContinuousClock.Instant?

    func sparesMigrated(_ share: Int, _ now: ContinuousClock.Instant) -> Bool {
      guard let uploadsUntil, now < uploadsUntil else { return migrated >= share }
      return migrated >= 1 || restUntil.map { now < $0 } ?? false
    }
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
    at now: ContinuousClock.Instant = .now,
    _ take: (_ full: UserID?, _ sparesMigrated: Bool) throws(StorageError) -> LeasedJob?
  ) throws(StorageError) -> LeasedJob? {
    try busy.withLock { (busy) throws(StorageError) in
      let full = busy.users.filter { $0.value >= share }.map(\.key)
      guard full.count <= 1, let job = try take(full.first, busy.sparesMigrated(share, now)) else { return nil }
      if job.isMigrated {
        busy.migrated += 1
      } else {
        busy.users[job.user, default: 0] += 1
        if job.kind == .process { busy.uploadsUntil = now + Self.courtesy }
      }
      return job
    }
  }

  /// Records that the work on `job`, which took `duration`, has ended.
  func end(_ job: LeasedJob, after duration: Duration, at now: ContinuousClock.Instant = .now) {
    busy.withLock { busy in
      guard !job.isMigrated else {
        busy.migrated -= 1
        busy.restUntil = now + duration * Self.rest
        return
      }
      let left = busy.users[job.user, default: 1] - 1
      busy.users[job.user] = left > 0 ? left : nil
    }
  }
}
