public import Core
public import Foundation
internal import GRDB

/// The state of a file in a migration.
public enum LedgerState: String, Sendable, CaseIterable {
  /// A walk found the file.
  case found
  /// The database has a pending record of the file, and an upload may be under way.
  case begun
  /// The bucket has the file, and its digest is known.
  case sent
  /// The database knows digest and version.
  case received
  /// The object was compared with the file after the upload.
  case verified
  /// The file changed after it was begun or sent; the row has a new file identifier and key.
  case changed
  /// The file is no longer on the disk, and no user of the bucket sees it.
  case vanished
  /// The file was deleted in Stowage, and stays deleted: no walk brings it back.
  case deleted
  /// The file stays on the disk only; `error` says why.
  case skipped
  /// The last attempt failed; `error` says why.
  case failed

  /// True if the bucket has the file.
  public var isDelivered: Bool { self == .sent || self == .received || self == .verified }

  /// The states of files that a run still has to send.
  public static let unfinished: [LedgerState] = [.found, .changed, .begun, .failed]
}

/// The properties of a file on the disk.
public struct LedgerFacts: Hashable, Sendable {
  /// The length in bytes.
  public let size: Int64
  /// The time of the last change of the content, in nanoseconds since 1970.
  public let mtime: Int64
  /// The number of the inode.
  public let inode: UInt64
  /// The permission bits.
  public let mode: UInt32
  /// The number of the owner.
  public let uid: UInt32
  /// The number of the group.
  public let gid: UInt32

  /// Creates the properties.
  public init(size: Int64, mtime: Int64, inode: UInt64, mode: UInt32, uid: UInt32, gid: UInt32) {
    self.size = size
    self.mtime = mtime
    self.inode = inode
    self.mode = mode
    self.uid = uid
    self.gid = gid
  }
}

/// The digest and the version of an object, as an upload obtained them.
public struct LedgerProof: Hashable, Sendable {
  /// SHA-256 of the whole file.
  public let digest: SHA256Digest
  /// The version of the object; nil in a bucket without versions.
  public let version: String?
  /// The entity tag that the store gave to bytes with this digest; nil if the store did not compare them.
  public let etag: String?
  /// The length of each part except the last, in bytes; nil if the file was sent in one request.
  public let partSize: Int64?
  /// The SHA-256 digests of the parts, 32 bytes each.
  public let partDigests: [UInt8]

  /// Creates the proof of an upload.
  public init(
    digest: SHA256Digest,
    version: String?,
    etag: String? = nil,
    partSize: Int64? = nil,
    partDigests: [UInt8] = []
  ) {
    self.digest = digest
    self.version = version
    self.etag = etag
    self.partSize = partSize
    self.partDigests = partDigests
  }
}

/// One file of the tree, as the ledger knows it.
public struct LedgerRow: Hashable, Sendable {
  /// The number of the row.
  public let id: Int64
  /// The path below the tree's root, as bytes.
  public let path: [UInt8]
  /// The properties of the file at the last walk or read.
  public let facts: LedgerFacts
  /// The state of the file.
  public let state: LedgerState
  /// The identifier of the file in Stowage; nil for a skipped file.
  public let file: FileID?
  /// The owner; nil for a skipped file.
  public let user: UserID?
  /// The key of the object; nil for a skipped file.
  public let key: String?
  /// The file that the bucket has for an earlier content of the path.
  public let previous: FileID?
  /// Digest and version; nil until the file is sent.
  public let proof: LedgerProof?
  /// The digest of the bytes that the bucket lost, as `stowage migrate verify` found out; nil if it lost none.
  public let lost: SHA256Digest?
  /// The reason of the last failure, or for skipping the file.
  public let error: String?
  /// The number of attempts to send the file.
  public let attempts: Int
  /// The run that last changed the row.
  public let run: Int64
  /// The run whose walk no longer found the file, which the bucket has.
  public let missingSince: Int64?
  /// The time at which `stowage migrate verify` last proved the object.
  public let verifiedAt: Date?
  /// The time at which `stowage migrate prune` removed the file from the disk.
  public let removedAt: Date?

  init(_ row: any Row) throws {
    id = try row.integer("id")
    path = try [UInt8](row.bytes("path"))
    facts = try LedgerFacts(
      size: row.integer("size"),
      mtime: row.integer("mtime"),
      inode: UInt64(bitPattern: row.integer("inode")),
      mode: UInt32(truncatingIfNeeded: row.integer("mode")),
      uid: UInt32(truncatingIfNeeded: row.integer("uid")),
      gid: UInt32(truncatingIfNeeded: row.integer("gid"))
    )
    state = try row.value("state") { LedgerState(rawValue: $0) }
    file = try row.optionalValue("file_id") { FileID($0) }
    user = try row.optionalValue("user_id") { UserID($0) }
    key = try row.optionalText("key")
    previous = try row.optionalValue("previous_file_id") { FileID($0) }
    let parts = try row.optionalBytes("part_digests")
    let version = try row.optionalText("version")
    let partSize = try row.optionalInteger("part_size")
    // A reader may open a ledger that an older version wrote.
    let hasProofs = row.has("verified_at")
    let provenTag = hasProofs ? try row.optionalText("etag") : nil
    verifiedAt = hasProofs ? try row.optionalDate("verified_at") : nil
    removedAt = hasProofs ? try row.optionalDate("removed_at") : nil
    proof = try row.optionalValue("digest") { SHA256Digest(hexadecimal: $0) }.map { digest in
      LedgerProof(
        digest: digest,
        version: version,
        etag: provenTag.flatMap { ProvenTag(text: $0)?.etag(of: digest) },
        partSize: partSize,
        partDigests: parts.map { [UInt8]($0) } ?? []
      )
    }
    lost = row.has("lost") ? try row.optionalValue("lost") { SHA256Digest(hexadecimal: $0) } : nil
    error = try row.optionalText("error")
    attempts = try Int(row.integer("attempts"))
    run = try row.integer("run")
    missingSince = try row.optionalInteger("missing_since")
  }
}

/// An entity tag with the digest of the bytes that it belongs to: a row can change its digest without its tag.
struct ProvenTag {
  private let digest: String
  private let etag: String

  /// Reads the text of the column: the digest, a space and the tag.
  init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    (digest, etag) = (String(parts[0]), String(parts[1]))
  }

  /// The tag if it belongs to `digest`.
  func etag(of digest: SHA256Digest) -> String? { digest.description == self.digest ? etag : nil }
}
