internal import Core

/// The statements that move a file between the counters of its owner's row.
///
/// The row has the number of files in each state, and the bytes of received, quarantined, deleted and purging files. The
/// bytes of pending files are the rest of `reserved_bytes`, and those of ready files the rest of `used_bytes`, so no
/// number is stored twice. `$leaving` are the bytes that the file held, `$entering` those that it holds afterwards.
struct HoldingStatement: Statement {
  /// Two states between which a file moves.
  struct Move: Hashable {
    let from: FileState
    /// Nil if the row of the file is deleted.
    let to: FileState?
  }

  /// The statement of each move; a file can also stay in its state and hold fewer bytes.
  static let all: [Move: HoldingStatement] = Dictionary(
    uniqueKeysWithValues: FileState.allCases.flatMap { from in
      (FileState.allCases + [nil]).map { to in Move(from: from, to: to) }
    }.compactMap { move in HoldingStatement(move).map { (move, $0) } }
  )

  static var allCases: [HoldingStatement] { Array(all.values) }

  let rawValue: String
  /// True if the statement has the parameter `$leaving`.
  let usesLeaving: Bool
  /// True if the statement has the parameter `$entering`.
  let usesEntering: Bool

  init(rawValue: String) {
    self.rawValue = rawValue
    usesLeaving = rawValue.contains("$leaving")
    usesEntering = rawValue.contains("$entering")
  }

  /// Returns nil if the move changes no counter.
  private init?(_ move: Move) {
    var terms: [(column: String, term: String)] = []
    if move.from != move.to {
      terms.append((move.from.files, "- 1"))
      if let to = move.to { terms.append((to.files, "+ 1")) }
    }
    // A file that stays in `used_bytes` holds as many bytes as before, and an index has this column.
    let (before, after) = (move.from.sum, move.to?.sum)
    if let before, before != after || before == FileState.reserved { terms.append((before, "- $leaving")) }
    if let after, before != after || after == FileState.reserved { terms.append((after, "+ $entering")) }
    if let share = move.from.share { terms.append((share, "- $leaving")) }
    if let share = move.to?.share { terms.append((share, "+ $entering")) }
    guard !terms.isEmpty else { return nil }
    let columns = Dictionary(grouping: terms, by: \.column).sorted { $0.key < $1.key }
    let changes = columns.map { column, terms in "\(column) = \(column) \(terms.map(\.term).joined(separator: " "))" }
    self.init(rawValue: "UPDATE users SET \(changes.joined(separator: ", ")) WHERE id = $user")
  }
}

extension FileState {
  fileprivate static let reserved = "reserved_bytes"

  /// The column with the number of files in this state.
  var files: String { "files_\(rawValue)" }

  /// The column with the bytes of the files in this state; nil if they are the rest of `sum`, or 0.
  var share: String? {
    switch self {
    case .received, .quarantined, .deleted, .purging: "held_\(rawValue)"
    case .pending, .ready, .rejected, .expired, .aborted, .purged: nil
    }
  }

  /// The column to which the bytes of the files in this state count; nil if the files hold none.
  var sum: String? {
    switch self {
    case .pending, .received: Self.reserved
    case .ready, .quarantined, .deleted, .purging: "used_bytes"
    case .rejected, .expired, .aborted, .purged: nil
    }
  }
}
