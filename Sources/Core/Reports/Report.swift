public import Foundation

/// The work whose last result on each node is kept for the dashboard.
public enum ReportName: String, CaseIterable, Sendable {
  /// `stowage audit`.
  case audit
  /// The sweep of a worker.
  case sweep
  /// The daily deletion of files by age.
  case cleanup
  /// The daily comparison of the raw bucket with the database.
  case comparison
  /// The count of users and files.
  case census
}

/// The last result of some work on one node.
public struct Report: Hashable, Sendable {
  /// A result in one sentence and some numbers.
  public struct Outcome: Hashable, Sendable, Codable {
    /// A number of the result.
    public struct Figure: Hashable, Sendable, Codable {
      /// The name of the number, in a few words.
      public let name: String
      /// The number.
      public let value: Int64
      /// The unit in the plural, such as `files` or `bytes`.
      public let unit: String

      /// Creates a figure.
      public init(_ name: String, _ value: Int64, _ unit: String) {
        self.name = name
        self.value = value
        self.unit = unit
      }
    }

    /// The maximum length of `text`, in characters.
    public static let maximumText = 500
    /// The maximum number of figures.
    public static let maximumFigures = 32

    /// True if nobody has to act.
    public let isGood: Bool
    /// The result as a sentence.
    public let text: String
    /// The numbers of the result.
    public let figures: [Figure]

    /// Creates a result; a longer text and further figures are cut off.
    public init(isGood: Bool, text: String, figures: [Figure] = []) {
      self.isGood = isGood
      self.text = String(text.prefix(Self.maximumText))
      self.figures = Array(figures.prefix(Self.maximumFigures))
    }
  }

  /// The work.
  public let name: ReportName
  /// The end of the work.
  public let at: Date
  /// The host name of the machine that did it.
  public let node: String
  /// The result.
  public let outcome: Outcome

  /// Creates a report; a node name of more than 255 characters is cut off.
  public init(name: ReportName, at: Date, node: String, outcome: Outcome) {
    self.name = name
    self.at = at
    self.node = String(node.prefix(255))
    self.outcome = outcome
  }
}
