internal import Core
public import Database
public import Foundation
internal import Glibc
public import Storage
internal import Synchronization

/// Removes files from the disk that the bucket provably has.
///
/// Before each removal the record is read, the object is proven by the store's SHA-256 or by reading it back, the file is
/// hashed through its open descriptor, and the path is followed again without symbolic links to exactly this file.
///
/// ```swift
/// let prune = Prune(root, ledger: ledger, database: database, store: store, bucket: "uploads-raw", list: list, settings: settings)
/// let outcome = try prune.run(number) { print($0) }
/// ```
public final class Prune: Sendable {
  /// The moments in the treatment of a file; tests change the tree there.
  enum Moment: Sendable { case opened, proven, hashed, announced }

  private static let batch = 256

  private let root: TreeRoot
  private let ledger: MigrationLedger
  private let database: FileDatabase
  private let list: PruneList?
  private let settings: PruneSettings
  private let prover: ObjectProver
  private let crew: Crew<LedgerRow, PruneResult>
  private let meter = ProgressMeter()
  private let isStopped = Mutex(false)
  private let failure = Mutex<(any Error)?>(nil)
  private let reach: @Sendable (Moment, [UInt8]) -> Void

  /// Creates a removal, which can run once.
  ///
  /// `store` makes single attempts; `list` is nil for a dry run.
  public convenience init(
    _ root: TreeRoot,
    ledger: MigrationLedger,
    database: FileDatabase,
    store: any ObjectStore,
    bucket: String,
    list: PruneList?,
    settings: PruneSettings
  ) {
    self.init(
      root,
      ledger: ledger,
      database: database,
      store: store,
      bucket: bucket,
      list: list,
      settings: settings,
      reach: { _, _ in }
    )
  }

  init(
    _ root: TreeRoot,
    ledger: MigrationLedger,
    database: FileDatabase,
    store: any ObjectStore,
    bucket: String,
    list: PruneList?,
    settings: PruneSettings,
    reach: @escaping @Sendable (Moment, [UInt8]) -> Void
  ) {
    var verify = VerifySettings(threads: settings.threads)
    verify.bandwidth = settings.bandwidth
    verify.patience = settings.patience
    verify.report = settings.report
    self.root = root
    self.ledger = ledger
    self.database = database
    self.list = list
    self.settings = settings
    self.reach = reach
    prover = ObjectProver(store: store, bucket: bucket, verify)
    crew = Crew(threads: settings.threads)
  }

  /// The files and bytes so far.
  public var progress: SendProgress { meter.progress }

  /// Ends the removal after the files under way; any thread may call it.
  public func stop() {
    isStopped.withLock { $0 = true }
    prover.requests.stop()
    crew.stop()
  }

  /// Removes the files, and reports each on the calling thread.
  public func run(
    _ number: Int64,
    at now: @escaping @Sendable () -> Date = { .now },
    report: (PruneLine) throws -> Void
  ) throws -> PruneOutcome {
    // A program that opens a leased file for writing raises this signal, which would end the process.
    signal(SIGIO, SIG_IGN)
    var outcome = PruneOutcome()
    try crew.run(
      producing: { crew in
        do throws(LedgerError) { try self.produce(crew) } catch { self.fail(error) }
      },
      working: { row in self.treat(row, number, now) },
      consuming: { results in
        try list?.sync()
        for result in results {
          guard !result.isSkipped else { continue }
          if result.kept == nil {
            outcome.removed.count(result.row.facts.size)
          } else {
            outcome.kept.count(result.row.facts.size)
          }
          meter.sent(result.row.facts.size)
          try report(PruneLine(path: result.row.path, kept: result.kept))
        }
      }
    )
    if let failure = failure.withLock({ $0 }) { throw failure }
    outcome.isStopped = isStopped.withLock { $0 }
    if settings.removesEmptyFolders, !settings.isDryRun, !outcome.isStopped {
      outcome.folders = try removeEmptyFolders()
    }
    return outcome
  }

  /// Removes the folders that this removal and earlier ones left empty; returns the number of folders.
  private func removeEmptyFolders() throws(LedgerError) -> Int {
    var (count, last) = (0, [UInt8]())
    while true {
      let paths = try ledger.removedPaths(after: last, limit: 40 * Self.batch)
      guard let end = paths.last else { return count }
      last = end
      count += root.removeEmptyFolders(above: paths)
    }
  }

