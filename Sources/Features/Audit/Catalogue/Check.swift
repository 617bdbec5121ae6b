/// The harm that an open check can do.
public enum Severity: String, CaseIterable, Sendable, Comparable {
  /// The severities in ascending order.
  case low, medium, high, critical

  /// The number that GitHub and other readers of SARIF sort by, from 0.1 to 10.
  ///
  /// Source: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
  public var score: String {
    switch self {
    case .low: "3.0"
    case .medium: "5.5"
    case .high: "8.0"
    case .critical: "9.5"
    }
  }

  /// Compares by severity.
  public static func < (left: Severity, right: Severity) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}

/// One entry of the catalogue: a state that must hold.
///
/// A setting and the live probe of its effect are one check.
public struct Check: Sendable, Hashable {
  /// The identifier: the area, a dot and a name; it never changes its meaning.
  public let id: String
  /// The harm if the state does not hold.
  public let severity: Severity
  /// The state that must hold, as a sentence.
  public let title: String
  /// The reason, as a sentence.
  public let why: String
  /// The remedy: a command or a setting.
  public let mend: String
  /// The controls of published standards that ask for the same, such as `S3.8`, `CIS-5.0:2.1.4` and `ASVS-5.0:12.1.1`.
  ///
  /// A control without a prefix is one of AWS Security Hub CSPM. CIS numbers are those of the AWS Foundations Benchmark of the
  /// named version.
  public let mappings: [String]

  /// The part of the system: the identifier up to the dot.
  public var area: String { id.split(separator: ".").first.map(String.init) ?? id }

  init(
    _ id: String,
    _ severity: Severity,
    _ title: String,
    why: String,
    mend: String,
    mappings: [String] = []
  ) {
    (self.id, self.severity, self.title) = (id, severity, title)
    (self.why, self.mend, self.mappings) = (why, mend, mappings)
  }
}

extension Check {
  /// The catalogue, by area.
  public static let all: [Check] = buckets + urls + permissions + nginx + access + keys + node + settings + cdn

  /// Returns the check of this identifier.
  public static func named(_ id: String) -> Check? { all.first { $0.id == id } }
}
