import Core
public import Database
import Foundation

extension UsageStatus {
  /// Says in one line for each matter when usage was collected, what is under way, and what to do.
  public var lines: [String] {
    var lines: [String] = []
    if let latest {
      let time = latest.endedAt ?? latest.beganAt
      lines.append(
        "Collected at \(time.formatted(.iso8601)) in \(Wording.duration(latest.workedSeconds)),"
          + " with \(Wording.number(Int(latest.requests), "request")) to the store."
      )
    } else if underWay == nil {
      lines.append(
        "No collection is whole yet. `stowage usage collect` collects now; with STOWAGE_USAGE=daily a worker does it once a day."
      )
    }
    if let underWay {
      let seen = "\(Wording.number(Int(underWay.entries), "object")) seen so far"
      lines.append(
        holder.map { "A collection is under way: \(Wording.printable($0.name)); \(seen)." }
          ?? "A collection was interrupted, \(seen). `stowage usage collect` goes on where it is."
      )
    }
    if let failed, let reason = failed.failure {
      lines.append(
        "The collection of \(failed.beganAt.formatted(.iso8601)) was given up: \(Wording.printable(reason))."
      )
    }
    return lines
  }
}
