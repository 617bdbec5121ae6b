internal import Core
public import Database
public import Foundation
internal import Storage
internal import Synchronization

/// Sends the unfinished files of a ledger to the bucket, and gives each its record.
///
/// Every file takes the same steps, and each step is durable before the next one begins: the database has a pending
/// record; the ledger calls the file begun; the bucket has the object; the ledger has its digest and version; the
/// database has them as well, with the job; the ledger calls the file received. A run that was killed between two steps
/// continues there.
///
/// ```swift
/// let run = MigrationRun(root, ledger: ledger, database: database, sender: sender, settings: RunSettings(migration: "7"))
/// let outcome = try run.run(number) { print($0.files) }
/// ```
public final class MigrationRun: Sendable {
  /// The number of files in one transaction of the database.
  static let batch = 256

  let ledger: MigrationLedger
  let database: FileDatabase
  let settings: RunSettings
  let sender: FileSender
  private let root: any FileSource
  /// One pool for all files, and one for those that the first found under the key of something else.
  private let pools: [SenderPool]
  private let left = Mutex<LeftUploads?>(nil)
  private let underWay = Mutex<[Int64: LedgerRow]>([:])
  private let failure = Mutex<MigrationError?>(nil)
  let outcome = Mutex(RunOutcome())

  /// Creates a run, which can run once.
  public init(
    _ root: any FileSource,
    ledger: MigrationLedger,
    database: FileDatabase,
    sender: FileSender,
    settings: RunSettings
  ) {
    self.root = root
    self.ledger = ledger
    self.database = database
    self.settings = settings
    self.sender = sender
    pools = (0..<2).map { _ in SenderPool(sender, threads: settings.threads) }
  }

  /// The files and bytes of this run so far.
  public var progress: SendProgress { sender.meter.progress }

  /// Ends the run early, after the files under way; any thread may call it.
  public func stop() { for pool in pools { pool.stop() } }

  /// Sends every unfinished file, and returns when all results are recorded under the run with this number.
  public func run(
    _ number: Int64,
    at now: @escaping @Sendable () -> Date = { .now }
  ) throws(MigrationError) -> RunOutcome {
    let watch = settings.besideUploads.map { UploadWatch(database, slowing: sender, to: $0) }
    defer { watch?.end() }
    try compareVisibility()
    try settleReplaced(now)
    try deliverSent(number, now)
    let uploads = try MigrationError.recording { () throws(LedgerError) in try LeftUploads(ledger) }
    left.withLock { $0 = uploads }
    try send([.begun, .failed, .changed, .found], by: pools[0], number, now)
    let (hasRekeyed, isStopped) = outcome.withLock { ($0.rekeyed > 0, $0.isStopped) }
    if !isStopped { for upload in left.withLock({ $0?.takeAll() ?? [] }) { sender.abort(upload) } }
    if hasRekeyed, !isStopped { try send([.found], by: pools[1], number, now) }
    if settings.queuesUnchecked, !outcome.withLock({ $0.isStopped }) { try queueUnchecked(now()) }
    return outcome.withLock { $0 }
  }

