import Core
import Database
import Dispatch
import Foundation
import Storage
import Synchronization

extension Sweeper {
  /// The number of parallel requests, which hides the latency of a distant store.
  static let watchLanes = 8
  /// The interval between two checks of `isWanted`.
  private static let pause = DispatchTimeInterval.milliseconds(20)

  /// Queues the deletion of objects that do not belong to `files`, and sets the time of each file's next check.
  func watch(
    _ files: [UnfinishedFile],
    at now: Date,
    isDryRun: Bool,
    while isWanted: () -> Bool
  ) throws(StorageError) -> [SweepFinding] {
    let looks = look(at: files, at: now, while: isWanted)
    var findings = looks.findings.sorted { $0.file.id < $1.file.id }
    if !isDryRun {
      let queued = try database.enqueue(for: findings.map(\.file.id), at: now)
      findings.removeAll { !queued.contains($0.file.id) }
      // A file with a valid URL stays due for every sweep. A file with a finding stays due until a sweep finds nothing.
      let ended = looks.clean.filter { $0.expiresAt <= now }
      try database.watch(ended.map { Watch($0.id, next: Self.nextLook(at: now, after: $0.expiresAt)) })
    }
    if let error = looks.error { throw error }
    return findings
  }

  /// Returns the time of the next check of a file whose URL expired at `end`; nil after the last check.
  ///
  /// A check finds uploads that were in progress at the expiry. The interval doubles with each check until no upload
  /// can arrive.
  static func nextLook(at now: Date, after end: Date) -> Date? {
    let age = now.timeIntervalSince(end)
    return age < grace ? end + min(grace, 2 * max(age, 60)) : nil
  }

  /// Checks all `files`; stops early if `isWanted` returns false or the store does not answer.
  private func look(at files: [UnfinishedFile], at now: Date, while isWanted: () -> Bool) -> Looks {
    let board = Board()
    let group = DispatchGroup()
    for _ in 0..<min(Self.watchLanes, files.count) {
      group.enter()
      Thread.detachNewThread {
        while let index = board.take(of: files.count) {
          board.note(files[index], Result { () throws(StorageError) in try reason(files[index], at: now) })
        }
        group.leave()
      }
    }
    while group.wait(timeout: .now() + Self.pause) == .timedOut {
      if !isWanted() { board.stop() }
    }
    return board.looks
  }

  /// Returns the reason if the file's keys have an object that does not belong there; nil otherwise.
  ///
  /// HEAD shows the current object and is cheap. The last check lists all versions: a store can date a long upload by
  /// its start, which sorts the object below the current one. Delete markers have no bytes and are ignored.
  private func reason(_ file: UnfinishedFile, at now: Date) throws(StorageError) -> SweepFinding.Reason? {
    guard try file.expiresAt + Self.grace <= now ? hasStrays(file.id) : isCovered(file) else { return nil }
    return file.state == .ready ? .overwritten : .refusedObject
  }

  /// True if the current object is not the checked version.
  private func isCovered(_ file: UnfinishedFile) throws(StorageError) -> Bool {
    switch try top(file.rawKey) {
    case .nothing: return false
    case .sealed: return true
    case .object(let object):
      return file.state != .ready || file.versionID == nil || object.version.map(\.description) != file.versionID
    }
  }

  private func hasStrays(_ id: FileID) throws(StorageError) -> Bool {
    guard let file = try database.file(id), !file.isMigrated else { return false }
    let kept = Kept(of: file)
    return try StorageError.reaching("store") { () throws(StoreError) in
      try store.allVersions(in: bucket, prefix: file.folder).contains { version in
        !version.isDeleteMarker && file.rawKeys.contains(version.key) && !kept.contains(version, of: file)
      }
    }
  }
}

/// The results of the checks of several files.
private struct Looks: Sendable {
  var findings: [SweepFinding] = []
  /// The files without foreign objects.
  var clean: [UnfinishedFile] = []
  /// The error that stopped the checks.
  var error: StorageError?
}

/// The queue of files and the results, shared by the checking threads.
private final class Board: Sendable {
  private struct State: Sendable {
    var next = 0
    var isStopped = false
    var looks = Looks()
  }

  private let state = Mutex(State())

  var looks: Looks { state.withLock { $0.looks } }

  /// Returns the index of the next file, for one thread only; nil if none is left or the checks were stopped.
  func take(of count: Int) -> Int? {
    state.withLock { state in
      guard !state.isStopped, state.next < count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func note(_ file: UnfinishedFile, _ look: Result<SweepFinding.Reason?, StorageError>) {
    state.withLock { state in
      switch look {
      case .success(let reason?): state.looks.findings.append(SweepFinding(file: file, reason: reason))
      case .success(nil): state.looks.clean.append(file)
      case .failure(let error):
        state.looks.error = state.looks.error ?? error
        state.isStopped = true
      }
    }
  }

  func stop() { state.withLock { $0.isStopped = true } }
}
