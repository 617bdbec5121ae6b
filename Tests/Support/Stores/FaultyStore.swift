public import Storage
internal import Synchronization

/// A store in memory that notes every call, and fails or does something else where a test says so.
public final class FaultyStore: ObjectStore {
  /// What is asked of the store.
  public enum Operation: Hashable, Sendable {
    /// The calls of `ObjectStore` that ask or change something about an object, and whether a bucket is there.
    case put, get, head, delete, list, listVersions, bucket, deleteAll, copy, tags, setTags, removeTags
    /// The calls of `ObjectStore` about uploads in parts.
    case createUpload, uploadPart, listParts, listUploads, completeUpload, abortUpload
  }

  /// One call.
  public struct Call: Hashable, Sendable {
    /// What was asked.
    public let operation: Operation
    /// The key, prefix or bucket that it was about.
    public let key: String
    /// The version, where one was named.
    public let version: VersionID?

    /// A call as the store notes it.
    public init(operation: Operation, key: String, version: VersionID? = nil) {
      self.operation = operation
      self.key = key
      self.version = version
    }
  }

  /// How a call fails.
  public enum Fault: Sendable {
    /// Nothing was done.
    case before(StoreError)
    /// It was done, but the answer was lost.
    case after(StoreError)
  }

  /// Looks at a call before it is done; what it throws becomes an unexpected error.
  public typealias Rule = @Sendable (_ call: Call, _ number: Int) throws -> Fault?

  /// The store behind, for a look or a change that no rule sees.
  public let memory = MemoryStore()
  private let state = Mutex((calls: [Call](), rule: nil as Rule?))

  /// A store without buckets that does as it is told.
  public init() {}

  /// Every call since the rule was last changed.
  public var calls: [Call] { state.withLock { $0.calls } }

  /// Lets `rule` look at every call from here on, which then has number 0.
  public func obey(_ rule: Rule?) { state.withLock { $0 = ([], rule) } }

  func pass<Value>(_ call: Call, _ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
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

  /// Hands the object's bytes to `sink`.
  public func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    condition: ReadCondition?,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ReadOutcome {
    try pass(Call(operation: .get, key: key, version: version)) { () throws(StoreError) in
      try memory.get(key, in: bucket, version: version, range: range, condition: condition, into: sink)
    }
  }

  /// What is known of an object.
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

  /// A page of current objects.
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

  /// A page of versions and delete markers.
  public func listVersions(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary> {
    try pass(Call(operation: .listVersions, key: prefix)) { () throws(StoreError) in
      try memory.listVersions(bucket, prefix: prefix, after: token, limit: limit)
    }
  }

  /// Makes a bucket.
  public func createBucket(_ bucket: String) throws(StoreError) { try memory.createBucket(bucket) }

  /// Whether the bucket exists.
  public func bucketExists(_ bucket: String) throws(StoreError) -> Bool {
    try pass(Call(operation: .bucket, key: bucket)) { () throws(StoreError) in try memory.bucketExists(bucket) }
  }

  /// Removes an empty bucket.
  public func deleteBucket(_ bucket: String) throws(StoreError) { try memory.deleteBucket(bucket) }

  /// Turns the keeping of versions on, or suspends it.
  public func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError) {
    try memory.setVersioning(isEnabled, of: bucket)
  }

  /// Whether the bucket keeps versions.
  public func isVersioned(_ bucket: String) throws(StoreError) -> Bool { try memory.isVersioned(bucket) }
}
