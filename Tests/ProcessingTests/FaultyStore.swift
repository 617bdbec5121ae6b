import Foundation
import Storage
import Synchronization
import TestSupport

/// A store in memory that notes every call, and fails or does something else where a test says so.
final class FaultyStore: ObjectStore {
  /// What is asked of the store.
  enum Operation: Hashable, Sendable { case put, get, head, delete, list, listVersions, bucket }

  struct Call: Hashable, Sendable {
    let operation: Operation
    let key: String
    var version: VersionID?
  }

  /// How a call fails.
  enum Fault: Sendable {
    /// Nothing was done.
    case before(StoreError)
    /// It was done, but the answer was lost.
    case after(StoreError)
  }

  typealias Rule = @Sendable (_ call: Call, _ number: Int) throws -> Fault?

  let memory = MemoryStore()
  private let state = Mutex((calls: [Call](), rule: nil as Rule?))

  var calls: [Call] { state.withLock { $0.calls } }

  /// Lets `rule` look at every call from here on, which then has number 0.
  func obey(_ rule: Rule?) { state.withLock { $0 = ([], rule) } }

  private func pass<Value>(_ call: Call, _ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    let (rule, number) = state.withLock { state in
      state.calls.append(call)
      return (state.rule, state.calls.count - 1)
    }
    let fault: Fault?
    do { fault = try rule?(call, number) } catch { throw .unexpected(detail: "the test's own rule: \(error)") }
    if case .before(let error) = fault { throw error }
    let value = try body()
    if case .after(let error) = fault { throw error }
    return value
  }

  func put(
    _ body: ObjectBody,
    to key: String,
    in bucket: String,
    options: PutOptions
  ) throws(StoreError) -> PutResult {
    try pass(Call(operation: .put, key: key)) { () throws(StoreError) in
      try memory.put(body, to: key, in: bucket, options: options)
    }
  }

  func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ObjectInfo {
    try pass(Call(operation: .get, key: key, version: version)) { () throws(StoreError) in
      try memory.get(key, in: bucket, version: version, range: range, into: sink)
    }
  }

  func head(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) -> ObjectInfo {
    try pass(Call(operation: .head, key: key, version: version)) { () throws(StoreError) in
      try memory.head(key, in: bucket, version: version)
    }
  }

  func delete(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) {
    try pass(Call(operation: .delete, key: key, version: version)) { () throws(StoreError) in
      try memory.delete(key, in: bucket, version: version)
    }
  }

  func list(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<ObjectSummary> {
    try pass(Call(operation: .list, key: prefix)) { () throws(StoreError) in
      try memory.list(bucket, prefix: prefix, after: token, limit: limit)
    }
  }

  func listVersions(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary> {
    try pass(Call(operation: .listVersions, key: prefix)) { () throws(StoreError) in
      try memory.listVersions(bucket, prefix: prefix, after: token, limit: limit)
    }
  }

  func createBucket(_ bucket: String) throws(StoreError) { try memory.createBucket(bucket) }

  func bucketExists(_ bucket: String) throws(StoreError) -> Bool {
    try pass(Call(operation: .bucket, key: bucket)) { () throws(StoreError) in try memory.bucketExists(bucket) }
  }

  func deleteBucket(_ bucket: String) throws(StoreError) { try memory.deleteBucket(bucket) }

  func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError) {
    try memory.setVersioning(isEnabled, of: bucket)
  }

  func isVersioned(_ bucket: String) throws(StoreError) -> Bool { try memory.isVersioned(bucket) }
}
