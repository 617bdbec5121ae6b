public import Core
public import Foundation

/// The last result of some work on one node, as the dashboard's JSON shows it.
public struct ReportDescription: Sendable, Encodable {
  /// A number of the result.
  public struct Figure: Sendable, Encodable {
    /// What is counted.
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
}
