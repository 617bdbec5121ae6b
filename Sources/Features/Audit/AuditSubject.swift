public import Core
public import Database
public import S3
public import Scanning
public import Signing

/// The rules of one kind of a bucket, compared with their document.
public struct BucketRule: Sendable {
  /// The result of the comparison.
  public enum State: Sendable, Hashable {
    /// The bucket obeys the document.
    case same
    /// A rule is missing or differs.
    case differs
    /// A rule of somebody else does what no rule may do.
    case danger
    /// The store has no such rule; the text says what is done instead.
    case notOffered
    /// The store refuses to tell.
    case refused
  }
  /// The bucket.
  public let bucket: String
  /// The kind of document; nil for the bucket itself.
  public let kind: DocumentKind?
  /// The result.
  public let state: State
  /// The rule and the difference, in words.
  public let text: String

  /// Creates the result of a comparison.
  public init(bucket: String, kind: DocumentKind?, state: State, text: String) {
    (self.bucket, self.kind, self.state, self.text) = (bucket, kind, state, text)
  }
}

/// The system that is audited: its settings, and its parts as `Assembly` creates them.
public struct AuditSubject: Sendable {
  /// All settings.
  public var settings: Settings
  /// The file of the settings, or nil if they come from the environment alone.
  public var settingsFile: String?
  /// The main file of nginx's configuration, or nil if nginx runs elsewhere.
  public var nginxFile: String?
  /// A PEM file of authorities for the site that replaces the system's, or nil.
  public var certificateAuthority: String?
  /// The object store.
  public var store: @Sendable () throws(StorageError) -> S3Store
  /// The store that signs upload URLs.
  public var uploadSigner: @Sendable () throws(StorageError) -> S3Store
  /// The credentials for CloudFront's API.
  public var cloudFrontCredentials: @Sendable () throws(StorageError) -> Credentials
  /// The database.
  public var database: @Sendable () throws(StorageError) -> FileDatabase
  /// The malware scanner.
  public var scanner: @Sendable () throws(StorageError) -> any MalwareScanner
  /// The comparison of the buckets with their documents.
  public var bucketRules: @Sendable () throws -> [BucketRule]
  /// A token for this user, or nil if none can be made or was given for it.
  public var token: @Sendable (_ user: UserID) -> String?

  /// Creates a subject.
  public init(
    settings: Settings,
    settingsFile: String?,
    nginxFile: String?,
    certificateAuthority: String?,
    store: @escaping @Sendable () throws(StorageError) -> S3Store,
    uploadSigner: @escaping @Sendable () throws(StorageError) -> S3Store,
    cloudFrontCredentials: @escaping @Sendable () throws(StorageError) -> Credentials,
    database: @escaping @Sendable () throws(StorageError) -> FileDatabase,
    scanner: @escaping @Sendable () throws(StorageError) -> any MalwareScanner,
    bucketRules: @escaping @Sendable () throws -> [BucketRule],
    token: @escaping @Sendable (_ user: UserID) -> String?
  ) {
    (self.settings, self.settingsFile, self.nginxFile) = (settings, settingsFile, nginxFile)
    self.certificateAuthority = certificateAuthority
    (self.store, self.uploadSigner, self.database) = (store, uploadSigner, database)
    self.cloudFrontCredentials = cloudFrontCredentials
    (self.scanner, self.bucketRules, self.token) = (scanner, bucketRules, token)
  }
}
