import Core
import Database
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct UnversionedStoreTests {
  @Test func `without versions a copy of the checked bytes is kept, under a key without a signed URL`() throws {
    for isSuspended in [false, true] {
      let fixture = try ProcessingFixture(isVersioned: false)
      if isSuspended {
        try fixture.store.setVersioning(true, of: ProcessingFixture.buckets.raw)
        try fixture.store.setVersioning(false, of: ProcessingFixture.buckets.raw)
      }
      let document = Document.pdf()
      let file = try fixture.upload(document, .pdf)
      #expect(try fixture.next() == .ready)
      #expect(try fixture.record(file).versionID == nil)
      #expect(try kept(fixture, file) == document)
      // The signed URL is still valid on such a store. Its new object is deleted, and the kept copy stays.
      try fixture.put(Document.pdf(comment: "another"), for: file)
      try fixture.hint(file)
      #expect(try fixture.next() == .discarded(versions: 1))
      #expect(try kept(fixture, file) == document)
      try fixture.expectSettled(used: document.count)
    }
  }

  @Test func `only the holder of the lease keeps a copy`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    _ = try fixture.upload(Document.pdf(), .pdf)
    let database = fixture.database
    fixture.scanner.obey { _, _ in
      _ = try? database.leaseJob(seconds: 120, at: .now + 1000)
      return .success(.clean)
    }
    #expect(try fixture.next() == .superseded)
    #expect(fixture.store.calls.allSatisfy { $0.operation != .put })
  }

  @Test func `a copy kept for a file that is then refused is deleted with it`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try fixture.upload(Document.pdf(), .pdf)
    _ = try fixture.store.memory.put(
      .bytes([1]),
      to: "\(fixture.user)/\(file)/kept.pdf",
      in: ProcessingFixture.buckets.raw
    )
    fixture.scanner.say(.success(.infected(name: "Test")))
    #expect(try fixture.next() == .rejected(.malware))
    #expect(
      try fixture.store.memory.list(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 10).items.isEmpty
    )
  }

  private func kept(_ fixture: ProcessingFixture, _ file: FileID) throws -> [UInt8] {
    let key = "\(fixture.user)/\(file)/kept.pdf"
    let all = try fixture.store.memory.list(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 10).items
    #expect(all.map(\.key) == [key])
    return try fixture.store.memory.bytes(of: key, in: ProcessingFixture.buckets.raw, limit: 10_000)
  }

  @Test func `a refused file leaves nothing on a store without versions`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    fixture.scanner.say(.success(.infected(name: "Test")))
    let file = try fixture.upload(Document.pdf(), .pdf)
    #expect(try fixture.next() == .rejected(.malware))
    #expect(try fixture.versions(file).isEmpty)
    #expect(
      try fixture.store.memory.list(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 10).items.isEmpty
    )
  }

  @Test func `an object that changes while it is read is requested again`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try fixture.upload(Document.pdf(comment: "one"), .pdf)
    let key = try fixture.record(file).rawKey
    let memory = fixture.store.memory
    for other in ["two", "longer"] {
      fixture.store.obey { call, _ in
        guard call.operation == .get else { return nil }
        return .during(.integrity(detail: "the object changed while it was read")) { bytes in
          _ = try memory.put(.bytes(Document.pdf(comment: other)), to: key, in: ProcessingFixture.buckets.raw)
          return Array(bytes.prefix(10))
        }
      }
      #expect(try fixture.next(after: other == "two" ? 1 : 10)?.isPostponed == true, "\(other)")
    }
    fixture.store.obey(nil)
    #expect(try fixture.next(after: 20) == .rejected(.sizeMismatch))
  }
}
