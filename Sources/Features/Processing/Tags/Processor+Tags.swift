import Core
import Database
import Foundation

extension Processor {
  /// Brings the tags of the file's object to the rule, whatever an earlier attempt did.
  ///
  /// The call replaces all tags, also those that the uploader set: rules of the bucket's owner can delete or move tagged
  /// objects. `isFresh` says that no earlier attempt has set the tag. A store without tags, and a refusal, end the work:
  /// the file is ready without it. Any other failure is retried with the job.
  func tag(_ file: FileID, isFresh: Bool = false) throws(JobError) {
    let calls = try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.beginTagging([file]) ?? []
    }
    try perform(calls, of: file, isFresh: isFresh)
  }

  /// Carries out the calls that the database recorded for the file; `isFresh` as for `tag`.
  func perform(_ calls: [TagCall], of file: FileID, isFresh: Bool) throws(JobError) {
    let tagging = ObjectTagging(dependencies)
    var calls = calls
    var isUntagged = isFresh
    while let call = calls.first {
      switch tagging.perform(call) {
      case .done: calls = try end([call])
      case .missing, .notOffered: calls = try end([], untagged: [file])
      case .refused:
        try JobError.ifOutOfReach { () throws(StorageError) in
          try dependencies.database.leaveTag(of: file, isUntagged: isUntagged, at: dependencies.now)
        }
        return
      case .unanswered(let detail): throw .outOfReach(detail: detail)
      }
      isUntagged = false
    }
  }

  private func end(_ done: [TagCall], untagged: [FileID] = []) throws(JobError) -> [TagCall] {
    try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.endTagging(done, untagged: untagged)
    }
  }
}
