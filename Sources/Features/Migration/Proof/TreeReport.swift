internal import Core
internal import Database
public import Foundation
internal import Signing
internal import Synchronization

/// The result of a comparison as a document, which somebody else can check later.
public struct TreeReport: Codable, Hashable, Sendable {
  /// A number of files with their bytes.
  public struct Amount: Codable, Hashable, Sendable {
    /// The number of files.
    public var files = 0
    /// The sum of their lengths in bytes.
    public var bytes: Int64 = 0

    mutating func add(_ size: Int64) {
      files += 1
      bytes += size
    }

    init() {}
    init(_ total: LedgerTotal) { (files, bytes) = (total.files, total.bytes) }
  }

  /// The files of one user.
  public struct User: Codable, Hashable, Sendable {
    /// The identifier of the user.
    public let user: String
    /// The files in the tree's digest.
    public var tree = Amount()
    /// The files of these that were proven.
    public var proven = Amount()
  }

  /// The digest of the tree.
  public struct Digest: Codable, Hashable, Sendable {
    /// The name of the definition, which the documentation has.
    public let algorithm: String
    /// The root as 64 hexadecimal digits.
    public let root: String
    /// The files that the root covers.
    public let files: Int
    /// Their bytes.
    public let bytes: Int64
  }

  /// A file that was accepted without a scan.
  public struct Unscanned: Codable, Hashable, Sendable {
    /// The path, percent-encoded byte for byte.
    public let path: String
    /// The length in bytes.
    public let size: Int64
  }

  /// A difference.
  public struct Difference: Codable, Hashable, Sendable {
    /// The sign: `-`, `+`, `*` or `!`.
    public let sign: String
    /// The path or key, percent-encoded byte for byte.
    public let path: String
    /// The explanation.
    public let reason: String
  }

  /// The largest number of differences, and of unscanned files, in a report.
  public static let maximumListed = 1000

  /// The form of the document.
  public var form = "stowage-migration-report-1"
  /// The version of Stowage.
  public var version = Version.current
  /// The start of the comparison.
  public let startedAt: String
  /// The end of the comparison.
  public let endedAt: String
  /// The folder, percent-encoded byte for byte.
  public let folder: String
  /// The address of the store.
  public let store: String
  /// The raw bucket.
  public let bucket: String
  /// The arguments of the command.
  public let arguments: [String]
  /// True if every file of the disk was hashed.
  public let isDiskHashed: Bool
  /// True if the folder was gone: the tree's digest is that of the ledger; nil in reports of earlier versions.
  public var isFolderMissing: Bool?
  /// The part of the objects that was read back, between 0 and 1.
  public let readBack: Double
  /// The tree's digest.
  public var tree: Digest
  /// Files that agree.
  public var same = Amount()
  /// The files that agree by the evidence: `list`, `checksum`, `readBack`.
  public var means: [String: Amount] = [:]
  /// Files that nothing proves without reading them back.
  public var unproven = Amount()
  /// Files of the disk.
  public var disk = Amount()
  /// Versions of objects in the bucket.
  public var objects = Amount()
  /// The number of users whose objects were listed; nil if the whole bucket was.
  public var listedUsers: Int?
  /// Files that were deleted in Stowage.
  public var deleted = 0
  /// Files that `stowage migrate prune` removed from the disk.
  public var removed = 0
  /// The numbers of differences by sign.
  public var differenceCounts: [String: Int] = [:]
  /// The first differences.
  public var differences: [Difference] = []
  /// The number of files that were accepted without a scan.
  public var unscanned = Amount()
  /// The first files that were accepted without a scan.
  public var unscannedFiles: [Unscanned] = []
  /// The files by user, in the order of the names' bytes.
  public var users: [User] = []

  /// True if nothing differs and everything is proven.
  public var isClean: Bool { differenceCounts.values.allSatisfy { $0 == 0 } && unproven.files == 0 }
}

/// The facts of a comparison that its report states.
public struct ReportFacts: Sendable {
  /// The start.
  public var startedAt: Date
  /// The end.
  public var endedAt: Date
  /// The arguments of the command.
  public var arguments: [String]
  /// The first differences; more than a report lists are dropped.
  public private(set) var lines: [ProofLine] = []

