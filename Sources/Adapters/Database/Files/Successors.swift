public import Core
public import Foundation

/// Successors: a file that changed on the disk after its migration is another file, which takes the place of the first.
///
/// The contents of one path are a chain by `successor_of`, each with an identifier and a key that no other has.
extension FileDatabase {
  /// Ready → deleted, for files whose paths vanished from the disk; they can be restored like after any deletion.
  ///
  /// If a file is quarantined, its ready predecessor is deleted instead, and the outcome is `passed`. A file that is not
  /// checked yet is passed too, because its deletion would be final.
  public func trashMigratedFiles(_ files: [FileID], at now: Date) throws(StorageError) -> [MigratedFileOutcome] {
    try write { connection in
      try connection.lockRows(of: files)
      return try files.map { file in try connection.trash(file, at: now) }
    }
  }

  /// Returns migrated files that are received and have no job, ordered by identifier; see `unattendedFiles` for the pages.
  public func uncheckedMigratedFiles(after last: FileID? = nil, limit: Int = 100) throws(StorageError) -> [FileID] {
    try read { connection in
      try connection.run(MigratedStatement.unchecked, ["after": last?.description ?? "", "limit": limit]).map { row in
        try row.value("id") { FileID($0) }
      }
    }
  }
}

/// One content in the chain of a path.
struct Kin {
  let id: FileID
  let user: UserID
  let state: FileState
  let predecessor: FileID?
  let replacedBy: FileID?
  let wasReady: Bool
  let wasQuarantined: Bool
  let removal: Removal?

  init(_ row: any Row) throws {
    id = try row.value("id") { FileID($0) }
    user = try row.value("user_id") { UserID($0) }
    state = try row.value("state") { FileState(rawValue: $0) }
    predecessor = try row.optionalValue("successor_of") { FileID($0) }
    replacedBy = try row.optionalValue("replaced_by") { FileID($0) }
    wasReady = try row.optionalInteger("ready_at") != nil
    wasQuarantined = try row.optionalInteger("quarantined_at") != nil
    removal = try row.optionalValue("removed_by") { Removal($0) }
  }

  /// True if a person deleted the file.
  var wasDeletedByHand: Bool { isDeleted && replacedBy == nil && removal == nil }
  /// True if a ready content was deleted because of its age: nobody decided against the path.
  var wasDeletedByAge: Bool { isDeleted && wasReady && removal != nil }

  private var isDeleted: Bool { [.deleted, .purging, .purged].contains(state) }
}

/// The standing of a path, by the chain of its contents.
enum Lineage {
  /// The path has this ready content, or none.
  case alive(Kin?)
  /// A person deleted this content of the path, or erased its owner.
  case deleted(FileID)
  /// The newest ready content of the path was deleted because of its age.
  case aged(Kin)
}

extension Connection {
  /// Returns the standing of the path whose newest content besides the one in question is `file`.
  ///
  /// The walk ends at the first content that was ready: when that became ready, it settled all before it. The deletion of
  /// a content that was never ready ends the path only if no earlier content is ready, and that of a refused one never.
  func lineage(from file: FileID, of user: UserID) throws -> Lineage {
    var next: FileID? = file
    var unchecked: FileID?
    while let id = next {
      guard let kin = try kin(id) else { return .deleted(id) }
      guard kin.user == user else { break }
      if kin.state == .ready { return .alive(kin) }
      if kin.wasDeletedByAge { return unchecked.map(Lineage.deleted) ?? .aged(kin) }
      if kin.wasDeletedByHand, kin.wasReady { return .deleted(id) }
      if kin.wasDeletedByHand, !kin.wasQuarantined { unchecked = unchecked ?? id }
      next = kin.predecessor
    }
    return unchecked.map(Lineage.deleted) ?? .alive(nil)
  }

  /// Returns the predecessor of a new file, unless that belongs to another user: such files do not replace each other.
  func predecessor(of file: NewMigratedFile) throws -> FileID? {
    guard let predecessor = file.predecessor else { return nil }
    let owner = try kin(predecessor)?.user
    return owner == nil || owner == file.user ? predecessor : nil
  }

  /// Settles the chain of `file`, which has just become ready.
  ///
  /// Its ready predecessor is deleted, unless a person restored it after a replacement. If a person deleted an earlier
  /// content of the path, or a newer one was ready before, `file` itself is deleted. A file that is forced stays.
  func succeed(by file: FileID, isForced: Bool = false, at now: Date) throws {
    guard let heir = try kin(file) else { return }
    if let newer = try newer(than: heir) {
      return isForced ? () : try giveWay(heir, to: newer, at: now)
    }
    guard let predecessor = heir.predecessor else { return }
    switch try lineage(from: predecessor, of: heir.user) {
    case .alive(let kin?) where kin.replacedBy == nil: try giveWay(kin, to: file, at: now)
    case .deleted(let earlier) where !isForced: try giveWay(heir, to: earlier, at: now)
    case .aged(let kin): try run(MigratedStatement.giveWay, ["file": kin.id.description, "to": file.description])
    case .alive, .deleted: break
    }
  }

  fileprivate func trash(_ file: FileID, at now: Date) throws -> MigratedFileOutcome {
    guard let record = try kin(file), try self.file(file)?.isMigrated == true else { return .unknownFile }
    switch record.state {
    case .ready where record.replacedBy == nil:
      try giveWay(record, to: file, at: now)
      return .done
    case .deleted, .purging, .purged: return record.wasDeletedByHand ? .passed(record.state) : .done
    case .quarantined:
      if let predecessor = record.predecessor,
        case .alive(let served?) = try lineage(from: predecessor, of: record.user), served.replacedBy == nil
      {
        try giveWay(served, to: served.id, at: now)
      }
      return .passed(.quarantined)
    default: return .passed(record.state)
    }
  }

  private func kin(_ file: FileID) throws -> Kin? {
    try first(MigratedStatement.kin, ["file": file.description]).map(Kin.init)
  }

  /// Returns a content behind `file` in the chain that is or was ready.
  private func newer(than file: Kin) throws -> FileID? {
    var open = [file.id]
    while let id = open.popLast() {
      for kin in try run(MigratedStatement.successors, ["file": id.description]).map(Kin.init)
      where kin.user == file.user {
        if kin.wasReady { return kin.id }
        open.append(kin.id)
      }
    }
    return nil
  }

  /// Deletes `file` as its owner would, and records the file for which it gave way.
  private func giveWay(_ file: Kin, to other: FileID, at now: Date) throws {
    guard try delete(file.id, of: file.user, at: now) else { return }
    try run(MigratedStatement.giveWay, ["file": file.id.description, "to": other.description])
  }
}
