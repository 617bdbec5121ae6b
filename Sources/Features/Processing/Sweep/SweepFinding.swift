import Core
public import Database
public import Foundation
public import Storage

/// A file that a sweep found something to do about.
public struct SweepFinding: Hashable, Sendable {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// The object is there, and no job looks after it: it is queued to be judged.
    case objectFound
    /// The object was seen once, and the job is gone: it is queued to be judged.
    case jobLost
    /// The time is over and no object came: the upload expires.
    case neverCame
    /// Something lies under the key of a refused or abandoned upload: it is queued to be removed.
    case refusedObject
    /// Something lies over what was judged, or beside it: it is queued to be removed.
    case overwritten
    /// The file is judged or abandoned, and the store may still have its multipart upload: it is queued to be ended.
    case multipartLeft
    /// The parts are longer together than what is reserved for the file: it is aborted.
    case overLimit
    /// The file was deleted longer ago than it can be restored: it is queued to be purged.
    case outlived
  }

  /// The file, as it was when it was looked at.
  public let file: UnfinishedFile
  /// What was found.
  public let reason: Reason

  /// What was found and what comes of it, in words; `isDryRun` says what would.
  public func words(at now: Date, isDryRun: Bool) -> String {
    let queued = isDryRun ? "would be queued" : "queued"
    switch reason {
    case .objectFound: return "its object is there, and no job looks after it: \(queued) to be judged"
    case .jobLost: return "its bytes were seen, and its job is gone: \(queued) to be judged"
    case .neverCame:
      let ago = Wording.duration(now.timeIntervalSince(file.expiresAt))
      let room = Wording.bytes(file.heldBytes)
      let outcome = isDryRun ? "would expire, and \(room) be released" : "expired, \(room) released"
      return "its URL ended \(ago) ago, and no object came: \(outcome)"
    case .refusedObject: return "the upload is \(file.state), and something lies under its key: \(queued) to be removed"
    case .overwritten: return "something lies beside what was judged: \(queued) to be removed"
    case .multipartLeft: return "the file is \(file.state), and its multipart upload may remain: \(queued) to be ended"
    case .outlived: return "it was deleted more than \(Retention.days) days ago: \(queued) to be purged"
    case .overLimit:
      let room = Wording.bytes(file.heldBytes)
      return "its parts are longer than the \(room) reserved: \(isDryRun ? "would be aborted" : "aborted")"
    }
  }
}

/// What became of one page of a sweep.
public struct SweepPage: Hashable, Sendable {
  /// How many files were looked at.
  public let count: Int
  /// What was found among them; unless it was a dry run, what was done.
  public let findings: [SweepFinding]
  /// Multipart uploads that no pending file knew; unless it was a dry run, they are aborted.
  public var uploads: [UploadSummary] = []
}
