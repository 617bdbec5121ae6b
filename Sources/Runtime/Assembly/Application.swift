public import Core
import CredentialProviders
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

/// The settings of a node, and the adapters created from them at their first use.
public final class Application: Sendable {
  /// All settings.
  public let settings: Settings
  /// Writes each event as one line of JSON to standard error.
  public let log: Logger
  /// The metrics of the process, served at `/metrics`.
  public let metrics = Registry()

  /// Nil for a command, which prints the refusal itself.
  private let missingRights: MissingRights?
  private let storeMeter: StoreMeter
  private let lazyDatabase = Lazy<FileDatabase>()
  private let lazyStore = Lazy<S3Store>()
  private let lazyInteractiveStore = Lazy<S3Store>()
  private let lazyUploadSigner = Lazy<S3Store>()
  let lazyCredentials = Lazy<RefreshingCredentials>()
  let lazyKeys = Lazy<KeySource>()

  /// Creates an application with these settings; `logsRefusals` says that calls that the store refuses are logged.
  public init(settings: Settings, log: Logger, logsRefusals: Bool = true) {
    self.settings = settings
    self.log = log
    missingRights = logsRefusals ? MissingRights(log) : nil
    storeMeter = StoreMeter(metrics)
  }

  /// Creates the application of the process `name` from the file of `STOWAGE_CONFIG` and the environment.
  ///
  /// If the settings are invalid, the method prints all problems and exits with EX_CONFIG (sysexits.h, 78).
  public static func start(_ name: String) -> Application { start(name, logsRefusals: true) { $0 } }

  /// Creates the application of a command; at the log levels info and notice, it logs warnings only.
  public static func startCommand(_ name: String) -> Application {
    start(name, logsRefusals: false) { level in [.info, .notice].contains(level) ? .warning : level }
  }

  private static func start(
    _ name: String,
    logsRefusals: Bool,
    logs level: (LogLevel) -> LogLevel
  ) -> Application {
    do throws(Configuration.Invalid) {
      let settings = try Configuration.load().settings
      let log = JSONLogHandler.logger(name, level: level(settings.logLevel))
      return Application(settings: settings, log: log, logsRefusals: logsRefusals)
    } catch {
      FileHandle.standardError.write(text: "\(name): \(error)")
      Foundation.exit(78)
    }
  }

  /// Logs the error and exits with status 1.
  public func exit(because error: any Error) -> Never {
    log.critical("cannot go on", metadata: ["detail": .string("\(error)")])
    Foundation.exit(1)
  }

  /// The database; the first use opens it and migrates it to the current schema.
  public var database: FileDatabase {
    get throws(StorageError) {
      try lazyDatabase.value { () throws(StorageError) in
        let location = settings.database
        return try StorageError.reaching("database at \(location)") {
          try FileDatabase(location, newUsers: settings.accounts, retention: settings.retention)
        }
      }
    }
  }

  /// The object store.
  public var store: S3Store {
    get throws(StorageError) {
      try lazyStore.value { () throws(StorageError) in try reporting(Self.store(settings.store, signedBy: credentials))
      }
    }
  }

  private func reporting(_ store: S3Store) -> S3Store {
    let observed = store.observing(storeMeter.count)
    return missingRights.map { observed.reporting($0.tell) } ?? observed
  }

  /// The object store with short deadlines: fails after about 12 s without a response, for requests on which a client
  /// waits.
  public var interactiveStore: S3Store {
    get throws(StorageError) {
      try lazyInteractiveStore.value { () throws(StorageError) in
        let deadlines = HTTPDeadlines(connect: 2, stall: 5)
        return try reporting(
          Self.store(settings.store, signedBy: credentials, deadlines, RetryPolicy(attempts: 2, budget: 8))
        )
      }
    }
  }

  /// The store that signs URLs for uploads, with separate keys if the settings have them.
  public var uploadSigner: S3Store {
    get throws(StorageError) {
      guard let keys = settings.store.uploadKeys else { return try store }
      return try lazyUploadSigner.value { () throws(StorageError) in
        try reporting(Self.store(settings.store, signedBy: Credentials(keys)))
      }
    }
  }

  /// Returns a store at another address, with other keys.
  public static func store(
    at url: String,
    region: String,
    keys: StoreSettings.AccessKeys,
    like settings: StoreSettings
  ) throws(StorageError) -> S3Store {
    var store = settings
    (store.url, store.publicURL, store.region, store.addressing) = (url, url, region, .path)
    return try Self.store(store, signedBy: Credentials(keys))
  }

  private static func store(
    _ store: StoreSettings,
    signedBy credentials: any CredentialSource,
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
        credentials: credentials,
        caFile: store.caFile,
        deadlines: deadlines,
        retries: retries
      )
    )
  }

  /// Returns the malware scanner.
  public func scanner() throws(StorageError) -> any MalwareScanner {
    switch settings.scanner {
    case .none: return NoScanner()
    case .clamd(let text):
      guard let address = ClamdAddress(text) else { throw .unexpected(detail: "STOWAGE_CLAMD_SOCKET: \(text)") }
      return Clamd(address)
    }
  }

  /// Creates the pool of decoder processes, which starts its fork server.
  public func decoderPool() -> DecoderPool {
    DecoderPool(executable: settings.decoder.path, limits: settings.decoder.limits)
  }
}
