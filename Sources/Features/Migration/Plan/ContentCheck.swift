internal import Core
internal import Database
internal import Foundation
internal import Synchronization

/// Reads the files whose size and time are as recorded, and compares them with the digests of the ledger.
///
/// Programs can set the time of a file back after a change, and a file system can lose a change of time in a crash.
final class ContentCheck: Sendable {
  /// The number of files that the threads share at a time.
  private static let batch = 1024

  private let root: TreeRoot
  private let settings: PlanSettings

  /// Compares the files below `root`.
  init(_ root: TreeRoot, _ settings: PlanSettings) {
    self.root = root
    self.settings = settings
  }

  /// Compares every delivered file, and gives those with another content to `walk` as changed ones.
  ///
  /// Returns false if `shouldStop` returned true before the last file.
  func run(
    on ledger: MigrationLedger,
    _ walk: LedgerWalk,
    shouldStop: () -> Bool,
    progress: (LedgerTotal) -> Void
  ) throws -> Bool {
    let assigner = Assigner(settings: settings)
    var compared = LedgerTotal()
    for state in LedgerState.allCases where state.isDelivered {
      var last: Int64 = 0
      while true {
        let rows = try ledger.rows(in: state, after: last, limit: Self.batch)
        guard let end = rows.last else { break }
        last = end.id
        let present = rows.filter { $0.missingSince == nil && $0.proof != nil }
        for (row, facts) in compare(present) {
          try walk.replace(LedgerSighting(path: row.path, facts: facts)) { assigner.assignment(of: $0) }
        }
        compared.files += present.count
        compared.bytes += present.reduce(0) { $0 + $1.facts.size }
        progress(compared)
        if shouldStop() { return false }
      }
    }
    return true
  }

  /// Returns the files with another content, with their properties.
  ///
  /// A file that vanished or changes at this moment is a matter of the next walk.
  private func compare(_ rows: [LedgerRow]) -> [(row: LedgerRow, facts: LedgerFacts)] {
    let next = Atomic(0)
    let changed = Mutex<[(row: LedgerRow, facts: LedgerFacts)]>([])
    let threads = min(max(2, ProcessInfo.processInfo.activeProcessorCount), rows.count)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let reader = TreeReader(root)
      let hasher = DiskHasher()
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < rows.count else { return }
        let row = rows[index]
        guard let (facts, digest) = try? Self.digest(of: row.path, reader, hasher), let digest,
          facts.size == row.facts.size, facts.mtime == row.facts.mtime, digest != row.proof?.digest
        else { continue }
        changed.withLock { $0.append((row, facts)) }
      }
    }
    return changed.withLock { $0.sorted { $0.row.id < $1.row.id } }
  }

  private static func digest(
    of path: [UInt8],
    _ tree: TreeReader,
    _ hasher: DiskHasher
  ) throws -> (LedgerFacts, SHA256Digest?) {
    let file = try tree.open(path)
    let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw TreeError.unreadable(reason: String(cString: strerror(errno))) }
    return (file.facts, try hasher.digest(ofFileAt: descriptor))
  }
}
