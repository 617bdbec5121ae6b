import Core
import Database
import Foundation
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Migration

/// Copies inside one store.
@Suite struct CopyTests {
  private let store: FaultyStore
  private let sender: FileSender

  init() throws {
    store = try memoryStore()
    try store.createBucket("old")
    sender = FileSender(store: store, bucket: "raw", settings: .small)
    _ = try store.memory.put(.bytes(Array("content".utf8)), to: "x/a", in: "old", options: PutOptions())
  }

  private func send(_ key: String = "ada/a", from origin: String = "x/a") throws(SendFailure) -> SentObject {
    try sender.send(
      FileToSend(
        id: 1,
        key: key,
        metadata: ["uploader-id": "ada"],
        origin: CopyOrigin(key: origin, bucket: "old"),
        open: { () throws(SendFailure) in throw .unreadable(detail: "opened") }
      )
    )
  }

  private func versions() throws -> Int {
    try store.memory.listVersions("raw", prefix: "", after: nil, limit: 100).items.count
  }

  @Test func `an object is copied inside the store, with new metadata, and only the copy is read`() throws {
    let sent = try send()
    #expect(sent.sha256 == SHA256.digest(of: Array("content".utf8)) && sent.stamp.size == 7 && !sent.wasThere)
    let head = try store.memory.head("ada/a", in: "raw")
    #expect(head.metadata == ["uploader-id": "ada"] && head.version == sent.version)
    #expect(store.calls.filter { $0.operation == .get }.map(\.key) == ["ada/a"])
    #expect(store.calls.contains { $0.operation == .copy } && !store.calls.contains { $0.operation == .put })
    #expect(try send().wasThere)
    #expect(try versions() == 1)
  }

  @Test func `a copy whose answer is lost is made once`() throws {
    let count = Counter()
    store.obey { call, _ in
      call.operation == .copy && count.next() == 0 ? .after(.unavailable(detail: "reset")) : nil
    }
    #expect(try send().sha256 == SHA256.digest(of: Array("content".utf8)))
    #expect(try versions() == 1)
  }

  @Test func `a copy with other bytes, and another object under the key, are no success`() throws {
    let memory = store.memory
    let count = Counter()
    store.obey { call, _ in
      if call.operation == .head, call.key == "ada/a", count.next() == 1 {
        _ = try memory.put(.bytes(Array("CONTENT".utf8)), to: "ada/a", in: "raw", options: PutOptions())
      }
      return nil
    }
    let wrong = SendFailure.temporary(.integrity(detail: "the copy has other bytes than the original"))
    #expect(failure { () throws(SendFailure) in try send() } == wrong)
    store.obey(nil)
    #expect(failure { () throws(SendFailure) in try send() } == .occupied)
    #expect(failure { () throws(SendFailure) in try send("ada/b", from: "x/gone") } == .vanished)
  }
}

/// Counts calls.
private final class Counter: Sendable {
  private let value = Mutex(0)

  /// Returns 0, then 1, and so on.
  func next() -> Int {
    value.withLock { value in
      defer { value += 1 }
      return value
    }
  }
}
