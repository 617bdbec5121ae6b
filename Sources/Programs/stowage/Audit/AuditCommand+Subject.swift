import ArgumentParser
import Assembly
import Audit
import Buckets
import Core
import Foundation
import Glibc
import S3
import Signing
import Tokens

extension AuditCommand {
  /// The system of the settings, with the comparison of the buckets' rules.
  func subject(_ app: Application, _ given: GivenToken?) -> AuditSubject {
    let settings = app.settings
    let issuer = settings.environment == .development ? try? app.tokenIssuer() : nil
    return AuditSubject(
      settings: settings,
      settingsFile: ProcessInfo.processInfo.environment["STOWAGE_CONFIG"],
      nginxFile: settings.audit.nginxFile,
      certificateAuthority: ProcessInfo.processInfo.environment["STOWAGE_CA"],
      // Single attempts: a store that does not answer must not hold the audit up for long.
      store: { () throws(StorageError) in try app.store.answering(within: 10) },
      uploadSigner: { () throws(StorageError) in try app.uploadSigner },
      cloudFrontCredentials: { () throws(StorageError) in
        let source = try app.cloudFrontCredentials
        return try StorageError.reaching("credentials") { () throws(CredentialError) in
          try source.credentials(lasting: 60, at: .now)
        }
      },
      database: { () throws(StorageError) in try app.database },
      scanner: { () throws(StorageError) in try app.scanner() },
      bucketRules: { try Self.compare(app) },
      token: { user in
        if let given { return given.user == user.description ? given.token : nil }
        return issuer?.token(user: user.description, lifetime: 300, at: .now)
      }
    )
  }

  private static func compare(_ app: Application) throws -> [BucketRule] {
    let documents = try DocumentFolder(nil, settings: app.settings).read(BucketRole.allCases)
    let capabilities = try StoreCapabilities.read(app.settings.store)
    let rules = BucketRules(
      store: try app.store.answering(within: 10),
      settings: app.settings,
      capabilities: capabilities
    )
    var compared: [BucketRule] = []
    _ = try rules.run(.audit, documents) { line in
      let words = [line.rule, line.text].filter { !$0.isEmpty }.joined(separator: " ")
      guard let state = state(of: line) else { return }
      compared.append(BucketRule(bucket: line.bucket, kind: line.kind, state: state, text: words))
    }
    return compared
  }

  /// Returns the state that a line tells; nil for a remark about a rule of others.
  private static func state(of line: BucketReport.Line) -> BucketRule.State? {
    switch line.sign {
    case .same: .same
    case .added, .removed, .changed: .differs
    case .foreign: nil
    case .note: .notOffered
    // A failure with the name of a rule is a rule of others that does harm.
    case .failed: line.rule.isEmpty ? .refused : .danger
    }
  }
}

/// The token of a user, from a file.
struct GivenToken {
  let token: String
  let user: String

  /// Reads the token, and the user that it names; the API checks the signature.
  init(file: String, claim: String) throws {
    let text = String(decoding: try Self.bytes(of: file), as: UTF8.self)
    token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty else { throw ValidationError("--token-file \(file): is empty") }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    let payload = parts.count == 3 ? String(parts[1]).replacing("-", with: "+").replacing("_", with: "/") : ""
    let padded = payload + String(repeating: "=", count: (4 - payload.utf8.count % 4) % 4)
    guard let bytes = Data(base64Encoded: padded),
      let claims = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any],
      let user = claims[claim] as? String
    else { throw ValidationError("--token-file \(file): has no token whose claim \(claim) names a user") }
    self.user = user
  }

  /// The maximum size of the file, in bytes.
  private static let maximumBytes = 16 << 10

  private static func bytes(of file: String) throws -> Data {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ValidationError("--token-file \(file): cannot be read: \(String(cString: strerror(errno)))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var data = Data()
    do {
      while data.count <= maximumBytes, let more = try handle.read(upToCount: maximumBytes + 1 - data.count),
        !more.isEmpty
      { data += more }
    } catch {
      throw ValidationError("--token-file \(file): cannot be read")
    }
    guard data.count <= maximumBytes else {
      throw ValidationError("--token-file \(file): has more than \(maximumBytes) bytes")
    }
    return data
  }
}