  /// Creates facts of a comparison that begins now.
  public init(startedAt: Date = .now, arguments: [String]) {
    self.startedAt = startedAt
    endedAt = startedAt
    self.arguments = arguments
  }

  /// Keeps a difference if the report has room for it.
  public mutating func keep(_ line: ProofLine) {
    if line.sign != .same, lines.count < TreeReport.maximumListed { lines.append(line) }
  }
}

extension Verification {
  /// Returns the report about this comparison, which must have ended; reads the ledger once in the order of the paths.
  public func report(_ outcome: VerifyOutcome, _ facts: ReportFacts) throws(MigrationError) -> TreeReport {
    let identity = try MigrationError.recording { () throws(LedgerError) in try ledger.identity() }
    let readBack =
      switch settings.readBack {
      case .none: 0.0
      case .sample(let part): part
      case .whole: 1.0
      }
    var report = TreeReport(
      startedAt: facts.startedAt.ISO8601Format(),
      endedAt: facts.endedAt.ISO8601Format(),
      folder: percentEncodePath(identity.tree),
      store: identity.endpoint,
      bucket: identity.bucket,
      arguments: facts.arguments,
      isDiskHashed: settings.hashesDisk,
      readBack: readBack,
      tree: TreeReport.Digest(algorithm: "", root: "", files: 0, bytes: 0)
    )
    if source == nil { report.isFolderMissing = true }
    report.take(outcome)
    report.differences = facts.lines.map { line in
      TreeReport.Difference(
        sign: line.sign.rawValue,
        path: percentEncodePath(line.path),
        reason: line.reason
      )
    }
    try count(&report)
    return report
  }

  private func count(_ report: inout TreeReport) throws(MigrationError) {
    let (inTree, proven) = (self.inTree.withLock { $0 }, self.proven.withLock { $0 })
    var users: [[UInt8]: TreeReport.User] = [:]
    var merkle = MerkleTree()
    var total = TreeReport.Amount()
    var last: [UInt8] = []
    while true {
      let after = last
      let rows = try MigrationError.recording { () throws(LedgerError) in
        try ledger.rows(afterPath: after, limit: Self.batch)
      }
      guard let end = rows.last else { break }
      last = end.path
      let records = try MigrationError.storing { () throws(StorageError) in
        try database.migratedFacts(of: rows.map(\.file))
      }
      for (row, record) in zip(rows, records) {
        guard let proof = row.proof, row.state.isDelivered, let user = row.user else { continue }
        if record?.acceptsUnscanned == true { report.addUnscanned(row) }
        guard inTree.contains(row.id) else { continue }
        merkle.add(path: row.path, size: row.facts.size, digest: proof.digest.bytes)
        total.add(row.facts.size)
        let name = user.description
        var entry = users[Array(name.utf8)] ?? TreeReport.User(user: name)
        entry.tree.add(row.facts.size)
        if proven.contains(row.id) { entry.proven.add(row.facts.size) }
        users[Array(name.utf8)] = entry
      }
    }
    report.users = users.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    report.tree = TreeReport.Digest(
      algorithm: MerkleTree.name,
      root: lowercaseHexadecimal(merkle.root),
      files: total.files,
      bytes: total.bytes
    )
  }
}

extension TreeReport {
  fileprivate mutating func take(_ outcome: VerifyOutcome) {
    same = Amount(outcome.same)
    means = outcome.means.mapValues(Amount.init)
    unproven = Amount(outcome.unproven)
    disk = Amount(outcome.disk)
    objects = Amount(outcome.objects)
    listedUsers = outcome.listedUsers
    deleted = outcome.deleted
    removed = outcome.removed
    differenceCounts = [
      ProofSign.missing.rawValue: outcome.missing, ProofSign.extra.rawValue: outcome.extra,
      ProofSign.different.rawValue: outcome.different, ProofSign.error.rawValue: outcome.errors,
    ]
  }

  fileprivate mutating func addUnscanned(_ row: LedgerRow) {
    unscanned.add(row.facts.size)
    guard unscannedFiles.count < Self.maximumListed else { return }
    let path = percentEncodePath(row.path)
    unscannedFiles.append(Unscanned(path: path, size: row.facts.size))
  }
}
