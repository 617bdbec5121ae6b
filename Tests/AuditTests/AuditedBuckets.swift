import Assembly
import Core
import Foundation
import Logging
import S3
import TestSupport
import Testing

/// Buckets on moto with the rules of their documents, and `stowage audit` as an administrator runs it.
///
/// moto knows the rules of AWS that SeaweedFS has not. It is reached by TLS, so that a policy may demand TLS; it obeys no
/// policy, so each `apply` waits for ten seconds. Therefore all tests share the buckets of one instance.
final class AuditedBuckets: Sendable {
  static let shared = Result { try AuditedBuckets() }

  struct Output: Decodable {
    struct Item: Decodable {
      let id: String
      let outcome: String
      let `where`: String
      let found: String
    }
    let findings: [Item]
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL
  private static let checks = [
    "exists", "public-access-block", "ownership", "versioning", "encryption", "lifecycle", "policy", "policy-wildcard",
    "policy-principals", "cors", "logging", "notification",
  ]

  private let folder: ScratchFolder
  private let environment: [String: String]
  let settings: Settings
  let store: S3Store

  init() throws {
    let server = try Moto.encrypted()
    folder = try ScratchFolder()
    environment = [
      "STOWAGE_STORE": "aws", "STOWAGE_S3_URL": server.url, "STOWAGE_S3_CA_FILE": server.caFile ?? "",
      "STOWAGE_S3_ADDRESSING": "path", "STOWAGE_S3_ACCESS_KEY": "test", "STOWAGE_S3_SECRET_KEY": "test",
      "STOWAGE_AWS_ACCOUNT": "123456789012", "STOWAGE_TOKEN_KEY_FILE": folder.file("keys.json"),
      "STOWAGE_IMAGES_URL": "https://img.example.com", "STOWAGE_CORS_ORIGINS": "https://app.example.com",
      "STOWAGE_BUCKET_PATTERN": "a\(UUID().uuidString.lowercased().prefix(8))-{bucket}",
      "STOWAGE_BUCKET_DOCUMENTS": try Self.documents(in: folder),
      "STOWAGE_DATABASE_URL": "sqlite:" + folder.file("none/db"),
      "STOWAGE_ENVIRONMENT": "development", "STOWAGE_DECODER": "/bin/true", "STOWAGE_CONFIG": "",
    ]
    settings = try Configuration.load(environment: environment).settings
    store = try Application(settings: settings, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }).store
    try run(Self.program, ["buckets", "apply"], environment: environment)
  }

  /// Copies the documents of the checkout without the statements for everybody in the policy of the logs.
  ///
  /// moto 5.2 takes the principal of each statement there for an object, and fails at one for everybody when a bucket's
  /// logging is set.
  private static func documents(in folder: ScratchFolder) throws -> String {
    let copy = folder.file("buckets")
    try FileManager.default.copyItem(atPath: root.appending(path: "conf/buckets").path, toPath: copy)
    let path = copy + "/logs/policy.json"
    let policy = try JSONValue(json: Array(Data(contentsOf: URL(filePath: path))))
    let statements = (policy["Statement"]?.items ?? []).filter { $0["Principal"]?.string == nil }
    #expect(!statements.isEmpty)
    var shorter = policy
    shorter["Statement"] = .array(statements)
    try Data(shorter.json().utf8).write(to: URL(filePath: path))
    return copy
  }

  private static let program =
    (ProcessInfo.processInfo.environment["STOWAGE_BIN"] ?? root.appending(path: ".build/debug").path) + "/stowage"

  /// Returns the findings that are neither a pass nor for a person to look at.
  func findings() throws -> [Output.Item] {
    let only = Self.checks.flatMap { ["--only", "bucket.\($0)"] }
    let script = #""$0" audit --json --mutes none "$@"; test $? -le 2"#
    let output = try run("sh", ["-c", script, Self.program] + only, environment: environment)
    let all = try JSONDecoder().decode(Output.self, from: output).findings
    #expect(Set(all.map(\.id)) == Set(Self.checks.map { "bucket.\($0)" }))
    return all.filter { !["pass", "manual"].contains($0.outcome) }
  }
}
