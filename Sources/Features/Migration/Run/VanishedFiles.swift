internal import Core
public import Database
public import Foundation
public import Storage

/// The reasons for deleting nothing though files vanished from the disk.
public enum TrashRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The walk did not reach its end.
  case incomplete
  /// The walk found no file.
  case empty
  /// The walk could not read this many folders or files.
  case unreadable(Int)
  /// This many folders were file systems before, and are none now.
  case unmounted(Int)
  /// More files vanished than the limit permits.
  case tooMany(missing: Int, of: Int, percent: Int)

  /// The reason as sentences.
  public var description: String {
    let reason =
      switch self {
      case .incomplete: "The walk was not complete."
      case .empty: "The folder has no files: is its disk mounted?"
      case .unreadable(let count):
        "\(Wording.number(count, "folder or file", plural: "folders or files")) could not be read."
      case .unmounted(let count):
        "\(Wording.number(count, "folder")) had another file system mounted before. If that is right,"
          + " --deleted-limit 100 permits the deletion."
      case .tooMany(let missing, let total, let percent):
        "\(Wording.grouped(missing)) of \(Wording.number(total, "file")) vanished from the disk, which is over"
          + " \(percent) %. If that is right, a higher --deleted-limit permits the deletion."
      }
    return "Nothing was deleted in Stowage. \(reason)"
  }
}

/// The result of the deletion of vanished files.
public struct TrashOutcome: Hashable, Sendable, Encodable {
  /// The files that were deleted; they can be restored.
  public var deleted = 0
  /// The files that stay, since the bucket does not have them either: only a backup can bring them back.
  public var lost = 0
  /// The files that stay: not checked yet, quarantined, or behind a symbolic link that stands in the place of a folder.
  public var kept = 0
  /// The files that are back on the disk since the walk.
  public var present = 0

  /// Creates an empty result.
  public init() {}
}

/// Deletes the files in Stowage that vanished from the disk, as their owners would.
///
/// ```swift
/// if let refusal = VanishedFiles.refusal(of: report, percent: 10) { throw refusal }
/// let outcome = try VanishedFiles(root, ledger, database).trash(run: number, hasObject: { _ in true })
/// ```
public struct VanishedFiles {
  /// The number of vanished files that the limit in percent does not concern.
  public static let minimum = 10
  /// The number of files in one transaction of the database.
  private static let batch = 256

  private let root: TreeRoot
  private let ledger: MigrationLedger
  private let database: FileDatabase

  /// Works on the missing files of `ledger`.
  public init(_ root: TreeRoot, _ ledger: MigrationLedger, _ database: FileDatabase) {
    self.root = root
    self.ledger = ledger
    self.database = database
  }

  /// Returns the reason why a walk is no proof that its missing files were deleted; nil if it is.
  ///
  /// A limit of 100 percent permits the deletion of any number, and below folders that are no longer mounted.
  public static func refusal(of report: PlanReport, percent: Int) -> TrashRefusal? {
    func count(_ codes: FindingCode...) -> Int {
      report.findings.reduce(0) { $0 + (codes.contains($1.code) ? $1.count : 0) }
    }
    guard report.isComplete else { return .incomplete }
    guard report.files.files > 0 else { return .empty }
    let unread = count(.unreadableFolder, .unreadableFile, .tooDeep)
    guard unread == 0 else { return .unreadable(unread) }
    guard percent < 100 else { return nil }
    let unmounted = count(.unmounted)
    guard unmounted == 0 else { return .unmounted(unmounted) }
    let expected = report.delivered - report.pruned.files
    guard report.missing > minimum, report.missing * 100 > expected * percent else { return nil }
    return .tooMany(missing: report.missing, of: expected, percent: percent)
  }

