import Foundation
import HTTP
import Migration
import S3
import Signing
import Storage
import Synchronization
import TestSupport

/// Returns bytes that differ at every position and for every seed.
func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var generator = Seeded("pattern", seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
  return Array(bytes.prefix(count))
}

extension FileToSend {
  /// A file at a path.
  init(_ id: Int64 = 1, at path: String, key: String = "ada/file", isResumed: Bool = false) {
    self.init(id: id, key: key, isResumed: isResumed) { () throws(SendFailure) in try opened(path) }
  }
}

/// Opens a file as the tree's walk does.
func opened(_ path: String) throws(SendFailure) -> Int32 {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  if descriptor >= 0 { return descriptor }
  throw errno == ENOENT ? .vanished : .unreadable(detail: String(cString: strerror(errno)))
}

extension SenderSettings {
  /// Settings with small parts and short pauses.
  static var small: SenderSettings {
    var settings = SenderSettings()
    settings.multipartThreshold = 6 << 20
    settings.partSize = 5 << 20
    settings.retries = RetryPolicy(attempts: 8, firstPause: 0.005, longestPause: 0.05, budget: 60)
    return settings
  }
}

/// Returns the failure of `body`; nil if it succeeds.
func failure<Ignored>(_ body: () throws(SendFailure) -> Ignored) -> SendFailure? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Records the steps of multipart uploads.
final class RecordingJournal: MultipartJournal {
  struct State {
    var open: [UploadID: Int64] = [:]
    var parts: [SentPart] = []
    var began = 0
  }
  let state = Mutex(State())

  func began(_ upload: UploadID, partSize: Int64, of file: FileToSend) {
    state.withLock {
      $0.open[upload] = partSize
      $0.began += 1
    }
  }
  func stored(_ part: SentPart, of upload: UploadID, _ file: FileToSend) { state.withLock { $0.parts.append(part) } }
  func ended(_ upload: UploadID, of file: FileToSend) { state.withLock { $0.open[upload] = nil } }
}

/// A store in memory with one bucket.
func memoryStore(versioned: Bool = true) throws -> FaultyStore {
  let store = FaultyStore()
  try store.createBucket("raw")
  if versioned { try store.setVersioning(true, of: "raw") }
  return store
}

/// Returns a store of single attempts at this URL, with the test server's keys.
func sendingStore(_ url: String? = nil, connections: Int = 16) throws -> S3Store {
  let server = try SeaweedFS.shared()
  guard let endpoint = S3Endpoint(url ?? server.url) else { throw SetUpFailure("not an endpoint") }
  let credentials = Credentials(accessKeyID: server.accessKey, secretAccessKey: server.secretKey)
  return S3Store(S3Configuration(endpoint: endpoint, credentials: credentials)).forSending(connections: connections)
}

/// Runs `body` with a new bucket of the test server, which is deleted afterwards.
func withBucket(versioned: Bool = true, _ body: (S3Store, _ bucket: String) throws -> Void) throws {
  let store = try RealStore.seaweedFS.store()
  let bucket = SeaweedFS.freshBucketName()
  try store.createBucket(bucket)
  if versioned { try store.setVersioning(true, of: bucket) }
  defer { try? RealStore.remove(bucket, from: store) }
  try body(store, bucket)
}

/// Returns the SHA-256 of an object, read in pieces.
func digest(of key: String, in bucket: String, _ store: any ObjectStore) throws -> [UInt8] {
  let hasher = SHA256()
  _ = try store.get(key, in: bucket) { hasher.update($0) }
  return hasher.finalize()
}
