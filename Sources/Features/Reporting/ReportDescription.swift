public import Core
import Database
public import Foundation

/// The last result of some work on one node, as the dashboard's JSON shows it.
public struct ReportDescription: Sendable, Encodable {
  /// A number of the result.
  public struct Figure: Sendable, Encodable {
    /// The name of the number.
    public let name: String
    /// The number.
    public let value: Int64
    /// The unit, in the plural.
    public let unit: String
  }

  /// `audit`, `sweep`, `cleanup`, `comparison`, `census` or `usage`.
  public let name: String
  /// The end of the work.
  public let at: Date
  /// The machine that did it; nil if that is not known.
  public let node: String?
  /// True if nobody has to act.
  public let isGood: Bool
  /// The result as a sentence.
  public let text: String
  /// The numbers of the result.
  public let figures: [Figure]

  /// Describes `report`.
  public init(_ report: Report) {
    self.init(name: report.name.rawValue, at: report.at, node: report.node, report.outcome)
  }

  init(name: String, at: Date, node: String?, _ outcome: Report.Outcome) {
    self.name = name
    self.at = at
    self.node = node
    isGood = outcome.isGood
    text = outcome.text
    figures = outcome.figures.map { Figure(name: $0.name, value: $0.value, unit: $0.unit) }
  }

  /// Returns the results of the last whole collection of usage and of the last one that was given up.
  static func ofUsage(_ status: UsageStatus) -> [ReportDescription] {
    var reports: [ReportDescription] = []
    if let latest = status.latest, let ended = latest.endedAt {
      let figures = [
        Report.Outcome.Figure("counted", latest.entries, "objects"), .init("size", latest.bytes, "bytes"),
        .init("requests to the store", latest.requests, "requests"),
        .init("work", Int64(latest.workedSeconds.rounded()), "s"),
      ]
      let outcome = Report.Outcome(isGood: true, text: "Counted everything in the buckets.", figures: figures)
      reports.append(ReportDescription(name: "usage", at: ended, node: nil, outcome))
    }
    if let failed = status.failed, let reason = failed.failure {
      let text = "A collection was given up: \(Wording.printable(reason))"
      reports.append(
        ReportDescription(name: "usage", at: failed.beganAt, node: nil, Report.Outcome(isGood: false, text: text))
      )
    }
    return reports
  }
}
