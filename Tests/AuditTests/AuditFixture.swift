import Assembly
import Core
import Foundation
import Logging
import S3
import Signing
import TestSupport

@testable import Audit

/// A system of which a test decides every part; by default nothing answers.
struct AuditFixture {
  let folder: ScratchFolder
  private let changes: [String: String]

  init(_ changes: [String: String] = [:]) throws {
    folder = try ScratchFolder()
    self.changes = changes
  }

  func subject(rules: @escaping @Sendable () throws -> [BucketRule] = { [] }) throws -> AuditSubject {
    let nobody = "http://127.0.0.1:9"
    let values = [
      "STOWAGE_STORE": "aws", "STOWAGE_S3_URL": nobody, "STOWAGE_S3_ADDRESSING": "path",
      "STOWAGE_S3_ACCESS_KEY": "key", "STOWAGE_S3_SECRET_KEY": "very-secret-key-of-the-store",
      "STOWAGE_EVENTS_TOKEN": "very-secret-token-of-the-events-0123",
      "STOWAGE_DATABASE_URL": "sqlite:" + folder.file("none/db"),
      "STOWAGE_TOKEN_KEY_FILE": folder.file("keys.json"), "STOWAGE_IMAGES_URL": nobody,
      "STOWAGE_SOCKET_DIRECTORY": folder.file("none"), "STOWAGE_CLAMD_SOCKET": folder.file("none/clamd"),
      "STOWAGE_DECODER": "/bin/true", "STOWAGE_COOKIE_SIGNING_KEY": "one=\(folder.file("none/cookie.pem"))",
    ]
    let settings = try Configuration.load(environment: values.merging(changes) { $1 }).settings
    let app = Application(settings: settings, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    return AuditSubject(
      settings: settings,
      settingsFile: folder.file("none/stowage.env"),
      nginxFile: settings.audit.nginxFile,
      certificateAuthority: nil,
      store: { () throws(StorageError) in try app.store.answering(within: 2) },
      uploadSigner: { () throws(StorageError) in try app.uploadSigner },
      cloudFrontCredentials: { () throws(StorageError) in
        let source = try app.cloudFrontCredentials
        return try StorageError.reaching("credentials") { () throws(CredentialError) in
          try source.credentials(lasting: 60, at: .now)
        }
      },
      database: { () throws(StorageError) in throw .unavailable(detail: "no database") },
      scanner: { () throws(StorageError) in try app.scanner() },
      bucketRules: rules,
      token: { _ in nil }
    )
  }

  func audit(_ only: String..., mutes: Mutes = Mutes(), at now: Date = .now) throws -> AuditReport {
    let checks = only.isEmpty ? Check.all : Check.all.filter { only.contains($0.id) }
    return Audit(try subject(), mutes: mutes).run(checks, at: now)
  }
}

extension AuditReport {
  /// The outcomes by check; the worst of several places.
  func outcome(_ id: String) -> Finding.Outcome? {
    let found = findings.filter { $0.check.id == id }.map(\.outcome)
    return [.fail, .unknown, .pass, .manual].first(where: found.contains)
  }
}
