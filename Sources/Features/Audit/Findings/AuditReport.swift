public import Core
import Foundation

/// The findings of an audit.
public struct AuditReport: Sendable {
  /// The findings in the order of the catalogue.
  public let findings: [Finding]
  /// The mutes that covered nothing although their check was made; they can go.
  public let idleMutes: [Mute]
  /// The objects of probes that could not be removed, with the reason.
  public let leftBehind: [String]
  /// False if the audit was stopped.
  public let isComplete: Bool
  let date: Date

  /// The number of findings with this outcome that no mute covers.
  public func count(_ outcome: Finding.Outcome) -> Int {
    findings.count { $0.outcome == outcome && $0.mute == nil }
  }

  /// The number of muted findings.
  public var muted: Int { findings.count { $0.mute != nil } }

  /// The worst outcome among findings of at least this severity that no mute covers: fail, then unknown, else pass.
  public func verdict(from severity: Severity) -> Finding.Outcome {
    let open = findings.filter { $0.mute == nil && $0.check.severity >= severity }
    if open.contains(where: { $0.outcome == .fail }) { return .fail }
    return open.contains { $0.outcome == .unknown } ? .unknown : .pass
  }
}

extension AuditReport {
  private struct Document: Encodable {
    struct Line: Encodable {
      let id, area, severity, outcome, title, place, found, why, mend: String
      let evidence, mappings: [String]
      let muted: Muting?
      let expiredMute: Muting?

      enum CodingKeys: String, CodingKey {
        case id, area, severity, outcome, title, found, why, mend, evidence, mappings, muted, expiredMute
        case place = "where"
      }

      func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        let texts: [(CodingKeys, String)] = [
          (.id, id), (.area, area), (.severity, severity), (.outcome, outcome), (.title, title), (.place, place),
          (.found, found), (.why, why), (.mend, mend),
        ]
        for (key, text) in texts { try members.encode(text, forKey: key) }
        try members.encode(evidence, forKey: .evidence)
        try members.encode(mappings, forKey: .mappings)
        // null rather than absent: each line has the same members.
        try members.encode(muted, forKey: .muted)
        try members.encode(expiredMute, forKey: .expiredMute)
      }
    }

    struct Muting: Encodable {
      let reason, until: String

      init(_ mute: Mute) { (reason, until) = (mute.reason, mute.until) }
    }

    let version = Version.current
    let auditedAt: String
    let isComplete: Bool
    let counts: [String: Int]
    let findings: [Line]
    let leftBehind: [String]
  }

  /// The report as one JSON document, for programs.
  public func json() throws(StorageError) -> String {
    var counts = Dictionary(uniqueKeysWithValues: Finding.Outcome.allCases.map { ($0.rawValue, count($0)) })
    counts["muted"] = muted
    let lines = findings.map { finding in
      Document.Line(
        id: finding.check.id,
        area: finding.check.area,
        severity: finding.check.severity.rawValue,
        outcome: finding.outcome.rawValue,
        title: finding.check.title,
        place: finding.place,
        found: finding.text,
        why: finding.check.why,
        mend: finding.check.mend,
        evidence: finding.evidence,
        mappings: finding.check.mappings,
        muted: finding.mute.map(Document.Muting.init),
        expiredMute: finding.expired.map(Document.Muting.init)
      )
    }
    return try Self.encode(
      Document(
        auditedAt: date.ISO8601Format(),
        isComplete: isComplete,
        counts: counts,
        findings: lines,
        leftBehind: leftBehind
      )
    )
  }

  static func encode(_ value: some Encodable) throws(StorageError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
      throw .unexpected(detail: "the report as JSON: \(error)")
    }
  }
}

/// The catalogue as a JSON document, for programs.
public struct CatalogueDocument: Encodable, Sendable {
  private struct Line: Encodable {
    let id, area, severity, title, why, mend: String
    let mappings: [String]
  }

  private let checks: [Line]

  /// The document of these checks.
  public init(_ checks: [Check]) {
    self.checks = checks.map {
      Line(
        id: $0.id,
        area: $0.area,
        severity: $0.severity.rawValue,
        title: $0.title,
        why: $0.why,
        mend: $0.mend,
        mappings: $0.mappings
      )
    }
  }

  /// The document as text.
  public func json() throws(StorageError) -> String { try AuditReport.encode(self) }
}
