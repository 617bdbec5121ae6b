import Core
public import Database
public import Foundation
public import Storage

/// A file that needs an action, found by a sweep.
public struct SweepFinding: Hashable, Sendable {
  /// The reason for the action.
  public enum Reason: Hashable, Sendable {
    /// The object of a pending upload exists, but no job: the file is queued for the checks.
    case objectFound
    /// The object arrived, but its job is missing: the file is queued for the checks.
    case jobLost
    /// The upload's time is over and no object arrived: the upload expires.
    case neverCame
    /// An object is under the key of a rejected, expired, aborted or deleted upload: it is queued for deletion.
    case refusedObject
    /// An upload covers the checked version, or is beside it: the upload is queued for deletion.
    case overwritten
    /// The upload has ended, but the store can still have its multipart upload: the multipart upload is queued for an
    /// abort.
    case multipartLeft
    /// The uploaded parts are longer in total than the reserved size: the upload is aborted.
    case overLimit
    /// The retention period of a deleted file is over: the file is queued for purging.
    case outlived
  }

  /// The file, as the sweep read it.
  public let file: UnfinishedFile
  /// The reason for the action.
  public let reason: Reason

  /// Describes the finding and its action for an administrator; with `isDryRun`, the action that would follow.
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

/// The result of one page of a sweep.
public struct SweepPage: Hashable, Sendable {
  /// The number of files that were checked.
  public let count: Int
  /// The findings; their actions are done unless the sweep is a dry run.
  public let findings: [SweepFinding]
  /// Multipart uploads that belong to no pending file; they are aborted unless the sweep is a dry run.
  public var uploads: [UploadSummary] = []
}
