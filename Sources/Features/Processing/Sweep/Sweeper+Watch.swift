import Core
import Database
import Dispatch
import Foundation
import Storage
import Synchronization

extension Sweeper {
  /// Looks at once at so many files: a store that is far away answers each in its time.
  static let watchLanes = 8
  /// Between two looks at whether the sweep is still wanted.
  private static let pause = DispatchTimeInterval.milliseconds(20)

  /// Has what was put under the keys of `files` removed, and sets when each is looked at next.
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
      // While its URL lives, a file stays due for every sweep; one with a finding stays due until nothing is found.
      let ended = looks.clean.filter { $0.expiresAt <= now }
      try database.watch(ended.map { Watch($0.id, next: Self.nextLook(at: now, after: $0.expiresAt)) })
    }
    if let error = looks.error { throw error }
    return findings
  }

  /// When to look again after the `end` of a file's URL, for what was on its way then: each time after twice as long; nil
  /// after the last look, when nothing more can come.
  static func nextLook(at now: Date, after end: Date) -> Date? {
    let age = now.timeIntervalSince(end)
    return age < grace ? end + min(grace, 2 * max(age, 60)) : nil
  }

  /// Looks at all of `files`, unless it is stopped or the store does not answer.
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

  /// Why the file has something under its keys that does not belong there; nil where it has not.
  ///
  /// HEAD tells what lies on top, and costs a store next to nothing. The last look lists, so that it also sees what a store
  /// put below, at the time when a long upload began. Delete markers have no bytes, and are left alone.
  private func reason(_ file: UnfinishedFile, at now: Date) throws(StorageError) -> SweepFinding.Reason? {
    guard try file.expiresAt + Self.grace <= now ? hasStrays(file.id) : isCovered(file) else { return nil }
    return file.state == .ready ? .overwritten : .refusedObject
  }

  /// Whether something lies on top that is not what was judged.
  private func isCovered(_ file: UnfinishedFile) throws(StorageError) -> Bool {
    switch try top(file.rawKey) {
    case .nothing: return false
    case .sealed: return true
    case .object(let object):
      return file.state != .ready || file.versionID == nil || object.version.map(\.description) != file.versionID
    }
  }

  private func hasStrays(_ id: FileID) throws(StorageError) -> Bool {
    guard let file = try database.file(id) else { return false }
    let kept = Kept(of: file)
    return try StorageError.reaching("store") { () throws(StoreError) in
      try store.allVersions(in: bucket, prefix: file.rawFolder).contains { version in
        !version.isDeleteMarker && file.rawKeys.contains(version.key) && !kept.contains(version, of: file)
      }
    }
  }
}

/// What was seen of some files.
private struct Looks: Sendable {
  var findings: [SweepFinding] = []
  /// Those that have nothing that does not belong to them.
  var clean: [UnfinishedFile] = []
  /// Why some were not looked at.
  var error: StorageError?
}

/// Which file is next, and what was seen of those before: shared by the threads that look.
private final class Board: Sendable {
  private struct State: Sendable {
    var next = 0
    var isStopped = false
    var looks = Looks()
  }

  private let state = Mutex(State())

  var looks: Looks { state.withLock { $0.looks } }

  /// The next of so many, for one thread alone; nil where none is left, or nobody is to go on.
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
