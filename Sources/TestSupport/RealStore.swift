internal import Foundation
public import S3
internal import Signing
internal import Storage

/// A real server that tests run against, each with keys that may do everything.
public enum RealStore: String, CaseIterable, Sendable {
  /// A private SeaweedFS, or the one that `STOWAGE_S3_URL` names.
  case seaweedFS
  /// moto, which checks no signature and obeys what was not signed.
  case moto
  /// The server that `STOWAGE_TEST_S3_URL` names, such as a Ceph.
  case given

  /// Every server there is; the given one where one is given.
  public static let allCases: [RealStore] =
    [.seaweedFS, .moto] + (ProcessInfo.processInfo.environment["STOWAGE_TEST_S3_URL"] == nil ? [] : [.given])

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
      let environment = ProcessInfo.processInfo.environment
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
    let credentials = Credentials(accessKeyID: key, secretAccessKey: secret)
    return S3Store(S3Configuration(endpoint: endpoint, credentials: credentials))
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
  public static func remove(_ bucket: String, from store: S3Store) throws {
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
