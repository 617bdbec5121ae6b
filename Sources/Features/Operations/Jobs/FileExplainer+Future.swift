import Core
import Database
import Foundation
import Storage

extension FileExplainer {
  /// Describes the next event of `file` and its time.
  ///
  /// `atWork` is the number of the owner's jobs that are being processed.
  func next(
    _ file: FileRecord,
    _ jobs: [JobRecord],
    atWork: Int,
    _ objects: Objects,
    at now: Date
  ) -> String {
    guard let job = jobs.first(where: { $0.kind == .process }) ?? jobs.first else {
      return nextWithoutJob(file, objects, at: now)
    }
    let aim =
      switch (job.kind, file.state) {
      case (.render, .ready): "renders its variants again"
      case (.render, _): "removes its renderings"
      case (.purge, _): "takes its images out of the caches"
      case (_, .pending): "looks for its object, and judges it"
      case (_, .received): "judges it"
      case (_, .ready) where file.isMigrated, (_, .quarantined): "removes delete markers above it, and nothing else"
      case (_, .ready): "looks for versions beside the pinned one, and removes them"
      case (_, .deleted) where file.isRestorable: "puts a delete marker over it"
      default: "looks for what lies under its keys, and removes it"
      }
    let left = job.dueAt.timeIntervalSince(now)
    let words =
      switch job.state {
      case .failed: "nothing, until somebody runs `stowage jobs retry \(file.id)`: then a worker \(aim)"
      case .leased where job.isHeld(at: now):
        "a worker \(aim), now; if the worker fails, another one does in \(Wording.duration(left))"
      case .queued where left > 0: "a worker \(aim), in \(Wording.duration(left))"
      case .leased, .queued: "the next free worker \(aim)\(turn(afterJobs: atWork))"
      }
    return isWorkerRunning() ? words : "\(words). No worker runs on this node"
  }

  /// Returns the reason why a due job still waits: `count` other jobs of its owner are being processed.
  private func turn(afterJobs count: Int) -> String {
    let work = "\(Wording.number(count, "file")) of its owner's \(count == 1 ? "is" : "are") at work"
    if count == 0 { return "" }
    return count < settings.worker.share
      ? ", in its turn: \(work)" : ", once it is its turn: \(work), which is one user's share of a worker"
  }

  private func nextWithoutJob(_ file: FileRecord, _ objects: Objects, at now: Date) -> String {
    let sweep = "the sweep, which runs every \(Wording.duration(Double(settings.worker.sweepSeconds))),"
    let afterURL = now.timeIntervalSince(file.expiresAt)
    let grace = TimeInterval(UploadPolicy.graceSeconds)
    switch file.state {
    case .received where file.isMigrated:
      return "nothing, until somebody asks for one of its images, or runs `stowage jobs retry \(file.id)`"
    case .pending where file.isMigrated: return "the migration stores its object, or gives it up"
    case .ready where file.isMigrated:
      guard case .versions(let versions) = objects, versions.contains(where: { isAbove($0, file) }) else {
        return "nothing; it is served"
      }
      return "nothing; it is served. A version that is not its own lies above it, which Stowage leaves alone: remove it"
        + " before a lifecycle rule of the bucket removes the version below"
    case .quarantined:
      return "nothing, until somebody runs `stowage files release \(file.id)`, which serves it as an attachment, or"
        + " `stowage files delete \(file.id)`"
    case .received: return "\(sweep) finds that no job looks after it, and has it judged"
    case .pending:
      guard case .versions(let versions) = objects else {
        return "\(sweep) looks for its object once the store answers"
      }
      if versions.contains(where: { $0.key == file.rawKey && $0.isLatest && !$0.isDeleteMarker }) {
        return "its event has it judged; or else \(sweep) finds its object"
      }
      if afterURL < 0 { return "the client may upload it for another \(Wording.duration(-afterURL))" }
      if afterURL < grace {
        return "it expires in \(Wording.duration(grace - afterURL)), unless its object still comes"
      }
      return "\(sweep) lets it expire"
    case .rejected, .expired, .aborted:
      guard case .versions(let versions) = objects, !versions.isEmpty else {
        return "nothing; another try is a new upload"
      }
      return afterURL < grace
        ? "\(sweep) finds what lies under its keys, and has it removed"
        : "\(sweep) looks once after the URL's end; `stowage jobs retry \(file.id)` has a worker remove now what lies there"
    case .ready:
      guard case .versions(let versions) = objects, versions.contains(where: { isBeside($0, file) }) else {
        return "nothing; it is served"
      }
      return afterURL < grace
        ? "\(sweep) finds what lies beside the judged version, and has it removed"
        : "\(sweep) looks once after the URL's end; `stowage jobs retry \(file.id)` has a worker remove now what lies beside"
          + " the judged version"
    case .deleted:
      return file.isRestorable ? "nothing; its bytes are kept for a restore" : "nothing; its bytes are gone"
    case .purging: return "its bytes are deleted"
    case .purged: return "nothing"
    }
  }
}

