public import Core
public import Foundation

/// Work that is done once in a period, over all nodes.
public enum ChoreName: String, Sendable {
  /// The deletion of files by age.
  case cleanup
  /// The comparison of the raw bucket with the database.
  case comparison
}

/// A part of a chore that this process alone may do.
public struct Chore: Hashable, Sendable {
  /// The name of the chore.
  public let name: ChoreName
  /// The time at which the chore began, which is the same for all its parts.
  public let startedAt: Date
  /// The position at which the previous part ended; empty at the start.
  public let position: String
  fileprivate let token: String
}

/// A chore is a row of the database: any worker takes it up, part by part, and continues after a killed one.
extension FileDatabase {
  /// Takes the next part of a chore for `seconds`; nil if another process has it, or if the chore began within `period`
  /// and has ended.
  public func claim(
    _ name: ChoreName,
    every period: TimeInterval,
    seconds: TimeInterval,
    at now: Date
  ) throws(StorageError) -> Chore? {
    // Every worker asks at every sweep; most find nothing to do, and a read disturbs nobody.
    guard try isDue(name, every: period, at: now) else { return nil }
    let token = UUID().uuidString
    return try write { connection in
      try connection.run(CleanupStatement.addChore, ["name": name.rawValue])
      let row = try connection.first(
        CleanupStatement.claimChore,
        [
          "name": name.rawValue, "token": token, "now": now.milliseconds, "until": (now + seconds).milliseconds,
          "before": (now - period).milliseconds,
        ]
      )
      guard let row else { return nil }
      return try Chore(
        name: name,
        startedAt: row.date("started_at"),
        position: row.text("position"),
        token: token
      )
    }
  }

  /// Ends a part of a chore at `position`; nil ends the whole chore.
  ///
  /// Returns false and changes nothing if another process has taken the chore over.
  public func leave(_ chore: Chore, at position: String?) throws(StorageError) -> Bool {
    try write { connection in
      try connection.returnsRow(
        CleanupStatement.leaveChore,
        ["name": chore.name.rawValue, "token": chore.token, "position": position]
      )
    }
  }

  private func isDue(_ name: ChoreName, every period: TimeInterval, at now: Date) throws(StorageError) -> Bool {
    try read { connection in
      guard let row = try connection.first(CleanupStatement.chore, ["name": name.rawValue]) else { return true }
      guard try row.integer("lease_until") <= now.milliseconds else { return false }
      return try row.optionalText("position") != nil || row.integer("started_at") <= (now - period).milliseconds
    }
  }
}
