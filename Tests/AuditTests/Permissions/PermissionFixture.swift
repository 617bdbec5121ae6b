import Assembly
import Audit
import Core
import Foundation
import S3

/// The policies of `conf/iam`, filled from settings.
enum PermissionFixture {
  /// Settings with these changes.
  static func settings(_ changes: [String: String] = [:]) throws -> Settings {
    let values = [
      "STOWAGE_STORE": "aws", "STOWAGE_S3_URL": "https://s3.eu-central-1.amazonaws.com",
      "STOWAGE_S3_REGION": "eu-central-1", "STOWAGE_S3_ACCESS_KEY": "key", "STOWAGE_S3_SECRET_KEY": "secret",
      "STOWAGE_TOKEN_KEY_FILE": "/none", "STOWAGE_IMAGES_URL": "https://img.example.com",
      "STOWAGE_BUCKET_PATTERN": "acme-{bucket}", "STOWAGE_SCANNER": "none", "STOWAGE_ENVIRONMENT": "development",
      "STOWAGE_DECODER": "/bin/true",
    ]
    return try Configuration.load(environment: values.merging(changes) { $1 }).settings
  }

  static func policy(of party: Party, _ changes: [String: String] = [:]) throws -> PermissionDocument {
    try PermissionDocument(json: Derivation.bytes(of: party), settings: settings(changes), source: "old-uploads")
  }
}
