public import Database
internal import Foundation
internal import Signing
public import Storage
internal import Synchronization

/// A file that was not restored.
public struct RestoreProblem: Hashable, Sendable {
  /// The path below the root, as bytes; the identifier of the file if no path is known.
  public let path: [UInt8]
  /// The reason.
  public let failure: RestoreFailure
}

extension RestoreProblem: Encodable {
  private enum Keys: String, CodingKey {
    case path, encodedPath, error
  }

  /// Encodes the path as text, the path with every byte of it, and the reason.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(String(decoding: path, as: UTF8.self), forKey: .path)
    try container.encode(percentEncodePath(path), forKey: .encodedPath)
    try container.encode(failure.description, forKey: .error)
  }
}

/// The result of a restore.
public struct RollbackOutcome: Hashable, Sendable, Encodable {
  /// The files that were written, with their bytes.
  public var restored = LedgerTotal()
  /// The files that were there already, with the same bytes.
  public var present = 0
  /// The uploads among both.
  public var uploads = 0
  /// The files that were deleted in Stowage; they stay deleted.
  public var deleted = 0
  /// The files that were not restored.
  public var failed = 0
  /// True if the run was stopped before the last file.
  public var isStopped = false

  /// Creates an empty result.
  public init() {}
}

/// Restores the files of a migration from the bucket into a folder.
///
/// Repeating a run continues it: files that are there with the right bytes are left as they are.
///
/// ```swift
/// let run = RollbackRun(from: ledger, database, store: store, bucket: "uploads-raw", into: target)
/// let outcome = try run.run()
/// ```
public final class RollbackRun: Sendable {
  /// The problems that wait for the caller at a time; threads then wait.
  private static let mostProblems = 10_000

  private struct State {
    var sources: [any RestoreSource]
    var pending: [RestoreStep] = []
    var failure: MigrationError?
    var hopeless: RestoreFailure?
    var silentInRow = 0
    var isStopped = false
    var outcome = RollbackOutcome()
    var problems: [RestoreProblem] = []
    /// The hashes of the paths so far: with 64 bits, two paths of a million share one once in 30 million rollbacks.
    var paths: Set<Int> = []

    /// Gives the path to the first file that has it; throws for each further one, and for a path that leads out.
    mutating func claim(_ path: [UInt8]) throws(RestoreFailure) {
      _ = try RestorePath.names(path)
      guard paths.insert(path.hashValue).inserted else { throw .sharedPath }
    }
  }

  private let state: Mutex<State>
  private let meter = ProgressMeter()
  private let store: any ObjectStore
  private let bucket: String
  private let target: RestoreTarget
  private let settings: RestoreSettings

  /// Creates a run, which can run once.
  ///
  /// Without a ledger, the database's records and the objects' metadata tell the paths of all migrated files. With
  /// `hasUploads`, the files that were uploaded are restored too.
  public init(
    from ledger: MigrationLedger?,
    _ database: FileDatabase,
    store: any ObjectStore,
    bucket: String,
    into target: RestoreTarget,
    hasUploads: Bool = true,
    settings: RestoreSettings = RestoreSettings()
  ) {
    var sources: [any RestoreSource] = []
    if let ledger { sources.append(LedgerSource(ledger, database)) }
    sources.append(RecordSource(database, hasUploads: hasUploads, hasMigrated: ledger == nil))
    state = Mutex(State(sources: sources))
    self.store = store
    self.bucket = bucket
    self.target = target
    self.settings = settings
  }

  /// The files and bytes of this run so far; files that were there count.
  public var progress: SendProgress { meter.progress }

  /// Ends the run early, after the files under way; any thread may call it.
  public func stop() { state.withLock { $0.isStopped = true } }

  /// Returns the problems since the last call.
  public func takeProblems() -> [RestoreProblem] {
    state.withLock { state in
      defer { state.problems = [] }
      return state.problems
    }
  }

  /// Restores every file, and returns when all threads have ended.
  public func run() throws(MigrationError) -> RollbackOutcome {
    let group = DispatchGroup()
    for number in 0..<max(1, settings.threads) {
      group.enter()
      let thread = Thread { [self] in
        work()
        group.leave()
      }
      thread.name = "restore \(number)"
      thread.stackSize = 512 << 10
      thread.start()
    }
    group.wait()
    target.flush()
    let (outcome, failure, hopeless) = state.withLock { ($0.outcome, $0.failure, $0.hopeless) }
    if let failure { throw failure }
    if let hopeless { throw .restore(hopeless, outcome) }
    return outcome
  }

  private func work() {
    let restorer = Restorer(store, bucket: bucket, into: target, settings)
    while let step = next() {
      switch step {
      case .deleted: state.withLock { $0.outcome.deleted += 1 }
      case .failed(let path, let failure): note(path, failure)
      case .restore(let item): restore(item, restorer)
      }
    }
  }

  private func restore(_ item: RestoreItem, _ restorer: Restorer) {
    var path = item.path
    do throws(RestoreFailure) {
      let known = try restorer.path(of: item)
      path = known
      // The order of the sources decides about files whose path is known, so that each run decides alike.
      if item.path == nil { try state.withLock { (state) throws(RestoreFailure) in try state.claim(known) } }
      let outcome = try restorer.restore(item, to: known)
      meter.sent(item.size)
      state.withLock { state in
        state.silentInRow = 0
        if item.isUpload { state.outcome.uploads += 1 }
        switch outcome {
        case .present: state.outcome.present += 1
        case .restored:
          state.outcome.restored.files += 1
          state.outcome.restored.bytes += item.size
        }
      }
    } catch {
      note(path ?? Array("file \(item.file)".utf8), error)
    }
  }

  /// Counts a failure, and ends the run if every further file would meet it.
  private func note(_ path: [UInt8], _ failure: RestoreFailure) {
    meter.failed()
    state.withLock { state in
      state.outcome.failed += 1
      state.silentInRow = failure.isSilence ? state.silentInRow + 1 : 0
      if failure.concernsEveryFile || state.silentInRow >= max(16, 2 * settings.threads) {
        state.hopeless = state.hopeless ?? failure
        state.isStopped = true
      }
      state.problems.append(RestoreProblem(path: path, failure: failure))
    }
    while state.withLock({ $0.problems.count > Self.mostProblems && !$0.isStopped }) { suspend(seconds: 0.05) }
  }

  /// Returns the next step; nil at the end, and after `stop`.
  private func next() -> RestoreStep? {
    state.withLock { state -> RestoreStep? in
      while state.pending.isEmpty, !state.isStopped, !state.sources.isEmpty {
        do throws(MigrationError) {
          if let steps = try state.sources[0].next() {
            state.pending = steps.reversed()
          } else {
            state.sources.removeFirst()
          }
        } catch {
          state.failure = state.failure ?? error
          state.isStopped = true
        }
      }
      guard !state.isStopped else {
        state.outcome.isStopped = true
        return nil
      }
      guard let step = state.pending.popLast() else { return nil }
      guard case .restore(let item) = step, let path = item.path else { return step }
      do throws(RestoreFailure) {
        try state.claim(path)
        return step
      } catch {
        return .failed(path: path, error)
      }
    }
  }
}
