import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Catalog

@Suite struct FileRemovalTests {
  let fixture: CatalogFixture
  let removal: FileRemoval

  init() throws {
    fixture = try CatalogFixture()
    removal = try fixture.removal()
  }

  /// Creates a ready file with its pinned version in the store.
  private func ready() throws -> FileID {
    let version = try fixture.store.memory.put(.bytes([1]), to: "placeholder", in: "raw").version
    let file = try fixture.ready(version: try #require(version).description)
    return file
  }

  private func pinned() throws -> FileID {
    // The store numbers its versions in order, so the next version is predictable.
    let probe = try #require(try fixture.store.memory.put(.bytes([1]), to: "probe", in: "raw").version).description
    let number = try #require(Int(probe.drop { !$0.isNumber }))
    let file = try fixture.ready(version: "memory\(number + 1)")
    let key = try #require(try fixture.database.file(file)).rawKey
    try #require(
      try fixture.store.memory.put(.bytes([1]), to: key, in: "raw").version?.description == "memory\(number + 1)"
    )
    return file
  }

  private func state(_ file: FileID) throws -> FileState? { try fixture.database.file(file)?.state }

  @Test func `a deleted file can be restored for thirty days, repeatedly`() throws {
    let file = try pinned()
    let start = Date(timeIntervalSince1970: Date.now.timeIntervalSince1970.rounded(.down))
    for _ in 0..<2 {
      try removal.delete(file, of: fixture.user, permanently: false, at: start)
      try removal.delete(file, of: fixture.user, permanently: false, at: start)
      #expect(try state(file) == .deleted)
      try removal.restore(file, of: fixture.user, at: start + Retention.seconds - 1)
      try removal.restore(file, of: fixture.user, at: start)
      #expect(try state(file) == .ready)
    }
    try removal.delete(file, of: fixture.user, permanently: false, at: start)
    #expect(throws: StorageError.gone) {
      try removal.restore(file, of: fixture.user, at: start + Retention.seconds)
    }
    try removal.restore(file, of: fixture.user, at: start)
  }

  /// Deletes a pinned file as a worker does, with a delete marker over the checked version, and returns its key too.
  private func covered() throws -> (file: FileID, key: String) {
    let file = try pinned()
    let key = try #require(try fixture.database.file(file)).rawKey
    try removal.delete(file, of: fixture.user, permanently: false, at: .now)
    try fixture.store.memory.delete(key, in: "raw", version: nil)
    #expect(throws: StoreError.self) { try fixture.store.memory.head(key, in: "raw") }
    return (file, key)
  }

  @Test func `a restore makes the checked version current without a worker, before a lifecycle rule takes it`() throws {
    let (file, key) = try covered()
    try removal.restore(file, of: fixture.user, at: .now)
    let current = try fixture.store.memory.head(key, in: "raw").version?.description
    #expect(try current == fixture.database.file(file)?.versionID)
  }

  @Test func `a restore leaves a marker that the store does not remove to the workers`() throws {
    let (file, key) = try covered()
    fixture.store.obey { call, _ in call.operation == .delete ? .before(.unavailable(detail: "away")) : nil }
    try removal.restore(file, of: fixture.user, at: .now)
    #expect(try state(file) == .ready)
    #expect(try fixture.store.memory.versions(of: key, in: "raw").first?.isDeleteMarker == true)
  }

  @Test func `a restore leaves the marker of a newer deletion`() throws {
    let (file, key) = try covered()
    let before = try fixture.store.memory.versions(of: key, in: "raw").map(\.version)
    let readings = Mutex(0)
    let memory = fixture.store.memory
    try removal.restore(
      file,
      of: fixture.user,
      if: { _ in
        // The second reading is that of the transaction, after the markers were listed.
        if readings.withLock({
          $0 += 1; return $0
        }) == 2 {
          try? memory.delete(key, in: "raw", version: nil)
        }
        return true
      },
      at: .now
    )
    let after = try memory.versions(of: key, in: "raw")
    #expect(after.count == 2 && after[0].isDeleteMarker && !before.contains(after[0].version))
    #expect(after[1].version == before[1])
  }

  @Test func `a file without its pinned version, or being purged, cannot be restored`() throws {
    let lost = try ready()
    try removal.delete(lost, of: fixture.user, permanently: false, at: .now)
    #expect(throws: StorageError.gone) { try removal.restore(lost, of: fixture.user, at: .now) }
    #expect(try state(lost) == .deleted)
    let purging = try pinned()
    try removal.delete(purging, of: fixture.user, permanently: true, at: .now)
    #expect(throws: StorageError.gone) { try removal.restore(purging, of: fixture.user, at: .now) }
    let unserved = try fixture.pending()
    try removal.restore(unserved, of: fixture.user, at: .now)
    try removal.delete(unserved, of: fixture.user, permanently: false, at: .now)
    #expect(throws: StorageError.gone) { try removal.restore(unserved, of: fixture.user, at: .now) }
  }

  @Test func `a refused HEAD is no missing version: the file stays deleted and can be restored later`() throws {
    let file = try pinned()
    try removal.delete(file, of: fixture.user, permanently: false, at: .now)
    fixture.store.obey { call, _ in call.operation == .head ? .before(.accessDenied(detail: "403")) : nil }
    #expect {
      try removal.restore(file, of: fixture.user, at: .now)
    } throws: { error in
      if case .unavailable? = error as? StorageError { true } else { false }
    }
    #expect(try state(file) == .deleted)
    fixture.store.obey(nil)
    try removal.restore(file, of: fixture.user, at: .now)
    #expect(try state(file) == .ready)
  }

  @Test func `a missing bucket does not change the file`() throws {
    let file = try pinned()
    try removal.delete(file, of: fixture.user, permanently: false, at: .now)
    let elsewhere = FileRemoval(
      database: fixture.database,
      store: fixture.store,
      bucket: "mistyped",
      imagesURL: CatalogFixture.imagesURL,
      retention: RetentionRule()
    )
    let error = #expect(throws: StorageError.self) { try elsewhere.restore(file, of: fixture.user, at: .now) }
    guard case .unavailable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `unknown files and files of others get the same error, and a purged file stays purged`() throws {
    let stranger = try #require(UserID("eve"))
    let file = try pinned()
    let purged = try pinned()
    try removal.delete(purged, of: fixture.user, permanently: true, at: .now)
    try #require(try fixture.database.finishPurge(purged))
    for (id, user) in [(file, stranger), (FileID(at: .now), fixture.user), (purged, stranger)] {
      for permanently in [true, false] {
        #expect(throws: StorageError.notFound) {
          try removal.delete(id, of: user, permanently: permanently, at: .now)
        }
      }
    }
    for permanently in [true, false] {
      try removal.delete(purged, of: fixture.user, permanently: permanently, at: .now)
    }
    #expect(try state(purged) == .purged)
    #expect(throws: StorageError.notFound) { try removal.restore(file, of: stranger, at: .now) }
    #expect(try state(file) == .ready)
  }

  @Test func `a failed condition prevents deletion and restoration, and files of others are still not found`() throws {
    let file = try pinned()
    let stranger = try #require(UserID("eve"))
    for permanently in [true, false] {
      #expect(throws: StorageError.recordChanged) {
        try removal.delete(file, of: fixture.user, permanently: permanently, if: { $0.state != "ready" }, at: .now)
      }
      #expect(throws: StorageError.notFound) {
        try removal.delete(file, of: stranger, permanently: permanently, if: { _ in false }, at: .now)
      }
    }
    #expect(throws: StorageError.recordChanged) {
      try removal.restore(file, of: fixture.user, if: { _ in false }, at: .now)
    }
    #expect(throws: StorageError.notFound) {
      try removal.restore(file, of: stranger, if: { _ in false }, at: .now)
    }
    #expect(try state(file) == .ready)
    try removal.delete(file, of: fixture.user, permanently: false, if: { $0.state == "ready" }, at: .now)
    #expect(throws: StorageError.recordChanged) {
      try removal.restore(file, of: fixture.user, if: { $0.state != "deleted" }, at: .now)
    }
    #expect(try state(file) == .deleted)
    try removal.restore(file, of: fixture.user, if: { $0.state == "deleted" }, at: .now)
    #expect(try state(file) == .ready)
  }

  @Test func `a restore that is checking the bytes does not undo a newer deletion`() throws {
    let file = try pinned()
    let start = Date(timeIntervalSince1970: 1_800_000_000)
    let (database, user, again) = (fixture.database, fixture.user, start + 60)
    try removal.delete(file, of: user, permanently: false, at: start)
    fixture.store.obey { call, number in
      guard call.operation == .head, number == 0 else { return nil }
      let restored = try database.restore(file, of: user, variants: [], deletedAfter: start - 1, at: again)
      guard try restored && database.delete(file, of: user, at: again) else { throw Unexpected("not deleted anew") }
      return nil
    }
    let end = Retention.end(ofFileDeletedAt: start)
    #expect(throws: StorageError.recordChanged) {
      try removal.restore(file, of: user, if: { $0.deletesAt == end }, at: again)
    }
    #expect(fixture.store.calls.count(where: { $0.operation == .head }) == 1)
    #expect(try state(file) == .deleted && database.file(file)?.deletedAt == again)
  }
}
