import Assembly
import Core
import Database
import Foundation
import Logging
import Metrics
import Usage

/// The collection of usage, which one worker of all nodes does once a day.
struct UsageCollecting: Sendable {
  /// The interval between two collections, in seconds.
  private static let period: TimeInterval = 86_400

  private let log: Logger
  /// Nil if workers collect no usage.
  private let collector: UsageCollector?
  private let name = CollectorName("worker")
  private let last: Gauge
  private let database: FileDatabase

  init(_ app: Application) throws(StorageError) {
    log = app.log
    database = try app.database
    last = app.metrics.gauge(
      "stowage_usage_last_timestamp_seconds",
      "Time at which the last whole collection of usage ended, by any process."
    )
    collector =
      app.settings.usage.isDaily
      ? UsageCollector(
        database: database,
        store: try app.store,
        buckets: app.settings.buckets,
        inventory: app.settings.usage.inventory.map(InventoryPlace.init)
      ) : nil
  }

  /// Collects usage if it is due and no other process does, until it is whole or `isWanted` returns false.
  func go(while isWanted: @escaping () -> Bool) {
    guard let collector else { return }
    do throws(StorageError) {
      switch try collector.collect(for: name, every: Self.period, while: isWanted) {
      case .whole(let collection):
        log.notice(
          "usage",
          metadata: [
            "objects": .stringConvertible(collection.entries), "bytes": .stringConvertible(collection.bytes),
            "requests": .stringConvertible(collection.requests),
            "seconds": .stringConvertible(collection.workedSeconds),
          ]
        )
      case .lost: log.warning("usage: another process took the collection over")
      case .stopped, .held, .notDue: break
      }
      last.set(try database.usageCollection(at: .now).latest?.endedAt?.timeIntervalSince1970)
    } catch {
      log.error("usage not collected", metadata: ["detail": .string("\(error)")])
    }
  }
}
