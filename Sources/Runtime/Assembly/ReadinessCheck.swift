public import Core
import Database
import Foundation
import Glibc
import S3
import Scanning
import Storage

/// A part that a process cannot do without, and how to see whether it is in reach.
public struct ReadinessCheck: Sendable {
  /// What it is called in `/health/ready`.
  public let name: String
  /// Returns where the part answers; throws with words for an administrator where it does not.
  public let check: @Sendable () throws(StorageError) -> Void

  /// A part of this name.
  public init(_ name: String, check: @escaping @Sendable () throws(StorageError) -> Void) {
    self.name = name
    self.check = check
  }

  /// The database: its file is where it was, and a row can be looked up.
  public static func database(of app: Application) -> ReadinessCheck {
    ReadinessCheck("database") { () throws(StorageError) in
      let path = app.settings.databasePath
      guard access(path, F_OK) == 0 else { throw .unavailable(detail: "\(path) is not there any more") }
      _ = try app.database.file(FileID(at: .now))
    }
  }

  /// What tells who requests speak for: the keys of tokens are there; nothing where nginx tells it.
  public static func identity(of app: Application) -> [ReadinessCheck] {
    guard app.settings.tokens.identity == .jwt else { return [] }
    return [ReadinessCheck("token keys") { () throws(StorageError) in _ = try app.tokenKeyStatus() }]
  }

  /// The store: it answers, and one of the buckets is there.
  public static func store(of app: Application, bucket: String) -> ReadinessCheck {
    ReadinessCheck("store") { () throws(StorageError) in
      let store = try app.store
      let exists = try StorageError.reaching("store at \(app.settings.store.url)") { () throws(StoreError) in
        try store.bucketExists(bucket)
      }
      guard exists else { throw .unavailable(detail: "bucket \(bucket) is not there") }
    }
  }

  /// The malware scanner: it says its version.
  public static func scanner(of app: Application) -> ReadinessCheck {
    ReadinessCheck("scanner") { () throws(StorageError) in
      let scanner = try app.scanner()
      _ = try StorageError.reaching("scanner") { () throws(ScanError) in try scanner.version() }
    }
  }

  /// The decoder: the program is there and may be run; `stowage doctor` tries it.
  public static func decoder(of app: Application) -> ReadinessCheck {
    ReadinessCheck("decoder") { () throws(StorageError) in
      let path = app.settings.decoder.path
      guard access(path, X_OK) == 0 else {
        throw .unavailable(detail: "\(path): \(String(cString: strerror(errno)))")
      }
    }
  }
}
