import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Catalog

@Suite struct CleanupUndoTests {
  private let fixture: CatalogFixture
  private let removal: FileRemoval
  private let undo: CleanupUndo
  private let due = Date.now + 366 * 86_400

  init() throws {
    fixture = try CatalogFixture()
    removal = try fixture.removal()
    undo = CleanupUndo(database: fixture.database, removal: removal)
  }

  /// Creates a ready file whose pinned version is in the store.
  private func stored() throws -> FileID {
    let probe = try #require(try fixture.store.memory.put(.bytes([1]), to: "probe", in: "raw").version).description
    let number = try #require(Int(probe.drop { !$0.isNumber }))
    let file = try fixture.ready(version: "memory\(number + 1)")
    let key = try #require(try fixture.database.file(file)).rawKey
    _ = try fixture.store.memory.put(.bytes([1]), to: key, in: "raw")
    return file
  }

  private func cleanUp(_ files: [FileID]) throws {
    let done = try fixture.database.deleteAged(files, of: fixture.user, by: RetentionRule(), run: "r", at: due)
    try #require(done.files == files.count)
  }

  private func state(_ file: FileID) throws -> FileState? { try fixture.database.file(file)?.state }

  @Test func `every file of the run is restored, with its links, and a second undo does nothing`() throws {
    let files = try (0..<3).map { _ in try stored() }
    try cleanUp(files)
    let other = try stored()
    try removal.delete(other, of: fixture.user, permanently: false, at: due)
    var outcomes: [CleanupUndo.Outcome] = []
    let tally = try undo.undo("r", at: due + 1, report: { _, outcome in outcomes.append(outcome) })
    #expect(tally.restored == 3 && tally.seen == 3 && outcomes == [.restored, .restored, .restored])
    for file in files { #expect(try state(file) == .ready) }
    #expect(try state(other) == .deleted)
    #expect(try undo.undo("r", at: due + 1).seen == 0 && undo.undo("unknown", at: due).seen == 0)
  }

  @Test func `a run half purged says of each file why it stays deleted`() throws {
    let purged = try stored()
    let late = try stored()
    let lost = try fixture.ready(version: "memory9999")
    let back = try stored()
    let gone = try stored()
    let good = try stored()
    try cleanUp([purged, late, lost, back, gone, good])
    try removal.delete(gone, of: fixture.user, permanently: true, at: due)
    try removal.restore(back, of: fixture.user, at: due + 1)
    #expect(try fixture.database.beginPurge(purged, deletedBy: due, at: due + 30 * 86_400))
    #expect(try fixture.database.finishPurge(purged))
    var outcomes: [FileID: CleanupUndo.Outcome] = [:]
    _ = try undo.undo("r", at: due + 1, report: { file, outcome in outcomes[file.id] = outcome })
    #expect(outcomes == [purged: .purged, late: .restored, lost: .missing, gone: .purged, good: .restored])
    #expect(try state(back) == .ready)
    try removal.delete(late, of: fixture.user, permanently: false, at: due + 2)
    #expect(try undo.undo("r", at: due + 3).restored == 0)
    #expect(try state(late) == .deleted)
  }

  @Test func `at the end of the thirty days nothing is restored`() throws {
    let file = try stored()
    try cleanUp([file])
    #expect(try undo.undo("r", at: due + Retention.seconds).counts == [.late: 1])
    #expect(try state(file) == .deleted)
    #expect(try undo.undo("r", at: due + Retention.seconds - 1).restored == 1)
  }

  @Test func `an undo that is stopped goes on where it was`() throws {
    let files = try (0..<4).map { _ in try stored() }
    try cleanUp(files)
    var count = 0
    let first = try undo.undo("r", at: due, while: { count < 2 }, report: { _, _ in count += 1 })
    #expect(first.restored == 2)
    #expect(try undo.undo("r", at: due).restored == 2)
  }
}
