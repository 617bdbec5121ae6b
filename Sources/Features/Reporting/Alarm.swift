import Core
import Database
import Foundation

/// A state that an administrator should change, with what to do.
public struct Alarm: Hashable, Sendable, Encodable {
  /// The state and the remedy, in one or two sentences.
  public let text: String
  /// The section of the dashboard that shows more: `queue`, `results`, `health` or `usage`.
  public let section: String

  /// The age of a waiting job from which on the queue is late, in seconds.
  private static let lateSeconds: TimeInterval = 600
  /// The age of the last sweep from which on sweeps are missing, in seconds.
  private static let sweepSeconds: TimeInterval = 900

  /// Returns the alarms that follow from the queue, the last results and the answers of the processes.
  static func all(
    _ queue: QueueDescription,
    _ reports: [ReportDescription],
    _ health: [ProcessHealth.Answer],
    at now: Date
  ) -> [Alarm] {
    waiting(queue, at: now) + missingSweep(reports, at: now)
      + reports.filter { !$0.isGood }.map { Alarm(text: "\($0.name): \($0.text)", section: "results") }
      + health.filter { !$0.isReady }.map { Alarm(text: "\($0.process): \(words(for: $0))", section: "health") }
  }

  private static func waiting(_ queue: QueueDescription, at now: Date) -> [Alarm] {
    var alarms: [Alarm] = []
    let failed = queue.count(.failed)
    if failed > 0 {
      alarms.append(
        Alarm(text: "Jobs that failed for good: \(failed). Look at the reason, then retry.", section: "queue")
      )
    }
    let oldest = queue.rows.filter { $0.state == "queued" }.map(\.oldestAt).min()
    if let oldest, now.timeIntervalSince(oldest) > lateSeconds {
      let age = Wording.duration(now.timeIntervalSince(oldest))
      alarms.append(Alarm(text: "The oldest waiting job has waited for \(age): is a worker running?", section: "queue"))
    }
    return alarms
  }

  private static func missingSweep(_ reports: [ReportDescription], at now: Date) -> [Alarm] {
    guard let last = reports.filter({ $0.name == ReportName.sweep.rawValue }).map(\.at).max() else {
      return [Alarm(text: "No sweep has ended yet: start a worker.", section: "results")]
    }
    guard now.timeIntervalSince(last) > sweepSeconds else { return [] }
    let age = Wording.duration(now.timeIntervalSince(last))
    return [Alarm(text: "The last sweep ended \(age) ago: is a worker running?", section: "results")]
  }

  private static func words(for answer: ProcessHealth.Answer) -> String {
    if let failure = answer.failure { return failure }
    let missing = answer.parts.filter { $0.state != "ok" && !$0.state.hasPrefix("ok, but") }
    return missing.isEmpty ? "is not ready" : missing.map { "\($0.name): \($0.state)" }.joined(separator: "; ")
  }
}
