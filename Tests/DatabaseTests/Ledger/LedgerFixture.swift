import Core
import Database
import Foundation
import TestSupport
import Testing

/// A folder with a ledger, deleted with the value.
final class LedgerFixture {
  let folder: ScratchFolder
  let path: String
  let user: UserID

  init() throws {
    folder = try ScratchFolder()
    path = folder.file("uploads.ledger")
    user = try #require(UserID("ada"))
  }

  static func identity(
    tree: String = "/uploads",
    device: UInt64 = 1,
    inode: UInt64 = 2,
    bucket: String = "uploads-raw"
  ) -> LedgerIdentity {
    LedgerIdentity(
      tree: Array(tree.utf8),
      device: device,
      inode: inode,
      endpoint: "http://127.0.0.1:8333",
      bucket: bucket
    )
  }

  func open(_ identity: LedgerIdentity = identity(), acceptsMovedTree: Bool = false) throws -> MigrationLedger {
    try MigrationLedger(path: path, for: identity, acceptsMovedTree: acceptsMovedTree)
  }

  func sighting(_ path: String, size: Int64 = 10, mtime: Int64 = 1000, mode: UInt32 = 0o644) -> LedgerSighting {
    LedgerSighting(
      path: Array(path.utf8),
      facts: LedgerFacts(size: size, mtime: mtime, inode: 7, mode: mode, uid: 33, gid: 34)
    )
  }

  /// Gives every file the key of its path; files whose name starts with `-` stay behind.
  func assign(_ sighting: LedgerSighting) -> LedgerAssignment {
    let path = String(decoding: sighting.path, as: UTF8.self)
    let folded = path.lowercased().utf8.reduce(Int64(7)) { $0 &* 31 &+ Int64($1) }
    guard !path.hasPrefix("-") else { return LedgerAssignment(folded: folded, target: nil, reason: "no user") }
    let file = FileID(at: .now)
    return LedgerAssignment(
      folded: folded,
      target: LedgerAssignment.Target(
        file: file,
        user: user,
        key: "ada/" + (path.split(separator: "/").last.map(String.init) ?? ""),
        opaqueKey: "ada/\(file)/original",
        takenCode: "key-taken"
      )
    )
  }

  /// Compares these files with the ledger as one complete walk.
  @discardableResult
  func walk(
    _ ledger: MigrationLedger,
    _ sightings: [LedgerSighting],
    run: Int64 = 1,
    unread: [String] = []
  ) throws -> LedgerDifference {
    let walk = try LedgerWalk(ledger, run: run)
    try walk.meet(sightings, assign: assign)
    try walk.finish(unreadFolders: unread.map { Array($0.utf8) })
    return walk.difference
  }

  func row(_ ledger: MigrationLedger, _ path: String) throws -> LedgerRow {
    try #require(try ledger.row(at: Array(path.utf8)))
  }

  static func proof(_ digit: Character = "a", version: String? = "v1") throws -> LedgerProof {
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: digit, count: 64)))
    return LedgerProof(digest: digest, version: version, partSize: 5, partDigests: Array(repeating: 9, count: 64))
  }
}
