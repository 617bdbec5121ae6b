import Core
import Database
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct LateObjectTests {
  @Test func `what arrives for a file that ended is removed, all versions and markers`() throws {
    for end in ["expired", "aborted", "rejected", "deleted", "purging", "purged"] {
      let site = try Site()
      let file = try site.claim(size: 100, at: .now - 10_000)
      switch end {
      case "expired": #expect(try site.database.expire(file, expiredBy: .now))
      case "aborted": #expect(try site.database.abort(file, of: site.user))
      case "rejected":
        try site.put([1], for: file)
        try site.hint(file)
        #expect(try site.next() == .rejected(.sizeMismatch))
      default:
        #expect(try site.database.delete(file, of: site.user, at: .now))
        if end != "deleted" { #expect(try site.database.beginPurge(file, deletedBy: .now, at: .now)) }
        if end == "purged" { #expect(try site.database.finishPurge(file)) }
      }
      #expect(try site.state(file).rawValue == end)
      let photo = try Site.photo.get()
      try site.put(photo, for: file)
      try site.put([1, 2], for: file)
      try site.store.memory.delete(site.record(file).rawKey, in: Site.buckets.raw)
      try site.hint(file)
      #expect(try site.next() == .discarded(versions: 3), "\(end)")
      #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty)
      #expect(try site.state(file).rawValue == (["deleted", "purging"].contains(end) ? "purged" : end))
      #expect(site.scanner.count == 0)
      try site.settle()
      try site.expectSettled(used: 0)
    }
  }

  @Test func `a version over a ready file is removed, and the pinned one is current again`() throws {
    let site = try Site()
    let file = try site.upload()
    #expect(try site.next() == .ready)
    let before = try site.record(file)
    try site.put(InfectedFiles.png.map { $0 }, for: file)
    try site.put([1], for: file)
    try site.hint(file)
    #expect(try site.next() == .discarded(versions: 2))
    #expect(try site.record(file) == before)
    let versions = try site.versions(file)
    #expect(versions.map(\.version.description) == [before.versionID] && versions[0].isLatest)
    try site.expectSettled(used: try Site.photo.get().count)
  }

  @Test func `a delete marker over a ready file is removed`() throws {
    let site = try Site()
    let file = try site.upload()
    #expect(try site.next() == .ready)
    let key = try site.record(file).rawKey
    try site.store.memory.delete(key, in: Site.buckets.raw)
    try site.hint(file)
    #expect(try site.next() == .discarded(versions: 1))
    #expect(try site.store.memory.head(key, in: Site.buckets.raw).version?.description == site.record(file).versionID)
  }

  @Test func `a version that comes while another is judged changes nothing of it`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try site.claim(size: photo.count)
    let pinned = try #require(try site.put(photo, for: file))
    try site.hint(file)
    let key = try site.record(file).rawKey
    let memory = site.store.memory
    site.store.obey { call, _ in
      if call.operation == .get { _ = try memory.put(.bytes([6, 6, 6]), to: key, in: Site.buckets.raw) }
      return nil
    }
    #expect(try site.next() == .ready)
    #expect(try site.record(file).versionID == pinned.description)
    #expect(try site.versions(file).map(\.version) == [pinned])
    try site.expectSettled(used: photo.count)
  }

  @Test func `a deleted file that may be restored keeps its pinned version, and one being purged does not`() throws {
    let site = try Site()
    let file = try site.upload()
    #expect(try site.next() == .ready)
    #expect(try site.database.delete(file, of: site.user, at: .now))
    try site.put([1], for: file)
    try site.hint(file)
    try site.settle()
    try site.expectHidden(file)
    #expect(try site.database.beginPurge(file, deletedBy: .now + 1, at: .now))
    try site.settle()
    #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty && site.state(file) == .purged)
    try site.expectSettled(used: 0)
  }

  @Test func `only the file's own key is touched`() throws {
    let site = try Site()
    let file = try site.claim(size: 5)
    let key = try site.record(file).rawKey
    for neighbour in [key + "x", key + ".bak", String(key.dropLast()), "other/" + key] {
      _ = try site.store.memory.put(.bytes([1]), to: neighbour, in: Site.buckets.raw)
    }
    try site.put([1], for: file)
    try site.hint(file)
    #expect(try site.next() == .rejected(.sizeMismatch))
    let left = try site.store.memory.list(Site.buckets.raw, prefix: "", after: nil, limit: 10).items
    #expect(left.count == 4)
  }

  @Test func `a thousand versions and more go too`() throws {
    let site = try Site()
    let file = try site.claim(size: 5)
    for _ in 0..<1050 { try site.put([1], for: file) }
    try site.hint(file)
    #expect(try site.next() == .rejected(.sizeMismatch))
    #expect(try site.versions(file).isEmpty)
  }

  @Test func `an event during the work makes it run once more, which finds nothing to do`() throws {
    let site = try Site()
    let file = try site.upload()
    let database = site.database
    site.scanner.obey { _, _ in
      _ = try? database.enqueue(for: [file], at: .now)
      return .success(.clean)
    }
    #expect(try site.next() == .ready)
    #expect(try site.next() == .idle)
    #expect(site.scanner.count == 1)
    try site.expectSettled(used: try Site.photo.get().count)
  }
}
