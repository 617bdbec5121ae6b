import Core
import Database
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct UnversionedStoreTests {
  @Test func `a store without versions keeps what was judged, under a key that no URL was signed for`() throws {
    for isSuspended in [false, true] {
      let site = try Site(isVersioned: false)
      if isSuspended {
        try site.store.setVersioning(true, of: Site.buckets.raw)
        try site.store.setVersioning(false, of: Site.buckets.raw)
      }
      let document = Document.pdf()
      let file = try site.upload(document, .pdf)
      #expect(try site.next() == .ready)
      #expect(try site.record(file).versionID == nil)
      #expect(try kept(site, file) == document)
      // The signed URL may still be used on such a store; what it brings goes, and what is kept stays.
      try site.put(Document.pdf(comment: "another"), for: file)
      try site.hint(file)
      #expect(try site.next() == .discarded(versions: 1))
      #expect(try kept(site, file) == document)
      try site.expectSettled(used: document.count)
    }
  }

  @Test func `the copy is kept by the one who holds the lease alone`() throws {
    let site = try Site(isVersioned: false)
    _ = try site.upload(Document.pdf(), .pdf)
    let database = site.database
    site.scanner.obey { _, _ in
      _ = try? database.leaseJob(seconds: 120, at: .now + 1000)
      return .success(.clean)
    }
    #expect(try site.next() == .superseded)
    #expect(site.store.calls.allSatisfy { $0.operation != .put })
  }

  @Test func `a copy that was kept for a file that is then refused goes with it`() throws {
    let site = try Site(isVersioned: false)
    let file = try site.upload(Document.pdf(), .pdf)
    _ = try site.store.memory.put(.bytes([1]), to: "\(site.user)/\(file)/kept.pdf", in: Site.buckets.raw)
    site.scanner.say(.success(.infected(name: "Test")))
    #expect(try site.next() == .rejected(.malware))
    #expect(try site.store.memory.list(Site.buckets.raw, prefix: "", after: nil, limit: 10).items.isEmpty)
  }

  private func kept(_ site: Site, _ file: FileID) throws -> [UInt8] {
    let key = "\(site.user)/\(file)/kept.pdf"
    let all = try site.store.memory.list(Site.buckets.raw, prefix: "", after: nil, limit: 10).items
    #expect(all.map(\.key) == [key])
    return try site.store.memory.bytes(of: key, in: Site.buckets.raw, limit: 10_000)
  }

  @Test func `a refused file leaves nothing on a store without versions`() throws {
    let site = try Site(isVersioned: false)
    site.scanner.say(.success(.infected(name: "Test")))
    let file = try site.upload(Document.pdf(), .pdf)
    #expect(try site.next() == .rejected(.malware))
    #expect(try site.versions(file).isEmpty)
    #expect(try site.store.memory.list(Site.buckets.raw, prefix: "", after: nil, limit: 10).items.isEmpty)
  }

  @Test func `an object that changes between the look and the fetch is looked at again`() throws {
    let site = try Site(isVersioned: false)
    let file = try site.upload(Document.pdf(comment: "one"), .pdf)
    let key = try site.record(file).rawKey
    let memory = site.store.memory
    for other in ["two", "longer"] {
      site.store.obey { call, _ in
        guard call.operation == .get else { return nil }
        _ = try memory.put(.bytes(Document.pdf(comment: other)), to: key, in: Site.buckets.raw)
        return nil
      }
      #expect(try site.next(after: other == "two" ? 1 : 10)?.isPostponed == true, "\(other)")
    }
    site.store.obey(nil)
    #expect(try site.next(after: 20) == .rejected(.sizeMismatch))
  }
}
