public import Core
public import Foundation

/// The outcome of a retry of a job.
public enum JobRetry: Hashable, Sendable {
  /// The job waited for a later time, and is due now.
  case hastened
  /// The job had failed permanently; it is queued again and its failure count is 0.
  case revived
  /// Nothing changed: the job was already due, or its lease has ended.
  case due
  /// Nothing changed: the job is under a valid lease.
  case held(until: Date)
}

extension FileDatabase {
  /// Makes the job of `file` due now unless it is under a valid lease; nil if the file has no job of this kind.
  public func retryJob(_ kind: JobKind, of file: FileID, at now: Date) throws(StorageError) -> JobRetry? {
    try write { connection in
      let parameters: Parameters = ["kind": kind.rawValue, "file": file.description]
      guard let job = try connection.first(JobStatement.find, parameters).map(JobRecord.init) else { return nil }
      if job.isHeld(at: now) { return .held(until: job.dueAt) }
      guard try connection.retry(kind.rawValue, file.description, at: now) else { return .due }
      return job.state == .failed ? .revived : .hastened
    }
  }

  /// Makes the jobs that match `filter` due now, and returns how many of them changed; leased jobs never change.
  ///
  /// Each page of `pageSize` jobs is a separate commit, so that a long queue does not block the processes that work on
  /// it.
  public func retryJobs(_ filter: JobFilter, pageSize: Int = 500, at now: Date) throws(StorageError) -> Int {
    var count = 0
    var last = RetryPage(kind: "", file: "", retried: 0)
    while let page = try retryPage(filter, after: last, limit: pageSize, at: now) {
      count += page.retried
      last = page
    }
    return count
  }

  private func retryPage(
    _ filter: JobFilter,
    after last: RetryPage,
    limit: Int,
    at now: Date
  ) throws(StorageError) -> RetryPage? {
    try write { connection in
      let place: Parameters = [
        "after_kind": last.kind, "after": last.file, "limit": limit, "now": now.milliseconds,
      ]
      let rows = try connection.run(JobStatement.retryable, filter.parameters.merging(place) { given, _ in given })
      guard let end = rows.last else { return nil }
      var retried = 0
      for row in rows where try connection.retry(row.text("kind"), row.text("file_id"), at: now) { retried += 1 }
      return try RetryPage(kind: end.text("kind"), file: end.text("file_id"), retried: retried)
    }
  }
}

/// The end of a page of retries, and the number of jobs that the page changed.
private struct RetryPage: Sendable {
  let kind: String
  let file: String
  let retried: Int
}

extension Connection {
  fileprivate func retry(_ kind: String, _ file: String, at now: Date) throws -> Bool {
    try returnsRow(JobStatement.retry, ["kind": kind, "file": file, "now": now.milliseconds])
  }
}
