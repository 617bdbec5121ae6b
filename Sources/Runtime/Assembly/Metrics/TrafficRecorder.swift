public import Core
import Database
public import Foundation
internal import Logging
public import Metrics
internal import Synchronization

/// Adds the counters of a process to the traffic by day in the database, once a minute and at the end.
///
/// A separate thread does the work, so no request waits for it. Numbers stay in memory until the database has them.
/// A number belongs to the day on which it was read from its counter, so up to a minute of a day can count for the next.
public final class TrafficRecorder: Sendable {
  private struct Key: Hashable {
    let name: TrafficName
    let label: String
  }

  private struct DayKey: Hashable {
    let day: Int
    let key: Key
  }

  private struct State {
    /// The values of the counters that were read.
    var taken: [Key: Int64] = [:]
    /// The numbers that the database does not have yet.
    var pending: [DayKey: Int64] = [:]
  }

  /// The time between two writes, in seconds.
  private static let pauseSeconds = 60
  /// The maximum time that the end of a process waits for the last write, in seconds.
  private static let patienceSeconds = 3.0

  private let metrics: Registry
  private let write: @Sendable ([TrafficCount]) throws(StorageError) -> Void
  private let state = Mutex(State())
  /// Held during a write, so that no number is written twice.
  private let writing = NSLock()
  private let written: Counter
  private let failed: Counter
  private let isOver = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)

  /// Creates a recorder of the counters in `metrics`; `write` adds counts to the database, all or none.
  public init(_ metrics: Registry, write: @escaping @Sendable ([TrafficCount]) throws(StorageError) -> Void) {
    self.metrics = metrics
    self.write = write
    let (name, help) = ("stowage_traffic_writes_total", "Writes of the traffic by day to the database, by outcome.")
    written = metrics.counter(name, help, ["outcome": "good"])
    failed = metrics.counter(name, help, ["outcome": "failed"])
    metrics.reading("stowage_traffic_pending", "Numbers of the traffic by day that the database does not have yet.") {
      [weak self] in self.map { Double($0.state.withLock { $0.pending.count }) }
    }
  }

  /// Starts to record the counters of `app`, if its database can be opened.
  public static func start(of app: Application) -> TrafficRecorder {
    let recorder = TrafficRecorder(app.metrics) { counts throws(StorageError) in try app.database.addTraffic(counts) }
    let thread = Thread { [recorder] in recorder.run(log: app.log) }
    thread.name = "traffic"
    thread.start()
    return recorder
  }

  private func run(log: Logger) {
    while true {
      let isLast = isOver.wait(timeout: .now() + .seconds(Self.pauseSeconds)) == .success
      do throws(StorageError) {
        try record(at: .now)
      } catch {
        log.warning("traffic not written", metadata: ["detail": .string("\(error)")])
      }
      guard !isLast else { break }
    }
    hasEnded.signal()
  }

  /// Writes what is left, and waits for that at most three seconds.
  ///
  /// Returns false if the time was not enough; the numbers since the last write are then lost.
  @discardableResult
  public func stop() -> Bool {
    isOver.signal()
    return hasEnded.wait(timeout: .now() + Self.patienceSeconds) == .success
  }

  /// Reads the counters, and writes all numbers that the database does not have; throws if it could not be reached.
  public func record(at now: Date) throws(StorageError) {
    collect(at: now)
    writing.lock()
    defer { writing.unlock() }
    let pending = state.withLock { $0.pending }
    guard !pending.isEmpty else { return }
    do throws(StorageError) {
      try write(
        pending.map { TrafficCount(day: $0.key.day, name: $0.key.key.name, label: $0.key.key.label, value: $0.value) }
      )
    } catch {
      failed.add()
      throw error
    }
    written.add()
    state.withLock { state in
      for (key, value) in pending {
        let left = state.pending[key, default: 0] - value
        state.pending[key] = left > 0 ? left : nil
      }
    }
  }

  private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, isTooLarge) = left.addingReportingOverflow(right)
    return isTooLarge ? .max : sum
  }

  /// Moves what the counters gained since the last call into the numbers of the day of `now`.
  private func collect(at now: Date) {
    let day = now.daysSince1970
    let counts = metrics.counts(TrafficSource.metrics)
    var sums: [Key: Int64] = [:]
    for source in TrafficSource.all {
      for count in counts[source.metric] ?? [] {
        guard let (label, value) = source.reading(of: count) else { continue }
        let key = Key(name: source.name, label: label)
        sums[key] = Self.sum(sums[key, default: 0], value)
      }
    }
    state.withLock { state in
      for (key, sum) in sums {
        let gained = sum - state.taken[key, default: 0]
        guard gained > 0 else { continue }
        let place = DayKey(day: day, key: key)
        state.pending[place] = Self.sum(state.pending[place, default: 0], gained)
        state.taken[key] = sum
      }
    }
  }
}
