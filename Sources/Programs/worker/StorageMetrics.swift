import Core
import Database
import Foundation
import Glibc
import Metrics
import Synchronization

/// The metrics of stored bytes, and of the disks that the worker writes to.
final class StorageMetrics: Sendable {
  /// The time between two sums over all users, in seconds: the sum reads every user.
  private static let pauseSeconds: TimeInterval = 600

  private let database: FileDatabase
  private let users: Gauge
  private let stored: Gauge
  private let reserved: Gauge
  private let due = Mutex(Date.distantPast)

  init(_ registry: Registry, _ settings: Settings, database: FileDatabase) {
    self.database = database
    users = registry.gauge("stowage_users", "Users, at most ten minutes ago.")
    stored = registry.gauge(
      "stowage_stored_bytes",
      "Bytes of all users' files, as charged to their quotas, at most ten minutes ago."
    )
    reserved = registry.gauge("stowage_reserved_bytes", "Bytes reserved for uploads, at most ten minutes ago.")
    let database = settings.database.path.map { ("database", URL(filePath: $0).deletingLastPathComponent().path) }
    for (folder, path) in [database, ("temporary", settings.worker.temporaryDirectory)].compactMap(\.self) {
      registry.reading("stowage_disk_free_bytes", "Free bytes of the folder's disk.", ["folder": folder]) {
        Self.disk(path)?.free
      }
      registry.reading("stowage_disk_size_bytes", "Bytes of the folder's disk.", ["folder": folder]) {
        Self.disk(path)?.size
      }
    }
  }

  /// Sums up the users' bytes, if the last sum is old.
  func refresh(at now: Date) throws(StorageError) {
    guard due.withLock({ $0 <= now }) else { return }
    let sums = try database.accountSums()
    users.set(Double(sums.users))
    stored.set(Double(sums.usedBytes))
    reserved.set(Double(sums.reservedBytes))
    due.withLock { $0 = now + Self.pauseSeconds }
  }

  private static func disk(_ path: String) -> (free: Double, size: Double)? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let block = Double(status.f_frsize)
    return (Double(status.f_bavail) * block, Double(status.f_blocks) * block)
  }
}
