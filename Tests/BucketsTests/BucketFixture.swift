import Assembly
import Core
import Foundation
import Logging
import S3
import Storage
import TestSupport
import Testing

@testable import Buckets

/// A checkout's documents, settings with fresh bucket names, and a real store.
struct BucketFixture {
  static let documents = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("conf/buckets").path

  var settings: Settings
  let store: S3Store

  /// Settings with these changes, and a store at `url`.
  init(
    at url: String = "http://127.0.0.1:9",
    key: String = "test",
    secret: String = "s",
    _ changes: [String: String] = [:]
  )
    throws
  {
    let word = UUID().uuidString.lowercased().prefix(8)
    var values = [
      "STOWAGE_STORE": "aws", "STOWAGE_S3_URL": url, "STOWAGE_S3_ADDRESSING": "path", "STOWAGE_S3_ACCESS_KEY": key,
      "STOWAGE_S3_SECRET_KEY": secret, "STOWAGE_TOKEN_KEY_FILE": "/none",
      "STOWAGE_IMAGES_URL": "https://img.example.com",
      "STOWAGE_CORS_ORIGINS": "https://app.example.com,https://b.example.com",
      "STOWAGE_BUCKET_PATTERN": "t\(word)-{bucket}", "STOWAGE_BUCKET_DOCUMENTS": Self.documents,
      "STOWAGE_SCANNER": "none", "STOWAGE_ENVIRONMENT": "development", "STOWAGE_DECODER": "/bin/true",
    ]
    values.merge(changes) { $1 }
    settings = try Configuration.load(environment: values).settings
    let app = Application(settings: settings, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    store = try app.store
  }

  /// A fixture on a real server, seen as AWS or as SeaweedFS.
  init(_ server: RealStore, _ changes: [String: String] = [:]) throws {
    let access = try server.access()
    let kind = server == .seaweedFS ? "seaweedfs" : "aws"
    try self.init(
      at: access.url,
      key: access.accessKey,
      secret: access.secretKey,
      ["STOWAGE_STORE": kind].merging(changes) { $1 }
    )
  }

  func documents(_ folder: String? = nil) throws -> [BucketDocuments] {
    try DocumentFolder(folder, settings: settings).read(BucketRole.allCases)
  }

  /// Runs a comparison, and returns its lines.
  func run(
    _ purpose: BucketRules.Purpose,
    _ documents: [BucketDocuments]? = nil,
    isPruning: Bool = false
  ) throws -> (report: BucketReport, lines: [BucketReport.Line]) {
    var lines: [BucketReport.Line] = []
    let report = try BucketRules(store: store, settings: settings)
      .run(purpose, documents ?? self.documents(), isPruning: isPruning) { lines.append($0) }
    return (report, lines)
  }

  func removeBuckets() {
    for bucket in settings.buckets.all {
      try? store.removeDocument(.policy, of: bucket)
      try? RealStore.remove(bucket, from: store)
    }
  }
}

/// Parses JSON of a test.
func json(_ text: String) throws -> JSONValue { try JSONValue(json: Array(text.utf8)) }
