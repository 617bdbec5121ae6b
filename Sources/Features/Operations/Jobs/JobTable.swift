public import Core
public import Database
public import Foundation

/// Formats jobs as a table for a terminal.
///
/// The error of a job is on a separate line below the job.
public struct JobTable: Sendable {
  private let width: Int
  private let now: Date

  /// The minimum width of the table, in columns.
  private static let minimumWidth = 40
  /// The minimum terminal width at which the table has a column for the owner.
  private static let widthWithOwner = 110

  /// A table for a terminal of `width` columns that describes jobs at `now`.
  public init(width: Int, at now: Date) {
    self.width = max(width, Self.minimumWidth)
    self.now = now
  }

  /// The line with the names of the columns.
  public var header: String { columns("KIND", "FILE", "OWNER", "STATE") }

  /// Returns the lines of one job.
  public func lines(_ listing: JobListing) -> [String] {
    let job = listing.job
    let line = columns(job.kind.rawValue, job.file.description, listing.user.description, job.words(at: now))
    return [line] + (job.complaint.map { ["         \($0)".cut(to: width)] } ?? [])
  }

  private func columns(_ kind: String, _ file: String, _ owner: String, _ state: String) -> String {
    let first = kind.padded(to: 9) + file.padded(to: 38)
    return width < Self.widthWithOwner ? first + state : first + owner.cut(to: 20).padded(to: 22) + state
  }
}

extension String {
  /// Returns the string padded with spaces to `width` columns.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

  /// Returns the string shortened to at most `width` columns.
  func cut(to width: Int) -> String { count <= width ? self : prefix(width - 1) + "…" }
}

/// The JSON document of a job, with times in RFC 3339.
public struct JobDocument: Encodable, Sendable {
  let kind: String
  let file: String
  let user: String
  let fileState: String
  let state: String
  let isPostponed: Bool
  let dueAt: String
  let runsAgain: Bool
  let attempts: Int
  let failures: Int
  let lastError: String?
  let createdAt: String

  /// Describes a listed job.
  public init(_ listing: JobListing) {
    let job = listing.job
    kind = job.kind.rawValue
    file = job.file.description
    user = listing.user.description
    fileState = listing.fileState.rawValue
    state = job.state.rawValue
    isPostponed = job.state == .queued && job.lastError != nil
    dueAt = Self.time(job.dueAt)
    runsAgain = job.runsAgain
    attempts = job.attempts
    failures = job.failures
    lastError = job.lastError
    createdAt = Self.time(job.createdAt)
  }

  /// Returns the document in one line.
  public func line() throws(StorageError) -> String { try JSONLine.encode(self) }

  private static func time(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
