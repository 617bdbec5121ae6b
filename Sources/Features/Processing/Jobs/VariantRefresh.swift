public import Core
public import Database
public import Foundation

/// Queues a rendering for each ready image whose variants differ from the current configuration, and a move for each whose
/// variants are not at the place of its visibility.
///
/// Can be repeated, interrupted, and run beside workers: a file has at most one such job.
public struct VariantRefresh: Sendable {
  /// The progress and result of a refresh.
  public struct Report: Hashable, Sendable {
    /// The number of ready files that were checked.
    public var seen = 0
    /// The number of files whose variants are outdated.
    public var outdated = 0
    /// The number of further files whose variants are current, and are not at their place.
    public var misplaced = 0
  }

  private let database: FileDatabase
  private let specifications: [VariantSpecification]

  /// The number of files per page.
  private static let pageSize = 200

  /// Compares the variants in `database` with `specifications`.
  public init(database: FileDatabase, specifications: [VariantSpecification]) {
    self.database = database
    self.specifications = specifications
  }

  /// Checks every ready file while `isWanted` returns true; a dry run queues nothing.
  ///
  /// Calls `report` after every 200 files.
  public func run(
    isDryRun: Bool,
    at now: Date,
    while isWanted: () -> Bool = { true },
    report: (Report) -> Void = { _ in }
  ) throws(StorageError) -> Report {
    var total = Report()
    var last: FileID?
    repeat {
      let page = try database.readyFiles(after: last, limit: Self.pageSize)
      var outdated: [FileID] = []
      var misplaced: [FileID] = []
      for id in page {
        guard let file = try database.file(id) else { continue }
        if file.needsRendering(specifications) {
          outdated.append(id)
        } else if file.isMisplaced {
          misplaced.append(id)
        }
      }
      if !isDryRun { _ = try database.enqueue(.render, for: outdated + misplaced, at: now) }
      total.seen += page.count
      total.outdated += outdated.count
      total.misplaced += misplaced.count
      last = page.count == Self.pageSize ? page.last : nil
      report(total)
    } while last != nil && isWanted()
    return total
  }
}
