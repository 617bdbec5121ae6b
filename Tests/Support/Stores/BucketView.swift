import Foundation
public import S3
import Signing
import Storage

/// The stack's buckets, accessed with an administrator's credentials.
public struct BucketView: Sendable {
  /// The store itself, for tests that write to places where no client could.
  public let store: S3Store

  /// Opens the store with the credentials that `script/server` passes to its command.
  public init(_ stack: Stack) throws {
    guard let url = stack.environment["STOWAGE_S3_URL"], let key = stack.environment["STOWAGE_S3_ACCESS_KEY"],
      let secret = stack.environment["STOWAGE_S3_SECRET_KEY"]
    else { throw Unexpected("the environment names no store") }
    guard let endpoint = S3Endpoint(url) else { throw Unexpected(url) }
    store = S3Store(
      S3Configuration(endpoint: endpoint, credentials: Credentials(accessKeyID: key, secretAccessKey: secret))
    )
  }

  /// Returns the versions of user demo's upload, by file identifier.
  public func versions(of file: String) throws -> [String] {
    try store.listVersions("uploads-raw", prefix: "demo/\(file)/", after: nil, limit: 100).items.map(
      \.version.description
    )
  }

  /// Returns the keys of user demo's variants, at every place.
  public func variants(of file: String) throws -> [String] {
    try ["images/", "~guarded/", ""].flatMap {
      try store.list("uploads-processed", prefix: "\($0)demo/\(file)/", after: nil, limit: 100).items.map(\.key)
    }
  }
}

/// Digests computed by OpenSSL's command line, so that tests do not trust the code under test.
public enum Digest {
  /// Returns the SHA-256 in hexadecimal.
  public static func sha256(_ bytes: [UInt8]) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return String(decoding: try run("sha256sum", [file.path]).prefix(64), as: UTF8.self)
  }
}
