public import Core
import Foundation

/// The open failures of a report in SARIF 2.1.0.
///
/// Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
struct SARIFLog: Encodable {
  struct Run: Encodable {
    let tool: Tool
    let invocations: [Invocation]
    let results: [Result]
  }
  struct Tool: Encodable {
    let driver: Driver
  }
  struct Driver: Encodable {
    let name = "stowage audit"
    let version = Version.current
    let semanticVersion = Version.current
    let rules: [Rule]
  }
  struct Invocation: Encodable {
    let executionSuccessful: Bool
    let endTimeUtc: String
  }
  struct Text: Encodable {
    let text: String
  }
  struct Rule: Encodable {
    struct Properties: Encodable {
      let securitySeverity: String
      let tags: [String]

      enum CodingKeys: String, CodingKey {
        case securitySeverity = "security-severity"
        case tags
      }
    }
    struct Configuration: Encodable {
      let level: String
    }
    let id: String
    let shortDescription, fullDescription, help: Text
    let defaultConfiguration: Configuration
    let properties: Properties
  }
  struct Result: Encodable {
    struct Location: Encodable {
      struct Logical: Encodable {
        let fullyQualifiedName: String
      }
      struct Physical: Encodable {
        struct Artifact: Encodable {
          let uri: String
        }
        let artifactLocation: Artifact
      }
      let physicalLocation: Physical
      let logicalLocations: [Logical]
    }
    struct Properties: Encodable {
      let evidence: [String]
    }
    let ruleId: String
    let ruleIndex: Int
    let level: String
    let message: Text
    let locations: [Location]
    let partialFingerprints: [String: String]
    let properties: Properties
  }

  private enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case version, runs
  }

  let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
  let version = "2.1.0"
  let runs: [Run]

  init(_ report: AuditReport) {
    let open = report.findings.filter(\.isOpen)
    var rules: [Check] = []
    for finding in open where !rules.contains(finding.check) { rules.append(finding.check) }
    let results = open.map { finding in
      Result(
        ruleId: finding.check.id,
        ruleIndex: rules.firstIndex(of: finding.check) ?? 0,
        level: finding.check.severity.level,
        message: Text(text: Self.message(finding)),
        locations: [Self.location(finding.place.isEmpty ? finding.check.area : finding.place)],
        partialFingerprints: ["stowageAudit/v1": "\(finding.check.id)|\(finding.place)"],
        properties: Result.Properties(evidence: finding.evidence)
      )
    }
    let invocation = Invocation(executionSuccessful: report.isComplete, endTimeUtc: report.date.ISO8601Format())
    let driver = Driver(rules: rules.map(Self.rule))
    runs = [Run(tool: Tool(driver: driver), invocations: [invocation], results: results)]
  }

  /// GitHub shows only results with a physical location, so a bucket or a setting gets one too.
  ///
  /// Source: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
  private static func location(_ place: String) -> Result.Location {
    let uri = place.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed.union([":"])) ?? ""
    return Result.Location(
      physicalLocation: Result.Location.Physical(artifactLocation: Result.Location.Physical.Artifact(uri: uri)),
      logicalLocations: [Result.Location.Logical(fullyQualifiedName: place)]
    )
  }

  private static func message(_ finding: Finding) -> String {
    let quotes = finding.evidence.isEmpty ? "" : " Evidence: \(finding.evidence.joined(separator: " | "))."
    return "\(finding.check.title) Found: \(finding.text).\(quotes) To mend: \(finding.check.mend)"
  }

  private static func rule(_ check: Check) -> Rule {
    Rule(
      id: check.id,
      shortDescription: Text(text: check.title),
      fullDescription: Text(text: "\(check.title) \(check.why)"),
      help: Text(text: check.mend),
      defaultConfiguration: Rule.Configuration(level: check.severity.level),
      properties: Rule.Properties(securitySeverity: check.severity.score, tags: ["security"] + check.mappings)
    )
  }
}

extension Severity {
  /// The level of SARIF.
  fileprivate var level: String {
    switch self {
    case .low: "note"
    case .medium: "warning"
    case .high, .critical: "error"
    }
  }
}

extension AuditReport {
  /// The failures that no mute covers, as a SARIF 2.1.0 log.
  public func sarif() throws(StorageError) -> String { try Self.encode(SARIFLog(self)) }
}
