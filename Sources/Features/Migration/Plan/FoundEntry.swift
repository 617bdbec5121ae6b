internal import Core
public import Database

/// One finding of a migration, for lists.
public struct FoundEntry: Hashable, Sendable, Encodable {
  /// The kind.
  public let code: FindingCode
  /// The path below the root as printable text; empty for the root.
  public let path: String
  /// The detail as printable text; empty if there is none.
  public let detail: String
  /// True if the entry stays on the disk only.
  public let staysBehind: Bool

  /// The entry as one line of text with tabs.
  public var line: String { "\(code.rawValue)\t\(path)" + (detail.isEmpty ? "" : "\t\(detail)") }

  /// Calls `body` with every finding in the order of `FindingCode` and the paths.
  public static func forEach(in ledger: MigrationLedger, _ body: (FoundEntry) throws -> Void) throws {
    for code in FindingCode.allCases {
      var last: [UInt8] = []
      while true {
        let page = try ledger.findings(code.rawValue, after: last, limit: 1000)
        guard let end = page.last else { break }
        for finding in page {
          try body(
            FoundEntry(
              code: code,
              path: printable(finding.path),
              detail: Wording.printable(finding.detail),
              staysBehind: code.staysBehind
            )
          )
        }
        last = end.path
      }
    }
  }
}
