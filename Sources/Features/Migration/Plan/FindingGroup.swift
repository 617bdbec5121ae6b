internal import Core
internal import Database

/// The findings of one kind in a ledger.
public struct FindingGroup: Sendable, Encodable {
  /// The number of example paths.
  public static let maximumExamples = 5

  /// The kind.
  public let code: FindingCode
  /// The number of findings.
  public let count: Int
  /// Those of them that no earlier run had.
  public let new: Int
  /// True if such entries stay on the disk only.
  public let staysBehind: Bool
  /// The first new paths as printable text, with the detail in brackets.
  public let examples: [String]
  /// The treatment of such entries as a sentence.
  public let treatment: String

  /// Returns the groups of a ledger in the order of `FindingCode`; findings are new if no run before `run` had them.
  static func all(in ledger: MigrationLedger, since run: Int64 = 0) throws(LedgerError) -> [FindingGroup] {
    let counts = try ledger.findingCounts()
    let newCounts = try ledger.findingCounts(since: run)
    var groups: [FindingGroup] = []
    for code in FindingCode.allCases {
      guard let count = counts[code.rawValue] else { continue }
      let findings = try ledger.findings(code.rawValue, since: run, limit: maximumExamples)
      groups.append(
        FindingGroup(
          code: code,
          count: count,
          new: newCounts[code.rawValue] ?? 0,
          staysBehind: code.staysBehind,
          examples: findings.map(\.words),
          treatment: code.treatment
        )
      )
    }
    return groups
  }

  /// The group as lines of a report; empty if an earlier run had every finding.
  var lines: [String] {
    guard new > 0 else { return [] }
    let title = code.words.prefix(1).uppercased() + code.words.dropFirst()
    let amount = Wording.grouped(count) + (new < count ? " (\(Wording.grouped(new)) new)" : "")
    return ["\(title): \(amount). \(treatment)"] + examples.map { "  \($0)" }
  }
}

extension [FindingGroup] {
  /// The number of entries that stay on the disk only.
  public var stayBehind: Int { reduce(0) { $0 + ($1.staysBehind ? $1.count : 0) } }

  /// The entries that stay on the disk only, such as `symbolic links: 2, named pipes: 1`.
  public var stayBehindWords: String {
    filter(\.staysBehind).map { "\($0.code.words): \(Wording.grouped($0.count))" }.joined(separator: ", ")
  }

  /// The number of folders and files that cannot be read, so that nobody knows what they have.
  public var unread: Int {
    reduce(0) { $0 + ([.unreadableFolder, .unreadableFile].contains($1.code) ? $1.count : 0) }
  }

  /// The number of findings that earlier runs had.
  public var old: Int { reduce(0) { $0 + $1.count - $1.new } }
}

extension LedgerFinding {
  /// The path as printable text, with the detail in brackets.
  fileprivate var words: String {
    let path = path.isEmpty ? "(the root)" : printable(path)
    return detail.isEmpty ? path : "\(path) (\(Wording.printable(detail)))"
  }
}
