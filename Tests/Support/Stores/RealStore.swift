internal import Foundation
public import S3
internal import Signing
public import Storage

/// A real server for tests, with credentials that allow everything.
public enum RealStore: String, CaseIterable, Sendable {
  /// A private SeaweedFS, or the server that `STOWAGE_S3_URL` names.
  case seaweedFS
  /// moto, which checks no signature and obeys unsigned headers.
  case moto
  /// The server that `STOWAGE_TEST_S3_URL` names, such as a Ceph.
  ///
  /// `STOWAGE_TEST_S3_ACCESS_KEY` and `STOWAGE_TEST_S3_SECRET_KEY` are its credentials, `STOWAGE_TEST_S3_REGION` its
  /// region (default: us-east-1). `StoreLimit.ofEnvironment` contains its known differences from S3.
  case given

  private static let environment = ProcessInfo.processInfo.environment

  /// True if the environment names a server.
  public static let isGiven = environment["STOWAGE_TEST_S3_URL"] != nil

  /// Every server, including the one of the environment if it names one.
  public static let allCases: [RealStore] = [.seaweedFS, .moto] + (isGiven ? [.given] : [])

  /// The servers that check signatures.
  public static let strict: [RealStore] = allCases.filter { $0 != .moto }

  /// Returns the server's URL and credentials.
  public func access() throws -> (url: String, accessKey: String, secretKey: String) {
    switch self {
    case .seaweedFS:
      let server = try SeaweedFS.shared()
      return (server.url, server.accessKey, server.secretKey)
    case .moto: return (try Moto.shared().url, "test", "any")
    case .given:
      let environment = Self.environment
      guard let url = environment["STOWAGE_TEST_S3_URL"], let key = environment["STOWAGE_TEST_S3_ACCESS_KEY"],
        let secret = environment["STOWAGE_TEST_S3_SECRET_KEY"]
      else { throw SetUpFailure("STOWAGE_TEST_S3_URL needs STOWAGE_TEST_S3_ACCESS_KEY and STOWAGE_TEST_S3_SECRET_KEY") }
      return (url, key, secret)
    }
  }

  /// Returns a store on this server.
  public func store() throws -> S3Store {
    let (url, key, secret) = try access()
    guard let endpoint = S3Endpoint(url) else { throw SetUpFailure("not an endpoint: \(url)") }
    let region = (self == .given ? Self.environment["STOWAGE_TEST_S3_REGION"] : nil) ?? "us-east-1"
    let credentials = Credentials(accessKeyID: key, secretAccessKey: secret)
    return S3Store(S3Configuration(endpoint: endpoint, region: region, credentials: credentials))
  }

  /// Runs `body` with a store and a new bucket with versioning, and deletes the bucket afterwards.
  public func withBucket(_ body: (S3Store, _ bucket: String) throws -> Void) throws {
    let store = try store()
    let bucket = SeaweedFS.freshBucketName()
    try store.createBucket(bucket)
    defer { try? Self.remove(bucket, from: store) }
    try store.setVersioning(true, of: bucket)
    try body(store, bucket)
  }

  /// Deletes a bucket with everything in it.
  public static func remove(_ bucket: String, from store: any ObjectStore) throws {
    var token: String?
    repeat {
      let page = try store.listVersions(bucket, prefix: "", after: token, limit: 1000)
      for line in page.items { try store.delete(line.key, in: bucket, version: line.version) }
      token = page.next
    } while token != nil
    for line in try store.listMultipartUploads(bucket, prefix: "", after: nil, limit: 1000).items {
      try store.abortMultipartUpload(line.upload, to: line.key, in: bucket)
    }
    try store.deleteBucket(bucket)
  }
}
