public import Core
public import Foundation

/// The call of the store that gives the object of a file the tag of `RetentionRule`, or removes all its tags.
public struct TagCall: Hashable, Sendable {
  /// The file.
  public let file: FileID
  /// The key of the object in the raw bucket.
  public let key: String
  /// The version of the object; nil on a store without versions.
  public let versionID: String?
  /// True if the object is to have the tag, false if it is to have no tag at all.
  public let isTagged: Bool
}

/// The tags of objects, in three steps: `beginTagging`, the calls of the store, `endTagging`.
///
/// A worker can die between two steps, so the database says that an object has the tag before the object gets it, and
/// as long as it may have it. The work on the same file must then be repeated: by the job of the file, or from the list
/// of the `RetagClaim`.
extension FileDatabase {
  /// Returns the call that each file needs, and records the tags that the calls will set.
  ///
  /// A file in a state that needs no call is left out. With a claim, `held` is the list of the files whose calls are not
  /// certain yet; the result is nil if another worker has the user.
  public func beginTagging(
    _ files: [FileID],
    holding held: [FileID] = [],
    under claim: RetagClaim? = nil
  ) throws(StorageError) -> [TagCall]? {
    try write { [retention] connection in
      try connection.lockRows(of: files)
      if let claim, try !connection.hold(held, under: claim) { return nil }
      return try files.compactMap { file in
        guard let call = try connection.tagCall(for: file, retention) else { return nil }
        if call.isTagged { try connection.setTag(true, of: file) }
        return call
      }
    }
  }

  /// Records that the store carried out `done`, and returns the calls that have become necessary in the meantime.
  ///
  /// The objects of the files in `untagged` have no tag: the object does not exist, or the store has no tags. With a
  /// claim, the files in `held` and those of the returned calls stay on the list.
  public func endTagging(
    _ done: [TagCall],
    untagged: [FileID] = [],
    holding held: [FileID] = [],
    under claim: RetagClaim? = nil
  ) throws(StorageError) -> [TagCall] {
    try write { [retention] connection in
      try connection.lockRows(of: untagged + done.map(\.file))
      for file in untagged { try connection.setTag(false, of: file) }
      var further: [TagCall] = []
      for call in done {
        let wanted = try connection.tagCall(for: call.file, retention)
        if let wanted, wanted.isTagged != call.isTagged { further.append(wanted) }
        // The object may have the tag as long as one of the two calls sets it.
        try connection.setTag(call.isTagged || wanted?.isTagged == true, of: call.file)
      }
      if let claim { _ = try connection.hold(held + further.map(\.file), under: claim) }
      return further
    }
  }

  /// Leaves a file whose call the store refused to the workers that change the tags of whole users.
  ///
  /// `isUntagged` says that the object certainly has no tag.
  public func leaveTag(of file: FileID, isUntagged: Bool, at now: Date) throws(StorageError) {
    try write { [retention] connection in
      if isUntagged { try connection.setTag(false, of: file) }
      guard let record = try connection.file(file), let call = record.tagCall(retention),
        call.isTagged != record.isTagged
      else { return }
      try connection.run(RetagStatement.makeDue, ["user": record.user.description, "now": now.milliseconds])
    }
  }
}

extension Connection {
  /// Records that the object of a file that became ready is to have the tag, or may have it from its uploader.
  ///
  /// Returns the call that the file needs.
  @discardableResult
  func beginTag(of file: FileID, _ rule: RetentionRule, hasTags: Bool) throws -> TagCall? {
    let call = try tagCall(for: file, rule)
    if hasTags || call?.isTagged == true { try setTag(true, of: file) }
    return call
  }

  fileprivate func tagCall(for file: FileID, _ rule: RetentionRule) throws -> TagCall? {
    try self.file(file)?.tagCall(rule)
  }

  fileprivate func setTag(_ isTagged: Bool, of file: FileID) throws {
    try run(RetagStatement.set, ["file": file.description, "tag": isTagged ? 1 : 0])
  }

  fileprivate func hold(_ files: [FileID], under claim: RetagClaim) throws -> Bool {
    let list = files.isEmpty ? nil : files.map(\.description).joined(separator: ",")
    return try returnsRow(
      RetagStatement.hold,
      ["user": claim.user.description, "until": claim.until, "files": list]
    )
  }
}

extension FileRecord {
  /// The call that brings the tags of the object to the rule; nil if the state needs none.
  ///
  /// The bytes of a deleted file lie under a delete marker, where no rule about tags counts. On a store without versions
  /// they stay in place, so they lose the tag.
  fileprivate func tagCall(_ rule: RetentionRule) -> TagCall? {
    let isTagged: Bool
    switch state {
    case .ready: isTagged = rule.isTagged(retention)
    case .deleted where isRestorable && versionID == nil: isTagged = false
    default: return nil
    }
    return TagCall(file: id, key: judgedKey, versionID: versionID, isTagged: isTagged)
  }
}