  private func produce(_ crew: Crew<LedgerRow, PruneResult>) throws(LedgerError) {
    var last: [UInt8] = []
    while true {
      let rows = try ledger.prunable(before: settings.verifiedBefore, after: last, limit: Self.batch)
      guard let end = rows.last else { return }
      last = end.path
      for row in rows { guard crew.add(row) else { return } }
    }
  }

  private func fail(_ error: any Error) {
    failure.withLock { $0 = $0 ?? error }
    crew.stop()
  }

  /// Examines one file from all sides, and removes it.
  private func treat(_ row: LedgerRow, _ run: Int64, _ now: () -> Date) -> PruneResult {
    guard !crew.isStopped, let proof = row.proof, let key = row.key else { return PruneResult(row, isSkipped: true) }
    do throws(KeptFile) {
      try requireRecord(row)
      let file = try DoomedFile(root, row)
      reach(.opened, row.path)
      try requireObject(key, row, proof)
      reach(.proven, row.path)
      try file.requireDigest(proof.digest.bytes)
      reach(.hashed, row.path)
      try requireRecord(row)
      guard !settings.isDryRun else { return PruneResult(row) }
      guard !crew.isStopped else { return PruneResult(row, isSkipped: true) }
      try remove(file, row, run, now)
      return PruneResult(row)
    } catch {
      if let fatal = error.fatal { fail(fatal) }
      if error.isStop { return PruneResult(row, isSkipped: true) }
      return PruneResult(row, kept: error.reason)
    }
  }

  /// Removes the file after ledger and list say so: no later walk takes the file for one that somebody deleted.
  private func remove(_ file: DoomedFile, _ row: LedgerRow, _ run: Int64, _ now: () -> Date) throws(KeptFile) {
    var isAnnounced = false
    do throws(KeptFile) {
      try file.remove { () throws(KeptFile) in
        do throws(LedgerError) {
          try ledger.recordRemoved(row.id, run: run, at: now())
        } catch {
          throw KeptFile(fatal: MigrationError.ledger(error))
        }
        isAnnounced = true
        do throws(PruneError) { try list?.add(row, "removed", at: now()) } catch { throw KeptFile(fatal: error) }
        reach(.announced, row.path)
      }
    } catch {
      if isAnnounced {
        try? ledger.recordKept(row.id, run: run)
        try? list?.add(row, "kept", at: now())
      }
      throw error
    }
  }

  private func requireRecord(_ row: LedgerRow) throws(KeptFile) {
    let record: MigratedFacts?
    do throws(StorageError) {
      record = try database.migratedFacts(of: [row.file]).first ?? nil
    } catch {
      throw KeptFile(fatal: MigrationError.database(error))
    }
    if let objection = settings.objection(record, row) { throw KeptFile(objection) }
  }

  private func requireObject(_ key: String, _ row: LedgerRow, _ proof: LedgerProof) throws(KeptFile) {
    do throws(SendFailure) {
      var verdict = try prover.verdict(key, size: row.facts.size, proof, reads: settings.readsBack)
      if case .unproven = verdict { verdict = try prover.verdict(key, size: row.facts.size, proof, reads: true) }
      switch verdict {
      case .proven: return
      case .different(let reason): throw SendFailure.refused(.aborted(detail: reason))
      case .missing: throw SendFailure.refused(.aborted(detail: "the bucket does not have it"))
      case .failed(let reason): throw SendFailure.refused(.aborted(detail: "the store: \(Wording.printable(reason))"))
      case .unproven: throw SendFailure.refused(.aborted(detail: "nothing proves the object"))
      }
    } catch {
      if error == .stopped { throw KeptFile(stop: ()) }
      if case .refused(.aborted(let reason)) = error { throw KeptFile(reason) }
      throw KeptFile(fatal: MigrationError.store(error))
    }
  }
}

/// The result of one file.
private struct PruneResult: Sendable {
  let row: LedgerRow
  /// The reason for which the file stays; nil if it was removed.
  let kept: String?
  /// True if the removal ended before the file's turn.
  let isSkipped: Bool

  init(_ row: LedgerRow, kept: String? = nil, isSkipped: Bool = false) {
    self.row = row
    self.kept = isSkipped ? "" : kept
    self.isSkipped = isSkipped
  }
}
