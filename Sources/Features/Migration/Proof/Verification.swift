internal import Core
public import Database
public import Foundation
public import Storage
internal import Synchronization

/// The present work of a comparison.
public enum VerifyStage: Hashable, Sendable {
  /// The walk through the tree has met as many files.
  case walking(Int)
  /// The files of the ledger are compared.
  case comparing(SendProgress)
}

/// Compares tree, ledger, database and bucket of a migration.
///
/// The walk through the tree compares lengths and times with the ledger. Then the bucket, or the folder of each user if
/// the tree has few users, is listed once: a page has 1,000 versions, and the rows of a page are looked up together. A request for one object is made only if the list
/// does not show an entity tag that the ledger knows, or if bytes are to be read back. Memory holds a few bits for each
/// row.
///
/// ```swift
/// let verification = Verification(.folder(root), ledger: ledger, database: database, store: store, bucket: "uploads-raw", settings: VerifySettings())
/// let outcome = try verification.run(number) { print($0.text) }
/// ```
public final class Verification: Sendable {
  /// The largest number of users whose objects are listed user by user, besides one for each 50 files.
  ///
  /// One list of a user costs a request, as 1,000 versions of the whole bucket do.
  static let fewUsers = 100
  /// The number of rows of one look-up.
  static let batch = 1000

  /// The source of the files; nil if it is gone.
  let source: VerifySource?
  let ledger: MigrationLedger
  let database: FileDatabase
  let settings: VerifySettings
  let prover: ObjectProver
  private let crew: Crew<ProofTask, ProofResult>
  private let meter = ProgressMeter()
  private let walked = Mutex<Int?>(0)
  private let failure = Mutex<MigrationError?>(nil)
  /// True after `stop`.
  private let isStopped = Mutex(false)
  let disk = Mutex(LedgerTotal())
  let objects = Mutex(LedgerTotal())
  /// The rows whose file is in the tree as recorded, or was removed by `stowage migrate prune`.
  let inTree = Mutex(RowSet())
  /// The rows that were proven.
  let proven = Mutex(RowSet())

  /// Creates a comparison, which can run once.
  ///
  /// Without a source, ledger, database and bucket are compared. `store` makes single attempts.
  public init(
    _ source: VerifySource?,
    ledger: MigrationLedger,
    database: FileDatabase,
    store: any ObjectStore,
    bucket: String,
    settings: VerifySettings
  ) {
    self.source = source
    self.ledger = ledger
    self.database = database
    self.settings = settings
    prover = ObjectProver(store: store, bucket: bucket, settings)
    crew = Crew(threads: settings.threads)
  }

  /// The present work.
  public var stage: VerifyStage {
    if let count = walked.withLock({ $0 }) { return .walking(count) }
    return .comparing(meter.progress)
  }

  /// Ends the comparison after the requests under way; any thread may call it.
  public func stop() {
    isStopped.withLock { $0 = true }
    prover.requests.stop()
    crew.stop()
  }

  /// True after `stop`, and after a failure.
  var isEnding: Bool { crew.isStopped }

  /// Compares everything, and reports each file and object once, on the calling thread.
  ///
  /// Proven files are recorded as verified under the run with this number, and lost objects as such: the next run sends
  /// their files again.
  public func run(
    _ number: Int64,
    at now: @escaping @Sendable () -> Date = { .now },
    report: (ProofLine) throws -> Void
  ) throws -> VerifyOutcome {
    var outcome = VerifyOutcome()
    let files = try ledger.totals().values.reduce(0) { $0 + $1.files }
    let users = try listedUsers(files)
    outcome.listedUsers = users?.count
    try crew.run(
      producing: { crew in
        let listing = BucketListing(self.prover.requests, files: files, prefixes: users?.map { "\($0.written)/" })
        defer { listing.stop() }
        do throws(MigrationError) {
          var pass = VerifyPass(self, crew)
          if let source = self.source { try pass.walk(source) { count in self.walked.withLock { $0 = count } } }
          self.walked.withLock { $0 = nil }
          try pass.compareListed(listing)
          try pass.compareRest()
          self.inTree.withLock { $0 = pass.inTree }
        } catch {
          self.fail(error)
        }
      },
      working: { task in self.work(on: task) },
      consuming: { results in
        for result in results {
          if let line = count(result, &outcome) { try report(line) }
        }
        try record(results, number, now())
      }
    )
    if let failure = failure.withLock({ $0 }) { throw failure }
    outcome.isFolderMissing = source == nil
    outcome.disk = disk.withLock { $0 }
    outcome.objects = objects.withLock { $0 }
    outcome.isStopped = isStopped.withLock { $0 }
    return outcome
  }

