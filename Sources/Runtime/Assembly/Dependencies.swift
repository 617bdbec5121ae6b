public import Core
public import Database
public import Logging
public import Metrics
public import Processing
public import S3
public import Tokens

// A handler states in its initialiser which of these it needs, such as `init(_ app: some DatabaseProvider & StoreProvider)`.

/// Settings and the log.
public protocol SettingsProvider: Sendable {
  /// Every setting.
  var settings: Settings { get }
  /// The log of the process.
  var log: Logger { get }
}

/// The metrics.
public protocol MetricsProvider: SettingsProvider {
  /// The metrics of the process.
  var metrics: Registry { get }
}

/// The database.
public protocol DatabaseProvider: SettingsProvider {
  /// The database, opened and migrated at its first use.
  var database: FileDatabase { get throws(StorageError) }
}

/// The object store, with three ways to reach it.
public protocol StoreProvider: SettingsProvider {
  /// The object store, with the deadlines of background work.
  var store: S3Store { get throws(StorageError) }
  /// The object store, with deadlines for a request that a client waits for.
  var interactiveStore: S3Store { get throws(StorageError) }
  /// The object store, with the access keys that sign upload URLs.
  var uploadSigner: S3Store { get throws(StorageError) }
}

/// The users of requests: tokens and the database that knows the users.
public protocol IdentityProvider: DatabaseProvider {
  /// Returns the verifier of bearer tokens.
  func tokenVerifier() throws(StorageError) -> TokenVerifier
}

/// The keys of signed cookies.
public protocol CookieKeyProvider: SettingsProvider {
  /// Returns the signer of cookies; nil if no signing key is set.
  func cookieSigner() throws(StorageError) -> CookieSigner?
  /// Returns the verifier of cookies, which knows the public keys of all key pairs.
  func cookieVerifier() throws(StorageError) -> CookieVerifier
}

/// Everything that judging and rendering files needs.
public protocol ProcessingProvider: MetricsProvider {
  /// Returns the dependencies of a processor of up to `files` files at a time.
  func processing() throws(StorageError) -> ProcessorDependencies
}

extension Application: IdentityProvider, StoreProvider, CookieKeyProvider, ProcessingProvider {}
