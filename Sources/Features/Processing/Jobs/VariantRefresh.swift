public import Core
public import Database
public import Foundation

/// Finds the ready images whose variants are not what the configuration makes of them now, and queues their rendering.
///
/// Safe to repeat, to interrupt and to run beside workers: a file has one such job at most.
public struct VariantRefresh: Sendable {
  /// What was found so far.
  public struct Report: Hashable, Sendable {
    /// Ready files that were looked at.
    public var seen = 0
    /// Those whose variants are to be rendered again.
    public var outdated = 0
  }

  private let database: FileDatabase
  private let specifications: [VariantSpecification]

  /// Files looked at between two writes.
  private static let pageSize = 200

  /// Compares with these `specifications`.
  public init(database: FileDatabase, specifications: [VariantSpecification]) {
    self.database = database
    self.specifications = specifications
  }

  /// Looks at every ready file, as long as `isWanted` says so; a dry run queues nothing.
  ///
  /// `report` is told how far it is after every 200 files.
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
      for id in page {
        if let file = try database.file(id), file.needsRendering(specifications) { outdated.append(id) }
      }
      if !isDryRun { _ = try database.enqueue(.render, for: outdated, at: now) }
      total.seen += page.count
      total.outdated += outdated.count
      last = page.count == Self.pageSize ? page.last : nil
      report(total)
    } while last != nil && isWanted()
    return total
  }
}
