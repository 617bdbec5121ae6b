public import Foundation
public import Storage
internal import Synchronization

/// A store in memory that records every call, and fails or runs a rule as a test wants.
public final class FaultyStore: ObjectStore {
  /// The operations of a store.
  public enum Operation: Hashable, Sendable {
    /// The calls of `ObjectStore` about single objects and their listings, and the check whether a bucket exists.
    case put, get, head, delete, list, listVersions, bucket, deleteAll, copy, tags, setTags, removeTags
    /// The calls of `ObjectStore` about multipart uploads.
    case createUpload, uploadPart, listParts, listUploads, completeUpload, abortUpload
  }

  /// One call.
  public struct Call: Hashable, Sendable {
    /// The operation.
    public let operation: Operation
    /// The key, prefix or bucket of the call.
    public let key: String
    /// The version, if the call names one.
    public let version: VersionID?

    /// A call as the store records it.
    public init(operation: Operation, key: String, version: VersionID? = nil) {
      self.operation = operation
      self.key = key
      self.version = version
    }
  }

  /// The ways in which a call fails.
  public enum Fault: Sendable {
    /// The store did nothing.
    case before(StoreError)
    /// The store carried the call out, but the response was lost.
    case after(StoreError)
    /// For `get`: after the attributes, the store passes on the bytes that the closure makes of the object's, and then
    /// fails with the error, unless it is nil.
    case during(StoreError?, @Sendable ([UInt8]) throws -> [UInt8])
  }

  /// Runs before a call; an error that it throws becomes an unexpected error.
  public typealias Rule = @Sendable (_ call: Call, _ number: Int) throws -> Fault?

  /// The underlying store, for checks and changes that bypass the rule.
  public let memory: MemoryStore

  /// A structure: in a tuple, each access would wrap the rule in one more function.
  private struct State {
    var calls: [Call] = []
    var bytesRead = 0
    var rule: Rule?
    var forgets = false
  }

  private let state = Mutex(State())

  /// A store without buckets and without a rule, whose objects have the times of `clock`.
  public init(clock: @escaping @Sendable () -> Date = { .now }) { memory = MemoryStore(clock: clock) }

  /// Every call since the last change of the rule.
  public var calls: [Call] { state.withLock { $0.calls } }

  /// The number of bytes that `get` passed on since the last change of the rule.
  public var bytesRead: Int { state.withLock { $0.bytesRead } }

  /// Sets the rule for all further calls; the next call has number 0.
  public func obey(_ rule: Rule?) { state.withLock { $0 = State(rule: rule) } }

  /// Answers every listing of versions and uploads with its first page from now on, as a broken store does.
  public func forgetTokens() { state.withLock { $0.forgets = true } }

  /// Returns the token of a listing as the store obeys it.
  func obeyed(_ token: String?) -> String? { state.withLock { $0.forgets ? nil : token } }

  func pass<Value>(_ call: Call, _ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    try pass(call) { (_) throws(StoreError) in try body() }
  }

  private func pass<Value>(
    _ call: Call,
    _ body: (_ fault: Fault?) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let (rule, number) = state.withLock { state in
      state.calls.append(call)
      return (state.rule, state.calls.count - 1)
    }
    let fault: Fault?
    do { fault = try rule?(call, number) } catch { throw .unexpected(detail: "the test's own rule: \(error)") }
    if case .before(let error) = fault { throw error }
    let value = try body(fault)
    if case .after(let error) = fault { throw error }
    return value
  }

  /// Stores an object.
  public func put(
    _ body: ObjectBody,
    to key: String,
    in bucket: String,
    options: PutOptions
  ) throws(StoreError) -> PutResult {
    try pass(Call(operation: .put, key: key)) { () throws(StoreError) in
      try memory.put(body, to: key, in: bucket, options: options)
    }
  }

  /// Passes the object's bytes to `sink`.
  public func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    condition: ReadCondition?,
    begin: (ObjectInfo) throws(StoreError) -> Void,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ReadOutcome {
    func count(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
      state.withLock { $0.bytesRead += bytes.count }
      try sink(bytes)
    }
    return try pass(Call(operation: .get, key: key, version: version)) { fault throws(StoreError) in
      var (bytes, isDisturbed): ([UInt8], Bool) = ([], false)
      if case .during? = fault { isDisturbed = true }
      let found = try memory.get(
        key,
        in: bucket,
        version: version,
        range: range,
        condition: condition,
        begin: begin,
        into: { piece throws(StoreError) in if isDisturbed { bytes += piece } else { try count(piece) } }
      )
      guard case .during(let error, let change)? = fault else { return found }
      do { bytes = try change(bytes) } catch { throw .unexpected(detail: "the test's own rule: \(error)") }
      let outcome = bytes.withUnsafeBytes { all in Result { () throws(StoreError) in try count(all) } }
      try outcome.get()
      if let error { throw error }
      return found
    }
  }

  /// Returns an object's headers.
  public func head(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    condition: ReadCondition?
  ) throws(StoreError) -> ReadOutcome {
    try pass(Call(operation: .head, key: key, version: version)) { () throws(StoreError) in
      try memory.head(key, in: bucket, version: version, condition: condition)
    }
  }

  /// Deletes a version, or the object.
  public func delete(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) {
    try pass(Call(operation: .delete, key: key, version: version)) { () throws(StoreError) in
      try memory.delete(key, in: bucket, version: version)
    }
  }

  /// Returns a page of current objects.
  public func list(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<ObjectSummary> {
    try pass(Call(operation: .list, key: prefix)) { () throws(StoreError) in
      try memory.list(bucket, prefix: prefix, after: token, limit: limit)
    }
  }

  /// Returns a page of versions and delete markers.
  public func listVersions(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary> {
    try pass(Call(operation: .listVersions, key: prefix)) { () throws(StoreError) in
      try memory.listVersions(bucket, prefix: prefix, after: obeyed(token), limit: limit)
    }
  }

  /// Creates a bucket.
  public func createBucket(_ bucket: String) throws(StoreError) { try memory.createBucket(bucket) }

  /// Returns true if the bucket exists.
  public func bucketExists(_ bucket: String) throws(StoreError) -> Bool {
    try pass(Call(operation: .bucket, key: bucket)) { () throws(StoreError) in try memory.bucketExists(bucket) }
  }

  /// Deletes an empty bucket.
  public func deleteBucket(_ bucket: String) throws(StoreError) { try memory.deleteBucket(bucket) }

  /// Enables or suspends versioning.
  public func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError) {
    try memory.setVersioning(isEnabled, of: bucket)
  }

  /// Returns true if versioning of the bucket is enabled.
  public func isVersioned(_ bucket: String) throws(StoreError) -> Bool { try memory.isVersioned(bucket) }
}
