internal import Core
public import Database

/// The result of a plan: counts, findings, and the number of requests.
public struct PlanReport: Sendable, Encodable {
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
  /// The files that the bucket has and `stowage migrate prune` removed from the disk.
  public let pruned: LedgerTotal
  /// The files whose object the bucket lost, and which are not on the disk either.
  public let lost: Int
  /// The first of these paths.
  public let firstLost: [String]
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
  public let findings: [FindingGroup]
  /// The entries that stay on the disk only.
  public let stayBehind: Int

  /// The price of the requests in US dollars.
  public var dollars: Double { Double(requests.count) / 1000 * Self.dollarsPerThousand }

  init(
    _ ledger: MigrationLedger,
    _ settings: PlanSettings,
    run: Int64,
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
    pruned = try ledger.removedTotal()
    lost = try ledger.lostCount()
    firstLost = try ledger.rowsLost(limit: FindingGroup.maximumExamples).map { printable($0.path) }
    requests = try ledger.requests(threshold: settings.multipartThreshold, partSize: settings.partSize)
    knownUsers = try ledger.userCount(known: true)
    unknownUsers = try ledger.userCount(known: false)
    firstUnknownUsers = try ledger.unknownUsers(limit: FindingGroup.maximumExamples).map(\.description)
    findings = try FindingGroup.all(in: ledger, since: run)
    stayBehind = findings.stayBehind
  }

  /// The report as text for a terminal, with lines of any length; findings that earlier runs had are left out.
  public var words: String {
    var lines = [
      "\(amount(files)) in \(Wording.number(folders, "folder"))" + (isComplete ? "" : " so far: the walk was stopped"),
      "\(Wording.grouped(difference.new.files)) new, \(Wording.grouped(difference.changed.files)) changed, "
        + "\(Wording.grouped(difference.unchanged.files)) unchanged, \(Wording.grouped(stayBehind)) "
        + "\(stayBehind == 1 ? "stays" : "stay") behind, \(Wording.grouped(difference.vanished.files)) vanished"
        + (pruned.files > 0 ? ", \(Wording.grouped(pruned.files)) deleted by prune" : ""),
      "to send: \(amount(unfinished))" + (requests.count > 0 ? "; \(price)" : ""),
      "users: \(Wording.grouped(knownUsers)) with a record in Stowage, \(Wording.grouped(unknownUsers)) without"
        + (firstUnknownUsers.isEmpty ? "" : ", such as \(firstUnknownUsers.joined(separator: ", "))"),
    ]
    if difference.lost.files > 0 {
      lines.append(
        "lost by the bucket: \(amount(difference.lost)),"
          + " sent again from the disk"
      )
    }
    if lost > 0 {
      lines.append("LOST by the bucket, and not on the disk: \(Wording.number(lost, "file")), such as:")
      lines += firstLost.map { "  \($0)" }
    }
    if compared.files > 0 { lines.append("compared by content: \(amount(compared))") }
    for group in findings { lines += group.lines }
    return lines.joined(separator: "\n") + "\n"
  }

  private func amount(_ total: LedgerTotal) -> String {
    "\(Wording.number(total.files, "file")), \(Wording.bytes(total.bytes))"
  }

  /// The number of requests with their price, rounded up to whole cents.
  private var price: String {
    let cents = Int((dollars * 100).rounded(.up))
    let whole = "about \(Wording.grouped(cents / 100)).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    return "\(Wording.number(requests.count, "request")) to the store, which cost "
      + "\(dollars < 0.01 ? "less than 0.01" : whole) US dollars at Amazon S3 (0.005 for 1,000)"
  }
}