  /// Sends the files in these states.
  private func send(
    _ states: [LedgerState],
    by pool: SenderPool,
    _ number: Int64,
    _ now: @escaping @Sendable () -> Date
  ) throws(MigrationError) {
    do throws(MigrationError) {
      try pool.run(
        producing: { add in
          do throws(MigrationError) {
            try self.produce(states, number, now, add)
          } catch {
            self.failure.withLock { $0 = $0 ?? error }
            self.stop()
          }
        },
        consuming: { (results) throws(MigrationError) in try self.consume(results, number, now) }
      )
    } catch {
      throw failure.withLock { $0 } ?? error
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  // MARK: - Before the upload

  /// Adds the unfinished files: first those that an earlier run began, last those that no run has met.
  private func produce(
    _ states: [LedgerState],
    _ run: Int64,
    _ now: () -> Date,
    _ add: (FileToSend) -> Bool
  ) throws(MigrationError) {
    for state in states {
      var last: Int64 = 0
      while true {
        let rows = try MigrationError.recording { () throws(LedgerError) in
          try ledger.rows(in: state, after: last, limit: Self.batch)
        }
        guard let end = rows.last else { break }
        last = end.id
        for row in try begin(rows, run, now()) {
          underWay.withLock { $0[row.id] = row }
          guard add(file(row)) else { return outcome.withLock { $0.isStopped = true } }
        }
      }
    }
  }

  private func file(_ row: LedgerRow) -> FileToSend {
    let path = row.path
    let name = MigratedName(path: path)
    let key = row.key ?? ""
    var fields: [String: String] = [:]
    if let user = row.user {
      fields = ObjectMetadata.fields(
        path: path,
        facts: row.facts,
        user: user,
        name: name.name,
        isKeyOpaque: row.hasOpaqueKey
      )
    }
    return FileToSend(
      id: row.id,
      key: key,
      metadata: fields,
      contentType: name.contentType,
      isResumed: row.attempts > 0,
      partial: left.withLock { $0?.take(row.id, key: key) },
      origin: root.origin(of: row),
      open: { [root] () throws(SendFailure) in try root.openFile(of: row) }
    )
  }

  // MARK: - After the upload

  private func consume(_ results: [SendResult], _ run: Int64, _ now: () -> Date) throws(MigrationError) {
    var steps: [(id: Int64, step: LedgerStep)] = []
    var arrived: [LedgerRow] = []
    var objects: [MigratedObject] = []
    var gone: [FileID] = []
    var occupied: [LedgerRow] = []
    var altered: [LedgerFinding] = []
    var hopeless: SendFailure?
    for result in results {
      guard let row = underWay.withLock({ $0.removeValue(forKey: result.file.id) }), let file = row.file else {
        continue
      }
      switch result.outcome {
      case .success(let object):
        guard let proof = LedgerProof(object) else { continue }
        if let facts = row.facts.changed(to: object.stamp) { steps.append((row.id, .reread(facts))) }
        steps.append((row.id, .sent(proof)))
        if let lost = row.lost, lost != proof.digest {
          altered.append(LedgerFinding(code: FindingCode.otherBytes.rawValue, path: row.path, isLasting: true))
        }
        arrived.append(row)
        objects.append(
          MigratedObject(file: file, sha256: proof.digest, size: object.stamp.size, versionID: proof.version)
        )
        count(object)
      case .failure(.stopped): outcome.withLock { $0.isStopped = true }
      case .failure(.vanished):
        gone.append(file)
        steps.append((row.id, .vanished))
        outcome.withLock { $0.vanished += 1 }
      case .failure(.occupied) where !row.hasOpaqueKey:
        gone.append(file)
        occupied.append(row)
      case .failure(let failure):
        if failure.concernsEveryFile { hopeless = failure }
        steps.append((row.id, .failed(failure.description)))
        outcome.withLock { $0.failed += 1 }
      }
    }
    if !gone.isEmpty {
      _ = try MigrationError.storing { () throws(StorageError) in try database.abandonMigratedFiles(gone, at: now()) }
    }
    try record(steps, run)
    if !altered.isEmpty {
      outcome.withLock { [count = altered.count] in $0.altered += count }
      try MigrationError.recording { [altered] () throws(LedgerError) in try ledger.addForNextWalk(altered) }
    }
    try rekey(occupied.map { ($0, "the store has another object under the key") }, run)
    try deliver(arrived, objects, run, now())
    if let hopeless { throw .store(hopeless) }
  }

  private func count(_ object: SentObject) {
    outcome.withLock {
      $0.sent.files += 1
      $0.sent.bytes += object.stamp.size
      if object.wasThere { $0.present += 1 }
    }
  }

  func record(_ steps: [(id: Int64, step: LedgerStep)], _ run: Int64) throws(MigrationError) {
    guard !steps.isEmpty else { return }
    try MigrationError.recording { () throws(LedgerError) in try ledger.record(steps, run: run) }
  }
}

extension LedgerRow {
  /// True if the key is made from the identifier of the file.
  var hasOpaqueKey: Bool {
    guard let user, let file, let key else { return false }
    return key == MigrationKey.opaque(user, file)
  }
}

extension LedgerFacts {
  /// Returns the properties with the length and time of `stamp`; nil if they are the same.
  fileprivate func changed(to stamp: FileStamp) -> LedgerFacts? {
    guard size != stamp.size || mtime != stamp.modified else { return nil }
    return LedgerFacts(size: stamp.size, mtime: stamp.modified, inode: inode, mode: mode, uid: uid, gid: gid)
  }
}

extension LedgerProof {
  /// The proof of an object that was sent; nil if its digest has another length than SHA-256.
  fileprivate init?(_ object: SentObject) {
    guard let digest = SHA256Digest(bytes: object.sha256) else { return nil }
    let version = object.version.map(\.description)
    self.init(
      digest: digest,
      // A later upload would replace the version "null" of a bucket whose versioning is suspended.
      version: version == "null" ? nil : version,
      etag: object.isProven ? object.etag.description : nil,
      partSize: object.parts.first?.size,
      partDigests: object.parts.flatMap(\.sha256)
    )
  }
}
