public import Database
internal import Signing

/// The choices of a comparison of tree, ledger, database and bucket.
public struct VerifySettings: Sendable {
  /// The objects whose bytes are read back.
  public enum ReadBack: Hashable, Sendable {
    /// None: the list and the store's checksums decide.
    case none
    /// A random part of the objects, between 0 and 1.
    case sample(Double)
    /// Every object.
    case whole
  }

  /// The number of threads.
  public var threads: Int
  /// The objects whose bytes are read back.
  public var readBack = ReadBack.none
  /// True if every file of the disk is hashed; false if equal size and time of change count as equal bytes.
  public var hashesDisk = false
  /// True if only the objects of users whom the tree has are looked at; a tree of many users is compared with the whole
  /// bucket all the same.
  public var listsTreeUsers = false
  /// The limit of bytes per second from the bucket; nil for none.
  public var bandwidth: BandwidthLimiter?
  /// The number of seconds for which the comparison waits for a store that does not answer.
  public var patience = 120.0
  /// Receives events of the store, on any thread.
  public var report: @Sendable (SenderEvent) -> Void = { _ in }

  /// Creates settings without reading back.
  public init(threads: Int = SenderPool.usualThreads) { self.threads = max(1, threads) }
}

/// The result of the comparison of one file or object, with the signs of `rclone check --combined`.
public enum ProofSign: String, Sendable, Encodable, CaseIterable {
  /// Tree, ledger, database and bucket agree.
  case same = "="
  /// The bucket or the database does not have the file.
  case missing = "-"
  /// Only the bucket has it.
  case extra = "+"
  /// Both have it, and they differ.
  case different = "*"
  /// The comparison failed.
  case error = "!"
}

/// The evidence that the bucket has exactly the bytes of a file.
public enum ProofMeans: String, Sendable, Encodable, CaseIterable {
  /// The bucket's list shows the version, the length and the entity tag that belong to the digest.
  case list
  /// The store's own SHA-256 checksum, of the whole object or of its parts, is that of the ledger.
  case checksum
  /// The bytes were read back and have the digest.
  case readBack
}

/// One line of a comparison.
public struct ProofLine: Hashable, Sendable {
  /// The result.
  public var sign: ProofSign
  /// The path below the root, or the key of an object that the ledger does not have, as bytes.
  public var path: [UInt8]
  /// The explanation; empty for equal files.
  public var reason: String

  /// The line for scripts: the sign, a space, the printable path, and behind a tab the explanation.
  public var text: String { "\(sign.rawValue) \(printable(path))" + (reason.isEmpty ? "" : "\t\(reason)") }
}

extension ProofLine: Encodable {
  private enum Name: String, CodingKey { case sign, path, encodedPath, reason }

  /// Encodes the path as text and, byte for byte, percent-encoded.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    try container.encode(sign, forKey: .sign)
    try container.encode(String(decoding: path, as: UTF8.self), forKey: .path)
    try container.encode(percentEncodePath(path), forKey: .encodedPath)
    if !reason.isEmpty { try container.encode(reason, forKey: .reason) }
  }
}

/// The result of a comparison.
public struct VerifyOutcome: Hashable, Sendable, Encodable {
  /// Files that tree, ledger, database and bucket have with the same digest.
  public var same = LedgerTotal()
  /// Files that the bucket or the database does not have.
  public var missing = 0
  /// Objects that only the bucket has.
  public var extra = 0
  /// Files that differ.
  public var different = 0
  /// Files that could not be compared.
  public var errors = 0
  /// Files whose object has the right length and no digest that the store tells: they need `--read-back`.
  public var unproven = LedgerTotal()
  /// Files that were deleted in Stowage.
  public var deleted = 0
  /// Files that are in the bucket only because `stowage migrate prune` removed them from the disk.
  public var removed = 0
  /// Files whose object the bucket no longer has with the right bytes; the next run sends those that the disk has.
  public var lost = LedgerTotal()
  /// True if the folder was gone, so that nothing was compared with the disk.
  public var isFolderMissing = false
  /// The files of `same` that should be in the missing folder.
  public var withoutFolder = LedgerTotal()
  /// The proven files by the evidence.
  public var means: [String: LedgerTotal] = [:]
  /// Files of the disk that were hashed.
  public var hashed = LedgerTotal()
  /// Files of the disk.
  public var disk = LedgerTotal()
  /// Versions of objects in the bucket's list.
  public var objects = LedgerTotal()
  /// The number of users whose objects were listed; nil if the whole bucket was.
  public var listedUsers: Int?
  /// True if the comparison was stopped before its end.
  public var isStopped = false

  /// Creates an empty result.
  public init() {}

  /// The number of lines with a difference or an error.
  public var differences: Int { missing + extra + different + errors }

  mutating func count(_ sign: ProofSign) {
    switch sign {
    case .same: break
    case .missing: missing += 1
    case .extra: extra += 1
    case .different: different += 1
    case .error: errors += 1
    }
  }
}

extension LedgerTotal {
  mutating func count(_ size: Int64) {
    files += 1
    bytes += size
  }
}
