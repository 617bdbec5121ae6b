public import Core
import CredentialProviders
import Database
import Foundation
import Glibc
import S3
import Scanning
import Storage

/// A check that a dependency of a process is available.
public struct ReadinessCheck: Sendable {
  /// The name of the dependency in `/health/ready`.
  public let name: String
  /// Returns if the dependency is available; otherwise throws an error with a detail for an administrator.
  public let check: @Sendable () throws(StorageError) -> Void
  /// Returns what an administrator should know although the dependency is available; nil if there is nothing.
  public let remark: @Sendable () -> String?

  /// Creates a check with this name; `remark` is called after a successful `check`.
  public init(
    _ name: String,
    remark: @escaping @Sendable () -> String? = { nil },
    check: @escaping @Sendable () throws(StorageError) -> Void
  ) {
    self.name = name
    self.remark = remark
    self.check = check
  }

  /// Checks the database: an SQLite file exists, and a row can be looked up.
  public static func database(of app: Application) -> ReadinessCheck {
    ReadinessCheck("database") { () throws(StorageError) in
      if let path = app.settings.database.path, access(path, F_OK) != 0 {
        throw .unavailable(detail: "\(path) is not there any more")
      }
      _ = try app.database.file(FileID(at: .now))
    }
  }

  /// Checks that the token keys are available; no check if nginx identifies users.
  public static func identity(of app: Application) -> [ReadinessCheck] {
    guard app.settings.tokens.identity == .jwt else { return [] }
    return [ReadinessCheck("token keys") { () throws(StorageError) in _ = try app.tokenKeyStatus() }]
  }

  /// Checks that there are credentials for the store; no check if the settings contain them.
  ///
  /// A failed refresh alone leaves the process ready, with a remark: the present credentials serve to their end, and the
  /// other processes ask the same provider.
  public static func credentials(of app: Application) -> [ReadinessCheck] {
    guard app.settings.store.keys == nil else { return [] }
    return [
      ReadinessCheck(
        "credentials",
        remark: { (try? app.credentialStatus()?.remark(at: .now)) ?? nil },
        check: { () throws(StorageError) in _ = try app.credentialStatus() }
      )
    ]
  }

  /// Checks that the store responds and that `bucket` exists.
  public static func store(of app: Application, bucket: String) -> ReadinessCheck {
    ReadinessCheck("store") { () throws(StorageError) in
      let store = try app.store
      let exists = try StorageError.reaching("store at \(app.settings.store.url)") { () throws(StoreError) in
        try store.bucketExists(bucket)
      }
      guard exists else { throw .unavailable(detail: "bucket \(bucket) is not there") }
    }
  }

  /// Checks that the malware scanner reports its version.
  public static func scanner(of app: Application) -> ReadinessCheck {
    ReadinessCheck("scanner") { () throws(StorageError) in
      let scanner = try app.scanner()
      _ = try StorageError.reaching("scanner") { () throws(ScanError) in try scanner.version() }
    }
  }

  /// Checks that the decoder program is executable; `stowage doctor` runs it.
  public static func decoder(of app: Application) -> ReadinessCheck {
    ReadinessCheck("decoder") { () throws(StorageError) in
      let path = app.settings.decoder.path
      guard access(path, X_OK) == 0 else {
        throw .unavailable(detail: "\(path): \(String(cString: strerror(errno)))")
      }
    }
  }
}
