internal import Core
public import Database

/// The users of a tree who have more in Stowage than their quota: a migration exceeds it, and their uploads are refused.
public struct OverQuota: Hashable, Sendable, Encodable {
  /// The number of these users.
  public private(set) var users = 0
  /// The first of them, such as `ada (120 %)`.
  public private(set) var examples: [String] = []

  /// Compares every user whom a walk of the tree met.
  public init(_ ledger: MigrationLedger, _ database: FileDatabase) throws {
    var last = ""
    while true {
      let page = try ledger.users(after: last, limit: 1000)
      guard let end = page.last else { return }
      last = end.description
      for user in page {
        guard let record = try database.user(user) else { continue }
        let held = record.usedBytes + record.reservedBytes
        guard held > record.quotaBytes else { continue }
        users += 1
        guard examples.count < FindingGroup.maximumExamples else { continue }
        let share = record.quotaBytes > 0 ? " (\(Int(Double(held) / Double(record.quotaBytes) * 100)) %)" : ""
        examples.append(user.description + share)
      }
    }
  }
}
