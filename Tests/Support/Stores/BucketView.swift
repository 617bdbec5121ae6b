import Foundation
public import S3
import Signing
import Storage

/// The stack's buckets, seen with an administrator's keys.
public struct BucketView: Sendable {
  /// The store itself, for tests that write where no client could.
  public let store: S3Store

  /// Opens the store with the keys that `script/server` hands to its command.
  public init(_ stack: Stack) throws {
    guard let url = stack.environment["STOWAGE_S3_URL"], let key = stack.environment["STOWAGE_S3_ACCESS_KEY"],
      let secret = stack.environment["STOWAGE_S3_SECRET_KEY"]
    else { throw Unexpected("the environment names no store") }
    guard let endpoint = S3Endpoint(url) else { throw Unexpected(url) }
    store = S3Store(
      S3Configuration(endpoint: endpoint, credentials: Credentials(accessKeyID: key, secretAccessKey: secret))
    )
  }

  /// The versions of user demo's upload, by id.
  public func versions(of file: String) throws -> [String] {
    try store.listVersions("uploads-raw", prefix: "demo/\(file)/", after: nil, limit: 100).items.map(
      \.version.description
    )
  }

  /// The keys of user demo's variants.
  public func variants(of file: String) throws -> [String] {
    try store.list("uploads-processed", prefix: "demo/\(file)/", after: nil, limit: 100).items.map(\.key)
  }
}

/// Digests by OpenSSL's command line, so that tests do not trust the code they test.
public enum Digest {
  /// SHA-256 in hexadecimal.
  public static func sha256(_ bytes: [UInt8]) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return String(decoding: try run("sha256sum", [file.path]).prefix(64), as: UTF8.self)
  }
}
