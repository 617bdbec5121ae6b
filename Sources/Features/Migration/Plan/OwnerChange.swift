public import Core
internal import Database

/// The rule of a run gives files in Stowage other owners than they have.
public struct OwnerConflict: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number of files.
  public let count: Int
  /// The path of the first file, as printable text.
  public let path: String
  /// The owner of this file in Stowage.
  public let recorded: UserID
  /// The owner of this file by the rule.
  public let given: UserID

  /// The conflict as sentences.
  public var description: String {
    "The users are named in another way than in the run before, and \(Wording.number(count, "file")) in Stowage would belong"
      + " to other users. Such as \(path): it belongs to \(recorded), and now to \(given). Nothing was done. Name the users as"
      + " before (--users, --user-from)."
  }
}

/// The comparison of a run's rule for owners with that of the run before.
struct OwnerChange {
  /// True if the rule is another one.
  let isOther: Bool
  private let ledger: MigrationLedger
  private let name: String

  /// Throws `OwnerConflict` if the rule gives a file that the bucket has to another user.
  ///
  /// All rows are read only if the rule is another one than before.
  init(_ ledger: MigrationLedger, _ rule: OwnerRule) throws {
    self.ledger = ledger
    name = rule.name
    isOther = try ledger.last(.owners) != name
    guard isOther else { return }
    var conflict: OwnerConflict?
    var last: [UInt8] = []
    while true {
      let rows = try ledger.rows(afterPath: last, limit: 1000)
      guard let end = rows.last else { break }
      last = end.path
      for row in rows where row.state.isDelivered || row.previous != nil && LedgerState.unfinished.contains(row.state) {
        guard let recorded = row.user, case .user(let given, _) = rule.owner(of: row.path), given != recorded else {
          continue
        }
        conflict = OwnerConflict(
          count: (conflict?.count ?? 0) + 1,
          path: conflict?.path ?? printable(row.path),
          recorded: conflict?.recorded ?? recorded,
          given: conflict?.given ?? given
        )
      }
    }
    if let conflict { throw conflict }
  }

  /// Records the rule after a walk that reached its end.
  func record() throws(LedgerError) { if isOther { try ledger.record(.owners, name) } }
}

extension OwnerRule {
  /// The rule as text for comparisons.
  fileprivate var name: String {
    switch self {
    case .firstFolder: "first folder"
    case .pattern(let pattern): "pattern \(pattern)"
    case .table(let table): "table \(table.digest)"
    }
  }
}
