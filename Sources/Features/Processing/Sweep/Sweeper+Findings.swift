import Core
import Database
import Foundation
import Storage

extension Sweeper {
  /// Returns the findings among `files`; without `isDryRun`, only those whose action was done.
  func findings(
    among files: [UnfinishedFile],
    _ pass: SweepPass,
    at now: Date,
    isDryRun: Bool,
    while isWanted: () -> Bool
  ) throws(StorageError) -> [SweepFinding] {
    if pass.isWatch { return try watch(files, at: now, isDryRun: isDryRun, while: isWanted) }
    var findings: [SweepFinding] = []
    var failure: StorageError?
    for file in files where isWanted() {
      do throws(StorageError) {
        guard let finding = try look(at: file, pass) else { continue }
        // Changes the state at once, because an object that arrives during the sweep must not find its upload expired.
        if !isDryRun, pass == .overdue, try !database.expire(file.id, expiredBy: now - Self.grace) { continue }
        if !isDryRun, pass == .unmeasured, try !database.abort(file.id, of: file.user, removingAt: now) { continue }
        if !isDryRun, pass == .outlived {
          guard try database.beginPurge(file.id, deletedBy: Retention.cutoff(at: now), at: now) else { continue }
        }
        findings.append(finding)
      } catch {
        failure = error
        break
      }
    }
    if !isDryRun {
      // The job deletes objects of an expired file: those under a delete marker, and those that arrived just now.
      let queued = try database.enqueue(for: findings.map(\.file.id), at: now)
      if ![.overdue, .unmeasured, .outlived].contains(pass) {
        findings = findings.filter { queued.contains($0.file.id) }
      }
    }
    if let failure { throw failure }
    return findings
  }

  /// Returns the finding for one file, or nil if the file needs no action.
  private func look(at file: UnfinishedFile, _ pass: SweepPass) throws(StorageError) -> SweepFinding? {
    let reason: SweepFinding.Reason? =
      switch pass {
      case .unattended where file.state == .received: .jobLost
      case .unattended: try top(file.rawKey).isEmpty ? nil : .objectFound
      case .overdue: try top(file.rawKey).isEmpty ? .neverCame : nil
      case .multiparts: .multipartLeft
      case .unmeasured: try isOverLimit(file.id) ? .overLimit : nil
      case .outlived: .outlived
      case .reachable, .missed: nil
      }
    return reason.map { SweepFinding(file: file, reason: $0) }
  }

  /// Throws `unavailable` if the bucket does not exist, for example because its name is mistyped.
  ///
  /// HEAD would answer 404 for every object of such a bucket.
  func confirmBucket() throws(StorageError) {
    let exists = try StorageError.reaching("store") { () throws(StoreError) in try store.bucketExists(bucket) }
    guard exists else { throw .unavailable(detail: "store: bucket \(bucket) is not there") }
  }

  /// Returns the current object under `key`.
  func top(_ key: String) throws(StorageError) -> Top {
    do throws(StoreError) {
      return .object(try store.head(key, in: bucket))
    } catch {
      switch error {
      case .notFound: return .nothing
      case .sealed: return .sealed
      default: throw .unavailable(detail: "store: \(error)")
      }
    }
  }

  /// The current object under a key.
  enum Top {
    /// No object, or a delete marker.
    case nothing
    /// An object that the store cannot return, because the uploader encrypted it with a customer key (SSE-C).
    case sealed
    case object(ObjectInfo)

    var isEmpty: Bool { if case .nothing = self { true } else { false } }
  }
}