/// True if `version` has bytes, is current, and is not the recorded version of a migrated file.
private func isAbove(_ version: VersionSummary, _ file: FileRecord) -> Bool {
  guard let pinned = file.versionID else { return false }
  return version.isLatest && !version.isDeleteMarker && version.version.description != pinned
}

/// True if `version` has bytes and is not the checked version of a ready file.
private func isBeside(_ version: VersionSummary, _ file: FileRecord) -> Bool {
  guard !version.isDeleteMarker else { return false }
  return version.key != file.judgedKey || file.versionID.map { VersionID($0) != version.version } ?? false
}

extension FileRecord {
  /// Describes the state at `now` for an administrator.
  func words(at now: Date) -> String {
    func ago(_ time: Date?) -> String { time.map { Wording.duration(now.timeIntervalSince($0)) + " ago" } ?? "once" }
    switch state {
    case .pending where isMigrated: return "pending: a migration is about to store it, since \(ago(createdAt))"
    case .quarantined:
      let why = reason.map { "\($0.rawValue), \(exceeded?.text ?? $0.words)" } ?? ""
      return "quarantined \(ago(quarantinedAt)): \(why); its bytes are kept, and not served"
    case .aborted where isMigrated: return "aborted: the migration gave it up"
    case .pending: return "pending: presigned \(ago(createdAt)); its bytes have not been seen"
    case .received: return "received \(ago(receivedAt)): its bytes are in the bucket, and not yet judged"
    case .ready: return "ready: judged \(ago(readyAt)), and served"
    case .rejected: return "rejected: \(reason.map { "\($0.rawValue), \(exceeded?.text ?? $0.words)" } ?? "")"
    case .expired: return "expired: its bytes never came; its URL ended \(ago(expiresAt))"
    case .aborted: return "aborted: the client gave up"
    case .deleted: return "deleted by its owner \(ago(deletedAt))"
    case .purging: return "purging: deleted \(ago(deletedAt)); its bytes are being removed"
    case .purged: return "purged: deleted \(ago(deletedAt)); nothing but its row is left"
    }
  }
}

extension RejectionReason {
  fileprivate var words: String {
    switch self {
    case .sizeMismatch: "it was not as long as claimed"
    case .checksumMismatch: "its SHA-256 was not the claimed one"
    case .typeMismatch: "its bytes were not of the claimed type"
    case .malware: "the scanner found something"
    case .dimensionsExceeded: "too many pixels or frames, or too long a side"
    case .macros: "it brought macros along"
    case .encrypted: "it opens with a password only"
    case .activeContent:
      "it would run something when it is opened; STOWAGE_UPLOAD_ACTIVE_CONTENT says what becomes of such"
    case .decompressionBomb: "it unpacks to more than is allowed"
    case .malformedArchive: "it is an archive that programs read differently"
    case .unreadable: "it was damaged, gone, or broke the decoder"
    case .notScannable: "it is larger than the scanner takes"
    }
  }
}
