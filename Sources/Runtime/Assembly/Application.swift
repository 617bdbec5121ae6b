public import Core
public import Database
public import Decoding
import Foundation
import HTTP
public import Logging
public import Metrics
public import S3
public import Scanning
import Signing
import Tokens

/// A node's configuration and the adapters made from it, each when it is first needed.
public final class Application: Sendable {
  /// Every setting.
  public let settings: Settings
  /// Logs one JSON line an event to standard error.
  public let log: Logger
  /// What the process counts; `/metrics` shows it.
  public let metrics = Registry()

  private let lazyDatabase = Lazy<FileDatabase>()
  private let lazyStore = Lazy<S3Store>()
  private let lazyInteractiveStore = Lazy<S3Store>()
  private let lazyUploadSigner = Lazy<S3Store>()
  let lazyKeys = Lazy<KeySource>()

  /// An application of these settings.
  public init(settings: Settings, log: Logger) {
    self.settings = settings
    self.log = log
  }

  /// The application of process `name`, by the file that `STOWAGE_CONFIG` names and the environment.
  ///
  /// Where the settings are not usable it says what is wrong, all of it, and exits with EX_CONFIG (sysexits.h, 78).
  public static func start(_ name: String) -> Application { start(name) { $0 } }

  /// The same for a command: where nothing but the usual is asked for, it logs warnings alone, for a person reads them.
  public static func startCommand(_ name: String) -> Application {
    start(name) { level in [.info, .notice].contains(level) ? .warning : level }
  }

  private static func start(_ name: String, logs level: (LogLevel) -> LogLevel) -> Application {
    do throws(Configuration.Invalid) {
      let settings = try Configuration.load().settings
      return Application(settings: settings, log: JSONLogHandler.logger(name, level: level(settings.logLevel)))
    } catch {
      FileHandle.standardError.write(Data("\(name): \(error)".utf8))
      Foundation.exit(78)
    }
  }

  /// Logs why the process cannot go on, and ends it.
  public func exit(because error: any Error) -> Never {
    log.critical("cannot go on", metadata: ["detail": .string("\(error)")])
    Foundation.exit(1)
  }

  /// The database, opened and brought to the current schema.
  public var database: FileDatabase {
    get throws(StorageError) {
      try lazyDatabase.value { () throws(StorageError) in
        let path = settings.databasePath
        return try StorageError.reaching("database at \(path)") { try FileDatabase(path: path) }
      }
    }
  }

  /// The object store.
  public var store: S3Store {
    get throws(StorageError) {
      try lazyStore.value { () throws(StorageError) in try Self.store(settings.store) }
    }
  }

  /// The object store, given up after some 12 s without an answer: for whom somebody waits.
  public var interactiveStore: S3Store {
    get throws(StorageError) {
      try lazyInteractiveStore.value { () throws(StorageError) in
        let deadlines = HTTPDeadlines(connect: 2, stall: 5)
        return try Self.store(settings.store, deadlines, RetryPolicy(attempts: 2, budget: 8))
      }
    }
  }

  /// What signs URLs for uploads: the object store, by keys of their own where the settings name some.
  public var uploadSigner: S3Store {
    get throws(StorageError) {
      guard let keys = settings.store.uploadKeys else { return try store }
      return try lazyUploadSigner.value { () throws(StorageError) in
        var store = settings.store
        store.accessKey = keys.accessKey
        store.secretKey = keys.secretKey
        store.sessionToken = nil
        return try Self.store(store)
      }
    }
  }

  private static func store(
    _ store: StoreSettings,
    _ deadlines: HTTPDeadlines = HTTPDeadlines(),
    _ retries: RetryPolicy = RetryPolicy()
  ) throws(StorageError) -> S3Store {
    guard let endpoint = S3Endpoint(store.url), let publicEndpoint = S3Endpoint(store.publicURL) else {
      throw .unexpected(detail: "STOWAGE_S3_URL or STOWAGE_S3_PUBLIC_URL: no address of a server")
    }
    return S3Store(
      S3Configuration(
        endpoint: endpoint,
        publicEndpoint: publicEndpoint,
        region: store.region,
        addressing: store.addressing == .path ? .path : .virtualHost,
        credentials: Credentials(
          accessKeyID: store.accessKey,
          secretAccessKey: store.secretKey.revealed,
          sessionToken: store.sessionToken?.revealed
        ),
        caFile: store.caFile,
        deadlines: deadlines,
        retries: retries
      )
    )
  }

  /// What scans for malware.
  public func scanner() throws(StorageError) -> any MalwareScanner {
    switch settings.scanner {
    case .none: return NoScanner()
    case .clamd(let text):
      guard let address = ClamdAddress(text) else { throw .unexpected(detail: "STOWAGE_CLAMD_SOCKET: \(text)") }
      return Clamd(address)
    }
  }

  /// The pool of decoder children; its warm spare is started with it, and `resting` of them wait for their user's next file.
  public func decoderPool(resting: Int = 1) -> DecoderPool {
    DecoderPool(executable: settings.decoder.path, limits: settings.decoder.limits, resting: resting)
  }
}
