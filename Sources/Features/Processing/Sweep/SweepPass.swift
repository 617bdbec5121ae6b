import Core
import Database
import Foundation

/// What a sweep looks for, in this order.
enum SweepPass: CaseIterable {
  /// Uploads on their way or seen, without a job.
  case unattended
  /// Uploads whose time is over.
  case overdue
  /// Files whose upload is over, and whose multipart upload may remain.
  case multiparts
  /// Uploads in parts of a length that nobody told.
  case unmeasured
  /// Files that were deleted longer ago than they can be restored.
  case outlived
  /// Judged, refused, abandoned and deleted files whose URL may still be used, or was used until a while ago.
  case reachable
  /// Older ones that nobody has looked at since the end of their URL.
  case missed

  /// Whether it looks for what was put under the key of a file that is judged or over.
  var isWatch: Bool { self == .reachable || self == .missed }

  /// What one sweep may look at, in pages: many abandoned uploads shall not keep the store busy for ever.
  ///
  /// What lives is all looked at, unless more than 20,000 uploads were made within the hour.
  var budget: Int { self == .reachable ? 100 : 10 }

  /// Before this identifier, URLs have ended so long ago that nothing more can come.
  static func reachable(at now: Date) -> FileID {
    FileID(earliestAt: now - Sweeper.grace - TimeInterval(UploadPolicy.multipartSeconds))
  }
}

extension FileDatabase {
  /// A page of the files that `pass` looks at.
  func files(
    for pass: SweepPass,
    at now: Date,
    after last: FileID?,
    limit: Int
  ) throws(StorageError) -> [UnfinishedFile] {
    let bound = SweepPass.reachable(at: now)
    return switch pass {
    case .unattended: try unattendedFiles(createdBy: now - Sweeper.patience, after: last, limit: limit)
    case .overdue: try overdueFiles(expiredBy: now - Sweeper.grace, after: last, limit: limit)
    case .multiparts: try filesWithMultipartLeft(after: last, limit: limit)
    case .unmeasured: try unmeasuredFiles(after: last, limit: limit)
    case .outlived: try outlivedFiles(deletedBy: Retention.cutoff(at: now), after: last, limit: limit)
    case .reachable: try watchedFiles(at: now, after: max(last ?? bound, bound), limit: limit)
    case .missed: try watchedFiles(at: now, after: last, before: bound, limit: limit)
    }
  }
}
