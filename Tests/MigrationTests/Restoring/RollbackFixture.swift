import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

/// A migrated tree, and a folder to restore it into.
struct RollbackFixture {
  let source: RunFixture
  let folder: ScratchFolder
  var store: any ObjectStore { source.store }

  init(isVersioned: Bool = true) throws {
    source = try RunFixture(isVersioned: isVersioned)
    folder = try ScratchFolder()
  }

  func restore(
    withLedger: Bool = true,
    from store: (any ObjectStore)? = nil,
    hasUploads: Bool = true,
    overwrites: Bool = false
  ) throws -> (outcome: RollbackOutcome, problems: [String: RestoreFailure]) {
    var settings = RestoreSettings()
    settings.threads = 4
    settings.overwrites = overwrites
    let run = RollbackRun(
      from: withLedger ? try MigrationLedger(reading: source.place.file("uploads.ledger")) : nil,
      source.database,
      store: store ?? source.store,
      bucket: RunFixture.bucket,
      into: try RestoreTarget(folder.path),
      hasUploads: hasUploads,
      settings: settings
    )
    let outcome = try run.run()
    let problems = run.takeProblems().map { (String(decoding: $0.path, as: UTF8.self), $0.failure) }
    return (outcome, Dictionary(problems) { first, _ in first })
  }

  func content(_ path: String) -> String? {
    (try? Data(contentsOf: URL(filePath: folder.file(path)))).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Every name below the folder.
  func names() throws -> [String] { try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() }

  func facts(_ path: String, in folder: ScratchFolder) throws -> LedgerFacts {
    var status = stat()
    try #require(lstat(folder.file(path), &status) == 0, "\(path)")
    return LedgerFacts(status)
  }
}
