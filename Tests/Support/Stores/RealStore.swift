internal import Foundation
public import S3
internal import Signing
public import Storage

/// A real server that tests run against, each with keys that may do everything.
public enum RealStore: String, CaseIterable, Sendable {
  /// A private SeaweedFS, or the one that `STOWAGE_S3_URL` names.
  case seaweedFS
  /// moto, which checks no signature and obeys what was not signed.
  case moto
  /// The server that `STOWAGE_TEST_S3_URL` names, such as a Ceph, with `STOWAGE_TEST_S3_ACCESS_KEY` and
  /// `STOWAGE_TEST_S3_SECRET_KEY`, and `STOWAGE_TEST_S3_REGION` where it is not us-east-1.
  ///
  /// `StoreLimit.ofEnvironment` says what it is known not to do.
  case given

  private static let environment = ProcessInfo.processInfo.environment

  /// Whether the environment names a server.
  public static let isGiven = environment["STOWAGE_TEST_S3_URL"] != nil

  /// Every server there is; the given one where one is given.
  public static let allCases: [RealStore] = [.seaweedFS, .moto] + (isGiven ? [.given] : [])

  /// Those that check signatures.
  public static let strict: [RealStore] = allCases.filter { $0 != .moto }

  /// Where it is, and its keys.
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

  /// A store of it.
  public func store() throws -> S3Store {
    let (url, key, secret) = try access()
    guard let endpoint = S3Endpoint(url) else { throw SetUpFailure("not an endpoint: \(url)") }
    let region = (self == .given ? Self.environment["STOWAGE_TEST_S3_REGION"] : nil) ?? "us-east-1"
    let credentials = Credentials(accessKeyID: key, secretAccessKey: secret)
    return S3Store(S3Configuration(endpoint: endpoint, region: region, credentials: credentials))
  }

  /// A store of it and a fresh bucket that keeps versions, gone afterwards.
  public func withBucket(_ body: (S3Store, _ bucket: String) throws -> Void) throws {
    let store = try store()
    let bucket = SeaweedFS.freshBucketName()
    try store.createBucket(bucket)
    defer { try? Self.remove(bucket, from: store) }
    try store.setVersioning(true, of: bucket)
    try body(store, bucket)
  }

  /// Removes a bucket with all that is in it.
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
