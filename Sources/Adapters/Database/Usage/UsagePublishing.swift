public import Core
public import Foundation

/// A step of a long work in short transactions.
public enum UsageStep: Hashable, Sendable {
  /// More is to be done, after the position.
  case more(after: String)
  /// Everything is done.
  case done
  /// Another process has taken the collection over; nothing was changed.
  case lost
}

/// The end of a collection: its numbers become those that readers see.
extension FileDatabase {
  /// The number of days for which the history of users is kept.
  public static let usageHistoryDays = 400

  /// Stores the usage of the next `limit` users after `last` in their history, and trims the history; extends the claim.
  ///
  /// A user whose usage did not change gets no record, so the history grows with the changes, not with the users. `ofVanished` is
  /// true for the users of the collection before, of whom the new one found nothing. A repetition has no further effect.
  public func recordUsers(
    of run: UsageRun,
    ofVanished: Bool,
    after last: String,
    limit: Int = 500,
    seconds: TimeInterval,
    at now: Date
  ) throws(StorageError) -> UsageStep {
    try write { connection in
      guard try connection.renew(run, until: now + seconds) else { return .lost }
      var generation = run.generation
      if ofVanished {
        let previous = try connection.first(UsageDayStatement.previous, ["generation": run.generation])
        guard let previous = try previous?.optionalInteger("generation") else { return .done }
        generation = previous
      }
      let place: Parameters = ["generation": generation, "after": last, "skipped": limit - 1]
      let end = try connection.first(UsageDayStatement.range, place)?.text("user_id")
      // "~" repeated sorts after every identifier.
      var range: Parameters = ["after": last, "through": end ?? String(repeating: "~", count: 129)]
      try connection.run(
        UsageDayStatement.trim,
        range.merging(["cutoff": run.day - Self.usageHistoryDays]) { given, _ in given }
      )
      range["day"] = run.day
      range["generation"] = run.generation
      if ofVanished {
        range["previous"] = generation
        try connection.run(UsageDayStatement.recordVanished, range)
      } else {
        try connection.run(UsageDayStatement.record, range)
      }
      return end.map { .more(after: $0) } ?? .done
    }
  }

  /// Makes a collection the last whole one, and stores its day in the history, in one short transaction.
  ///
  /// It replaces an earlier collection of the same day. Returns false and changes nothing if another process has taken the
  /// collection over.
  public func publish(_ run: UsageRun, at now: Date) throws(StorageError) -> Bool {
    try write { connection in
      guard try connection.returnsRow(UsageStatement.endChore, ["token": run.token]) else { return false }
      try connection.run(UsageStatement.clearDay, ["day": run.day])
      try connection.run(UsageStatement.fillDay, ["day": run.day, "generation": run.generation])
      try connection.run(UsageStatement.end, ["generation": run.generation, "now": now.milliseconds])
      return true
    }
  }

  /// Deletes counts that no reader needs any more, of at most `limit` users; returns true if more are left.
  public func discardUsage(limit: Int = 2000) throws(StorageError) -> Bool {
    let outdated = try read { connection in
      try connection.run(UsageStatement.outdated, [:]).map { try $0.integer("generation") }
    }
    for generation in outdated {
      let isMore = try write { connection in
        let parameters: Parameters = ["generation": generation, "limit": limit]
        try connection.run(UsageStatement.discardCounts, parameters)
        if try connection.changes(UsageStatement.discardUsers, parameters) { return true }
        try connection.run(UsageStatement.discardCohorts, ["generation": generation])
        try connection.run(UsageStatement.forget, ["generation": generation])
        return false
      }
      if isMore { return true }
    }
    return false
  }
}
