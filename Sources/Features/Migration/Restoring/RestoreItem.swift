internal import Core
internal import Database
internal import Foundation
internal import Storage

/// A file of the bucket, with its place in a restored tree.
struct RestoreItem: Sendable {
  /// The identifier of the file.
  let file: FileID
  /// The path below the root of the tree, as bytes; nil if only the object's metadata can tell it.
  let path: [UInt8]?
  /// The key of the object.
  let key: String
  /// The version of the object; nil for the current one.
  let version: VersionID?
  /// The digest that the bytes must have.
  let digest: SHA256Digest
  /// The length that the bytes must have.
  let size: Int64
  /// Time, mode and owner; nil if the object's metadata has them.
  let facts: RestoredFacts?
  /// True for a file that was uploaded, and not migrated.
  let isUpload: Bool

  /// The item of a row that the bucket has; `proof` is the row's.
  init(_ row: LedgerRow, _ file: FileID, key: String, _ proof: LedgerProof) {
    self.file = file
    self.key = key
    path = row.path
    version = proof.version.map { VersionID($0) }
    digest = proof.digest
    size = row.facts.size
    facts = RestoredFacts(row.facts)
    isUpload = false
  }

  /// The item of a record with a known digest; `path` is nil if the object's metadata has the path.
  init?(_ record: FileRecord, at path: [UInt8]?) {
    guard let digest = record.sha256 ?? record.claimedSHA256 else { return nil }
    file = record.id
    self.path = path
    key = record.judgedKey
    version = record.versionID.map { VersionID($0) }
    self.digest = digest
    size = record.size ?? record.claimedSize
    isUpload = !record.isMigrated
    facts = isUpload ? RestoredFacts(uploadedAt: record.createdAt) : nil
  }
}

/// The properties that a restored file gets besides its bytes.
struct RestoredFacts: Hashable, Sendable {
  /// The mode of a file whose mode nobody recorded.
  static let usualMode: UInt32 = 0o640
  /// The number that stands for no owner; the system leaves an owner as it is for this number.
  static let noOwner = UInt32.max

  /// The time of the last change, in nanoseconds since 1970; nil for the time of the restore.
  var mtime: Int64?
  /// The permission bits, without setuid, setgid and sticky.
  var mode: UInt32
  /// The numbers of owner and group, if they were recorded.
  var owner: (uid: UInt32, gid: UInt32)? {
    guard let uid, let gid, uid != Self.noOwner, gid != Self.noOwner else { return nil }
    return (uid, gid)
  }
  private var uid: UInt32?
  private var gid: UInt32?

  init(_ facts: LedgerFacts) {
    mtime = facts.mtime
    mode = facts.mode & 0o777
    (uid, gid) = (facts.uid, facts.gid)
  }

  init(uploadedAt time: Date) {
    mtime = Int64(time.timeIntervalSince1970 * 1000) * 1_000_000
    mode = Self.usualMode
  }

  /// The properties that the metadata of a migrated object tell; malformed values count as absent.
  init(metadata: [String: String]) {
    mtime = metadata["mtime"].flatMap { Int64($0) }
    mode = metadata["mode"].flatMap { UInt32($0, radix: 8) }.map { $0 & 0o777 } ?? Self.usualMode
    (uid, gid) = (metadata["uid"].flatMap { UInt32($0) }, metadata["gid"].flatMap { UInt32($0) })
  }
}
