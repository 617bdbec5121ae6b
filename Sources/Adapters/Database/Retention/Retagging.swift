public import Core
public import Foundation

/// A user whose tags one worker changes for a limited time.
public struct RetagClaim: Hashable, Sendable {
  /// The user.
  public let user: UserID
  /// The plan of the user at the claim.
  public let owner: FileRetention.Owner
  /// The files whose last calls may not have been carried out, because they failed or their worker died.
  public let unsettled: [FileID]
  /// The end of the claim, which tells one claim from another.
  let until: Int64
}

/// Some ready files of a user whose tags differ from the rule.
public struct RetagPage: Hashable, Sendable {
  /// The files.
  public let files: [FileID]
  /// The file after which the next page begins; nil after the last page.
  public let next: FileID?
}

/// The numbers of the files of a user whose tags still differ from the rule, and of all ready files.
public struct RetagProgress: Hashable, Sendable {
  /// The number of ready files whose tags differ from the rule.
  public let left: Int
  /// The number of ready files.
  public let total: Int
}

/// The change of the tags of all files of a user, after a change of the plan.
extension FileDatabase {
  /// Claims the user who has waited longest, for `seconds`; nil if none is due.
  ///
  /// A change of the plan keeps the claim.
  public func claimRetagging(seconds: Double, at now: Date) throws(StorageError) -> RetagClaim? {
    let isDue = try read { connection in try connection.returnsRow(RetagStatement.isDue, ["now": now.milliseconds]) }
    guard isDue else { return nil }
    return try write { connection in
      let until = (now + seconds).milliseconds
      guard let row = try connection.first(RetagStatement.claim, ["until": until, "now": now.milliseconds]) else {
        return nil
      }
      return RetagClaim(
        user: try row.value("id") { UserID($0) },
        owner: FileRetention.Owner(
          plan: try row.value("plan") { Plan(rawValue: $0) },
          standardSince: try row.optionalDate("standard_since")
        ),
        unsettled: try row.optionalText("retagging")?.split(separator: ",").compactMap { FileID(String($0)) } ?? [],
        until: until
      )
    }
  }

  /// Returns up to `limit` files whose tags differ from the rule, among the next `examined` ready files of the user.
  public func retagPage(
    of user: UserID,
    after last: FileID?,
    limit: Int,
    examining examined: Int = 2000
  ) throws(StorageError) -> RetagPage {
    try read { [retention] connection in
      let place: Parameters = ["user": user.description, "after": last?.description ?? ""]
      let bound = try connection.first(RetagStatement.bound, place.merging(["skipped": examined - 1]) { $1 })
      let end = try bound.map { row in try row.value("id") { FileID($0) } }
      let files = try connection.run(
        RetagStatement.differing,
        // Identifiers consist of hexadecimal digits and hyphens, so all of them sort before "z".
        place.merging(["through": end?.description ?? "z", "limit": limit, "expires": retention.expires]) { $1 }
      ).map { row in try row.value("id") { FileID($0) } }
      return RetagPage(files: files, next: files.count == limit ? files.last : end)
    }
  }

  /// Ends the claim, and makes the user due at `next`.
  public func releaseRetagging(_ claim: RetagClaim, dueAt next: Date) throws(StorageError) {
    _ = try write { connection in
      try connection.changes(
        RetagStatement.release,
        ["user": claim.user.description, "until": claim.until, "next": next.milliseconds]
      )
    }
  }

  /// Ends the claim for good; false if tags still differ, calls are unsettled, or the plan differs from `owner`.
  ///
  /// On a store without tags, the tags always differ.
  public func finishRetagging(
    _ claim: RetagClaim,
    owner: FileRetention.Owner,
    storeHasTags: Bool = true
  ) throws(StorageError) -> Bool {
    if storeHasTags, try retagProgress(of: claim.user).left > 0 { return false }
    return try write { connection in
      try connection.returnsRow(
        RetagStatement.finish,
        [
          "user": claim.user.description, "until": claim.until, "plan": owner.plan.rawValue,
          "since": owner.standardSince?.milliseconds ?? -1,
        ]
      )
    }
  }

  /// Returns the progress for one user; reads all ready files of the user.
  public func retagProgress(of user: UserID) throws(StorageError) -> RetagProgress {
    try read { [retention] connection in
      let row = try connection.first(
        RetagStatement.progress,
        ["user": user.description, "expires": retention.expires]
      )
      return RetagProgress(
        left: try row.map { Int(try $0.integer("differing")) } ?? 0,
        total: try row.map { Int(try $0.integer("total")) } ?? 0
      )
    }
  }

  /// Returns the number of users whose tags may differ from the rule.
  public func retagWaiting() throws(StorageError) -> Int {
    try read { connection in
      try connection.first(RetagStatement.waiting, [:]).map { try Int($0.integer("found")) } ?? 0
    }
  }
}

extension RetentionRule {
  /// 1 if files of standard users are deleted by age, otherwise 0, for the statements.
  fileprivate var expires: Int { days == nil ? 0 : 1 }
}