  /// Deletes every missing file that is still not there, and records it.
  ///
  /// A file that `hasObject` does not find in the bucket is lost, so it could not be restored; it is recorded as lost,
  /// and stays a difference that `stowage migrate verify` reports.
  public func trash(
    run: Int64,
    hasObject: (LedgerRow) throws(StoreError) -> Bool,
    shouldStop: () -> Bool = { false },
    at now: () -> Date = { .now }
  ) throws(MigrationError) -> TrashOutcome {
    var outcome = TrashOutcome()
    var last: Int64 = 0
    let reader = TreeReader(root)
    let links = try links()
    while !shouldStop() {
      let rows = try MigrationError.recording { [last] () throws(LedgerError) in
        try ledger.rowsMissing(after: last, limit: Self.batch)
      }
      guard let end = rows.last else { break }
      last = end.id
      var missing: [LedgerRow] = []
      var lost: [Int64] = []
      for row in rows {
        if Self.isLinked(row.path, links) {
          outcome.kept += 1
        } else if try Self.isGone(row.path, reader) {
          if try isLost(row, hasObject) {
            outcome.lost += 1
            lost.append(row.id)
          } else {
            missing.append(row)
          }
        } else {
          outcome.present += 1
        }
      }
      try MigrationError.recording { [lost] () throws(LedgerError) in
        try ledger.confirm([], doubtful: [], lost: lost, run: run, at: now())
      }
      let files = missing.compactMap(\.file)
      let time = now()
      let outcomes = try MigrationError.storing { () throws(StorageError) in
        try database.trashMigratedFiles(files, at: time)
      }
      var steps: [(id: Int64, step: LedgerStep)] = []
      for (row, result) in zip(missing, outcomes) {
        switch result {
        case .done:
          outcome.deleted += 1
          steps.append((row.id, .trashed))
        case .passed(let state) where MigrationRun.isDeleted(state): steps.append((row.id, .deleted))
        case .unknownFile: steps.append((row.id, .deleted))
        default: outcome.kept += 1
        }
      }
      try MigrationError.recording { [steps] () throws(LedgerError) in try ledger.record(steps, run: run) }
    }
    return outcome
  }

  /// Returns true if the bucket has lost the object of a file that it had.
  private func isLost(_ row: LedgerRow, _ hasObject: (LedgerRow) throws(StoreError) -> Bool) throws(MigrationError)
    -> Bool
  {
    guard row.state.isDelivered, let file = row.file else { return false }
    let record = try MigrationError.storing { () throws(StorageError) in try database.file(file) }
    guard let record, !MigrationRun.isDeleted(record.state) else { return false }
    guard row.lost == nil else { return true }
    do throws(StoreError) {
      return try !hasObject(row)
    } catch {
      throw .store(.refused(error))
    }
  }

  /// Returns the paths of the symbolic links and other special entries that the last walk met.
  private func links() throws(MigrationError) -> Set<[UInt8]> {
    var paths: Set<[UInt8]> = []
    for code in [FindingCode.symlink, .device, .socket, .pipe] {
      var last: [UInt8] = []
      while true {
        let page = try MigrationError.recording { [last] () throws(LedgerError) in
          try ledger.findings(code.rawValue, after: last, limit: 1000)
        }
        guard let end = page.last else { break }
        last = end.path
        paths.formUnion(page.map(\.path))
      }
    }
    return paths
  }

  /// Returns true if the path, or a folder above it, is one of these entries: the files may have moved to another disk.
  private static func isLinked(_ path: [UInt8], _ links: Set<[UInt8]>) -> Bool {
    guard !links.isEmpty else { return false }
    let ends = path.indices.filter { path[$0] == UInt8(ascii: "/") } + [path.endIndex]
    return ends.contains { links.contains(Array(path[..<$0])) }
  }

  /// Returns true if the path has no file; throws if that cannot be found out.
  private static func isGone(_ path: [UInt8], _ reader: TreeReader) throws(MigrationError) -> Bool {
    do throws(TreeError) {
      _ = try reader.open(path)
      return false
    } catch {
      switch error {
      case .vanished: return true
      case .notRegular: return false
      default: throw .tree(error)
      }
    }
  }
}

extension ObjectStore {
  /// Returns true if the bucket has the object of a file that arrived, in the version that the ledger recorded.
  public func hasObject(of row: LedgerRow, in bucket: String) throws(StoreError) -> Bool {
    guard let key = row.key else { return false }
    do throws(StoreError) {
      _ = try head(key, in: bucket, version: row.proof?.version.map(VersionID.init))
      return true
    } catch .notFound {
      return false
    }
  }
}
