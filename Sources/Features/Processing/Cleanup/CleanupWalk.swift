import Core
import Database
import Foundation

/// One walk over users and their files, within a budget of deletions and of files.
final class CleanupWalk {
  /// A place in the order of users and files.
  struct Position: CustomStringConvertible {
    let user: UserID
    /// The last file that was settled; nil before the first.
    let file: FileID?

    init(_ user: UserID, after file: FileID?) { (self.user, self.file) = (user, file) }

    /// Parses the form of `description`; nil at the start.
    init?(_ text: String) {
      let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2, let user = UserID(parts[1]) else { return nil }
      self.init(user, after: FileID(parts[0]))
    }

    /// The file, or `-`, and the user.
    var description: String { "\(file.map(\.description) ?? "-") \(user)" }
  }

  private let cleanup: Cleanup
  /// The identifier of the run; nil for a dry run.
  private let run: String?
  private let now: Date
  private var deletionsLeft: Int
  private var filesLeft: Int
  private let isWanted: () -> Bool
  private let progress: (Cleanup.Tally) -> Void
  private let report: (Cleanup.Share) -> Void
  private(set) var tally = Cleanup.Tally()

  init(
    _ cleanup: Cleanup,
    run: String?,
    deletions: Int,
    files: Int = .max,
    at now: Date,
    isWanted: @escaping () -> Bool,
    progress: @escaping (Cleanup.Tally) -> Void = { _ in },
    report: @escaping (Cleanup.Share) -> Void = { _ in }
  ) {
    (self.cleanup, self.run, self.now) = (cleanup, run, now)
    (deletionsLeft, filesLeft) = (deletions, files)
    (self.isWanted, self.progress, self.report) = (isWanted, progress, report)
  }

  private var goesOn: Bool { deletionsLeft > 0 && filesLeft > 0 && isWanted() }

  /// Visits all users behind `start`; returns the position at which the budget ended, nil after the last user.
  func visitAll(from start: Position?) throws(StorageError) -> Position? {
    if let start, let user = try cleanup.database.user(start.user), let stop = try visit(user, after: start.file) {
      return stop
    }
    var last = start?.user
    while true {
      let page = try cleanup.database.users(after: last, limit: Cleanup.usersPerPage)
      for user in page {
        if let stop = try visit(user, after: nil) { return stop }
      }
      guard page.count == Cleanup.usersPerPage else { return nil }
      last = page.last?.id
      progress(tally)
    }
  }

  /// Visits the user's files behind `last`; returns the position at which the budget ended, nil after the last file.
  func visit(_ user: UserRecord, after last: FileID?) throws(StorageError) -> Position? {
    guard goesOn else { return Position(user.id, after: last) }
    filesLeft -= 1
    guard user.plan == .standard, user.erasingSince == nil else { return nil }
    let owner = FileRetention.Owner(plan: user.plan, standardSince: user.standardSince)
    var share = Cleanup.Share(user: user.id)
    defer { add(share) }
    var last = last
    while true {
      let page = try cleanup.database.agedFiles(of: user.id, after: last, limit: Cleanup.pageSize)
      filesLeft -= page.count
      let due = page.filter { file in
        let retention = FileRetention(owner: owner, arrival: file.arrival, keepUntil: file.keepUntil)
        return cleanup.rule.deletion(of: retention).map { $0 <= now } ?? false
      }
      var rest = due[...]
      while !rest.isEmpty {
        guard deletionsLeft > 0, isWanted() else { return Position(user.id, after: last) }
        let batch = rest.prefix(min(Cleanup.batchSize, deletionsLeft))
        rest = rest.dropFirst(batch.count)
        try delete(Array(batch), of: user.id, &share)
      }
      guard page.count == Cleanup.pageSize else { return nil }
      last = page.last?.id
      progress(tally)
      guard goesOn else { return Position(user.id, after: last) }
    }
  }

  private func delete(_ files: [AgedFile], of user: UserID, _ share: inout Cleanup.Share) throws(StorageError) {
    var done = AgedDeletion()
    if let run {
      done = try cleanup.database.deleteAged(files.map(\.id), of: user, by: cleanup.rule, run: run, at: now)
    } else {
      done.files = files.count
      done.bytes = files.reduce(0) { $0 + $1.heldBytes }
    }
    deletionsLeft -= done.files
    share.files += done.files
    share.bytes += done.bytes
    tally.files += done.files
    tally.bytes += done.bytes
  }

  private func add(_ share: Cleanup.Share) {
    guard share.files > 0 else { return }
    tally.users += 1
    report(share)
    progress(tally)
  }
}
