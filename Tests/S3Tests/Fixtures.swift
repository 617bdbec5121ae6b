internal import Foundation
internal import HTTP
internal import S3
internal import Signing
internal import Storage
internal import TestSupport

/// The stores that the conformance suite runs on.
enum Subject: String, CaseIterable, Sendable {
  case memory, seaweedFS, virtualHost, moto
  /// The server that `STOWAGE_TEST_S3_URL` names: MinIO, or any other.
  case given

  /// Every store, including the one of the environment if it names one.
  static let allCases: [Subject] = [.memory, .seaweedFS, .virtualHost, .moto] + (RealStore.isGiven ? [.given] : [])

  /// Returns every store without this limit.
  static func all(without limit: StoreLimit) -> [Subject] { allCases.filter { !$0.limits.contains(limit) } }

  /// Returns every store with this limit; `KnownLimitTests` show on them what Stowage does instead.
  static func all(with limit: StoreLimit) -> [Subject] { allCases.filter { $0.limits.contains(limit) } }

  /// The store's known differences from S3.
  var limits: Set<StoreLimit> {
    switch self {
    case .memory: []
    case .seaweedFS, .virtualHost: StoreLimit.seaweedFS
    case .moto: StoreLimit.moto
    case .given: StoreLimit.ofEnvironment
    }
  }

  /// Runs `body` with the store and a new bucket, and deletes the bucket afterwards.
  func withBucket(versioned: Bool = false, _ body: (any ObjectStore, _ bucket: String) throws -> Void) throws {
    guard let store = try store() else { return }
    let bucket = SeaweedFS.freshBucketName()
    try store.createBucket(bucket)
    if versioned { try store.setVersioning(true, of: bucket) }
    defer { try? RealStore.remove(bucket, from: store) }
    try body(store, bucket)
  }

  private func store() throws -> (any ObjectStore)? {
    switch self {
    case .memory: MemoryStore()
    case .seaweedFS: try liveStore()
    case .virtualHost:
      try SeaweedFS.shared().virtualHostPort.map {
        try liveStore(url: "http://localhost:\($0)", addressing: .virtualHost)
      }
    case .moto: try RealStore.moto.store()
    case .given: try RealStore.given.store()
    }
  }
}

func liveStore(
  url: String? = nil,
  addressing: S3Endpoint.Addressing = .path,
  secret: String? = nil,
  now: @escaping @Sendable () -> Date = { Date() }
) throws -> S3Store {
  let server = try SeaweedFS.shared()
  guard let endpoint = S3Endpoint(url ?? server.url) else { throw SetUpFailure("not an endpoint: \(server.url)") }
  return S3Store(
    S3Configuration(
      endpoint: endpoint,
      addressing: addressing,
      credentials: Credentials(accessKeyID: server.accessKey, secretAccessKey: secret ?? server.secretKey),
      now: now
    )
  )
}

/// Returns a store on a scripted server, with short deadlines.
func scriptedStore(_ url: String, attempts: Int = 3, assemblyStall: Int = 1) throws -> S3Store {
  guard let endpoint = S3Endpoint(url) else { throw SetUpFailure("not an endpoint: \(url)") }
  return S3Store(
    S3Configuration(
      endpoint: endpoint,
      credentials: Credentials(accessKeyID: "test", secretAccessKey: "secret"),
      deadlines: HTTPDeadlines(connect: 2, total: 8, stall: 1),
      assemblyStall: assemblyStall,
      retries: RetryPolicy(attempts: attempts, firstPause: 0.01, longestPause: 0.05)
    )
  )
}

/// Returns the error that `body` throws; nil if it throws none.
func failure<Ignored>(_ body: () throws(StoreError) -> Ignored) -> StoreError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

func answer(_ body: String, status: String = "200 OK", headers: String = "") -> String {
  "HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}
