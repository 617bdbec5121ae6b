internal import Core
public import Database

/// The result of a plan: counts, findings, and the number of requests.
public struct PlanReport: Sendable, Encodable {
  /// The findings of one kind.
  public struct Group: Sendable, Encodable {
    /// The kind.
    public let code: FindingCode
    /// The number of findings.
    public let count: Int
    /// The first paths as printable text, with the detail in brackets.
    public let examples: [String]
    /// The treatment of such entries as a sentence.
    public let treatment: String
  }

  /// The number of example paths for each kind of finding.
  public static let maximumExamples = 5
  /// The price of 1,000 requests that write, in US dollars, in S3's class Standard in us-east-1.
  ///
  /// Source: https://aws.amazon.com/s3/pricing/
  public static let dollarsPerThousand = 0.005

  /// True if the walk reached its end.
  public let isComplete: Bool
  /// The number of folders.
  public let folders: Int
  /// The regular files and their bytes.
  public let files: LedgerTotal
  /// The difference to the ledger before the walk.
  public let difference: LedgerDifference
  /// The files whose content was compared with the recorded digest.
  public let compared: LedgerTotal
  /// The files that the bucket has.
  public let delivered: Int
  /// Those of them that are no longer on the disk.
  public let missing: Int
  /// The files that are still to be sent.
  public let unfinished: LedgerTotal
  /// The requests for sending them.
  public let requests: LedgerRequests
  /// The users that the database knows.
  public let knownUsers: Int
  /// The users that the database does not know.
  public let unknownUsers: Int
  /// The first unknown users.
  public let firstUnknownUsers: [String]
  /// The findings in the order of `FindingCode`.
  public let findings: [Group]

  /// The price of the requests in US dollars.
  public var dollars: Double { Double(requests.count) / 1000 * Self.dollarsPerThousand }

  init(
    _ ledger: MigrationLedger,
    _ settings: PlanSettings,
    progress: PlanProgress,
    difference: LedgerDifference,
    isComplete: Bool
  ) throws(LedgerError) {
    self.isComplete = isComplete
    folders = progress.folders
    files = LedgerTotal(files: progress.files, bytes: progress.bytes)
    self.difference = difference
    compared = progress.compared
    let totals = try ledger.totals()
    unfinished = LedgerState.unfinished.reduce(into: LedgerTotal()) { sum, state in
      sum.files += totals[state]?.files ?? 0
      sum.bytes += totals[state]?.bytes ?? 0
    }
    delivered = totals.reduce(0) { $0 + ($1.key.isDelivered ? $1.value.files : 0) }
    missing = try ledger.missingCount()
    requests = try ledger.requests(threshold: settings.multipartThreshold, partSize: settings.partSize)
    knownUsers = try ledger.userCount(known: true)
    unknownUsers = try ledger.userCount(known: false)
    firstUnknownUsers = try ledger.unknownUsers(limit: Self.maximumExamples).map(\.description)
    let counts = try ledger.findingCounts()
    var groups: [Group] = []
    for code in FindingCode.allCases {
      guard let count = counts[code.rawValue] else { continue }
      let examples = try ledger.findings(code.rawValue, limit: Self.maximumExamples).map { finding in
        let path = finding.path.isEmpty ? "(the root)" : printable(finding.path)
        return finding.detail.isEmpty ? path : "\(path) (\(Wording.printable(finding.detail)))"
      }
      groups.append(Group(code: code, count: count, examples: examples, treatment: code.treatment))
    }
    findings = groups
  }

  /// The report as text for a terminal, with lines of any length.
  public var words: String {
    var lines = [
      "\(Wording.grouped(files.files)) files in \(Wording.grouped(folders)) folders, \(Wording.bytes(files.bytes))"
        + (isComplete ? "" : " so far: the walk was stopped"),
      "\(Wording.grouped(difference.new.files)) new, \(Wording.grouped(difference.changed.files)) changed, "
        + "\(Wording.grouped(difference.unchanged.files)) unchanged, "
        + "\(Wording.grouped(difference.skipped.files)) stay behind, "
        + "\(Wording.grouped(difference.vanished.files)) vanished",
      "to send: \(Wording.grouped(unfinished.files)) files, \(Wording.bytes(unfinished.bytes)), with "
        + "\(Wording.grouped(requests.count)) requests (\(price) US dollars at S3's price of 0.005 for 1,000)",
      "users: \(Wording.grouped(knownUsers)) known, \(Wording.grouped(unknownUsers)) unknown"
        + (firstUnknownUsers.isEmpty ? "" : ", such as \(firstUnknownUsers.joined(separator: ", "))"),
    ]
    if compared.files > 0 {
      lines.append("compared by content: \(Wording.grouped(compared.files)) files, \(Wording.bytes(compared.bytes))")
    }
    for group in findings {
      let words = group.code.words.prefix(1).uppercased() + group.code.words.dropFirst()
      lines.append("\(words): \(Wording.grouped(group.count)). \(group.treatment)")
      lines += group.examples.map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The price with two digits, rounded up.
  private var price: String {
    let cents = Int((dollars * 100).rounded(.up))
    return "\(Wording.grouped(cents / 100)).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
  }
}
