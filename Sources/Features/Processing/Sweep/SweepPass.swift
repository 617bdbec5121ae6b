import Core
import Database
import Foundation

/// The kinds of files that a sweep checks, in this order.
enum SweepPass: CaseIterable {
  /// Pending and received files without a job.
  case unattended
  /// Pending uploads whose time is over.
  case overdue
  /// Files whose upload has ended, but whose multipart upload can still exist.
  case multiparts
  /// Multipart uploads of unknown total length.
  case unmeasured
  /// Deleted files whose retention period is over.
  case outlived
  /// Finished files whose upload URL is still valid or expired recently.
  ///
  /// Finished files are ready, rejected, expired, aborted or deleted.
  case reachable
  /// Older finished files that were not checked after their upload URL expired.
  case missed

  /// True if the pass searches for objects that were uploaded after the file was finished.
  var isWatch: Bool { self == .reachable || self == .missed }

  /// The maximum number of pages per sweep: many abandoned uploads must not keep the store busy without end.
  ///
  /// The pass `reachable` covers all its files unless users made more than 20,000 uploads within an hour.
  var budget: Int { self == .reachable ? 100 : 10 }

  /// Returns the identifier before which all upload URLs have expired so long ago that no upload can arrive.
  static func reachable(at now: Date) -> FileID {
    FileID(earliestAt: now - Sweeper.grace - TimeInterval(UploadPolicy.multipartSeconds))
  }
}

extension FileDatabase {
  /// Returns a page of the files that `pass` checks.
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