  /// Returns the users whose objects are listed, or nil for the whole bucket.
  ///
  /// Every key of the ledger begins with the written form of such a user.
  private func listedUsers(_ files: Int) throws(LedgerError) -> [UserID]? {
    guard settings.listsTreeUsers else { return nil }
    let limit = max(Self.fewUsers, files / 50)
    let users = try ledger.users(limit: limit + 1)
    return users.count > limit ? nil : users
  }

  private func fail(_ error: MigrationError) {
    failure.withLock { $0 = $0 ?? error }
    crew.stop()
  }

  /// Asks the store about the object of a task, and hashes the file of the disk if that is wanted.
  private func work(on task: ProofTask) -> ProofResult {
    guard let key = task.row.key, let proof = task.row.proof else { return ProofResult(task, .nothing) }
    let object: ObjectVerdict
    do throws(SendFailure) {
      if !task.reads, let verdict = task.listed.flatMap({ prover.verdict($0, size: task.row.facts.size, proof) }) {
        object = verdict
      } else {
        object = try prover.verdict(key, size: task.row.facts.size, proof, reads: task.reads)
      }
    } catch {
      if error != .stopped { fail(.store(error)) }
      return ProofResult(task, .nothing)
    }
    guard task.hashes, let source else { return task.result(object) }
    return task.result(object, hashed: source.hasDigest(proof.digest.bytes, of: task.row))
  }

  /// Counts a result, and returns its line; nil for a result without a line.
  private func count(_ result: ProofResult, _ outcome: inout VerifyOutcome) -> ProofLine? {
    if result.isHashed { outcome.hashed.count(result.size) }
    if result.isLost { outcome.lost.count(result.size) }
    if result.id != nil { meter.sent(result.size) }
    switch result.outcome {
    case .nothing: return nil
    case .deleted: outcome.deleted += 1
    case .unproven: outcome.unproven.count(result.size)
    case .line(let sign, let reason):
      outcome.count(sign)
      return ProofLine(sign: sign, path: result.path, reason: reason)
    case .proven(let means, _):
      outcome.same.count(result.size)
      outcome.means[means.rawValue, default: LedgerTotal()].count(result.size)
      if result.disk == .removed { outcome.removed += 1 }
      if result.disk == .unknown { outcome.withoutFolder.count(result.size) }
      return ProofLine(sign: .same, path: result.path, reason: "")
    }
    return nil
  }

  private func record(_ results: [ProofResult], _ run: Int64, _ now: Date) throws(LedgerError) {
    var confirmed: [LedgerConfirmation] = []
    var doubtful: [Int64] = []
    var lost: [Int64] = []
    for result in results {
      guard let id = result.id else { continue }
      switch result.outcome {
      case .proven(_, let etag):
        proven.withLock { _ = $0.insert(id) }
        confirmed.append(LedgerConfirmation(id: id, etag: etag, isOnDisk: result.disk.isPresent))
      case .line where result.isLost: lost.append(id)
      case .line(let sign, _) where sign != .error && result.wasVerified: doubtful.append(id)
      default: break
      }
    }
    try ledger.confirm(confirmed, doubtful: doubtful, lost: lost, run: run, at: now)
  }
}
