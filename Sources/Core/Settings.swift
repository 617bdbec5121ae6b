/// Every setting of a node, read once when a process starts; `Assembly` reads them, nothing changes them.
public struct Settings: Sendable {
  /// Whether conveniences for developers are allowed.
  public enum Environment: String, Sendable, CaseIterable {
    /// `stowage token` works; CORS may be `*`.
    case development
    /// Neither.
    case production
  }

  /// Default production.
  public var environment: Environment
  /// Where the bytes live.
  public var store: StoreSettings
  /// The names of the four buckets.
  public var buckets: BucketNames
  /// The path of the SQLite file.
  public var databasePath: String
  /// What uploads are accepted.
  public var uploads: UploadPolicy
  /// What a new user gets.
  public var accounts: AccountDefaults
  /// How bearer tokens are judged.
  public var tokens: TokenSettings
  /// The bearer token of the storage events, or nil: then every event is refused and the sweep does the work.
  public var eventsToken: Secret?
  /// What scans for malware.
  public var scanner: ScannerSettings
  /// The decoder child and its limits.
  public var decoder: DecoderSettings
  /// What every image becomes.
  public var variants: [VariantSpecification]
  /// The base of image URLs, without a trailing slash.
  public var imagesURL: String
  /// The origins whose pages may call the API; `*` in development alone.
  public var corsOrigins: [String]
  /// The FastCGI side.
  public var endpoint: EndpointSettings
  /// The worker.
  public var worker: WorkerSettings
  /// The least severe level that is logged.
  public var logLevel: LogLevel
}

/// The levels of swift-log.
public enum LogLevel: String, Sendable, CaseIterable {
  /// In order of severity.
  case trace, debug, info, notice, warning, error, critical
}

/// A value that no log, message or listing shows.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The value itself, for the one place that needs it.
  public let revealed: String

  /// Hides `value`.
  public init(_ value: String) { revealed = value }

  /// Always the same word.
  public var description: String { "(set)" }
  /// Always the same word.
  public var debugDescription: String { description }
  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Where the bytes live and how to speak with it.
public struct StoreSettings: Sendable {
  /// The servers whose habits are known.
  public enum Kind: String, Sendable, CaseIterable {
    /// The servers that FINDINGS and README name.
    case aws, minio, seaweedfs, ceph, r2
  }
  /// How a bucket stands in a URL.
  public enum Addressing: String, Sendable, CaseIterable {
    /// `https://host/bucket/key`
    case path
    /// `https://bucket.host/key`
    case virtual
  }

  /// Default aws.
  public var kind: Kind
  /// The server as this node reaches it, without a trailing slash.
  public var url: String
  /// The server as browsers reach it: presigned URLs name it. Default `url`.
  public var publicURL: String
  /// The region in signatures.
  public var region: String
  /// How a bucket stands in a URL.
  public var addressing: Addressing
  /// The access key.
  public var accessKey: String
  /// The secret key.
  public var secretKey: Secret
  /// The session token of temporary credentials.
  public var sessionToken: Secret?
  /// The certificate authorities that `https` URLs are checked against, or nil for the system's.
  public var caFile: String?
}

/// The names of the four buckets.
public struct BucketNames: Sendable {
  /// Uploads as they came; versioned and private.
  public var raw: String
  /// Variants.
  public var processed: String
  /// Backups of the database.
  public var backups: String
  /// Access logs.
  public var logs: String
  /// All four.
  public var all: [String] { [raw, processed, backups, logs] }
}

/// What a user gets at the first valid token.
public struct AccountDefaults: Sendable {
  /// Default standard.
  public var plan: Plan
  /// In bytes. Default 5 GB.
  public var quotaBytes: Int64

  /// Defaults of this plan and quota.
  public init(plan: Plan = .standard, quotaBytes: Int64 = 5 << 30) {
    self.plan = plan
    self.quotaBytes = quotaBytes
  }
}

/// How bearer tokens are judged.
public struct TokenSettings: Sendable {
  /// A PEM public key, a JWK or a JWK set.
  public var keyFile: String
  /// The `iss` that a token must have, or nil for any.
  public var issuer: String?
  /// The `aud` that a token must have, or nil for any.
  public var audience: String?
  /// How far clocks may differ, in seconds. Default 60.
  public var leewaySeconds: Int
}

/// What scans for malware.
public enum ScannerSettings: Sendable {
  /// clamd: the path of its Unix socket, or `host:port`.
  case clamd(address: String)
  /// Nothing: every file counts as clean.
  case none
}

/// The decoder child.
public struct DecoderSettings: Sendable {
  /// The program.
  public var path: String
  /// What it refuses, and what the system takes from it.
  public var limits: DecoderLimits
}

/// The FastCGI side of a process.
public struct EndpointSettings: Sendable {
  /// Each process listens on `{directory}/{process}.sock`.
  public var socketDirectory: String
  /// The sockets' mode: nginx's workers need to write to them. Default 0660.
  public var socketMode: UInt32
  /// Requests served at once. Default 8.
  public var threads: Int
  /// How long one request may take on the socket, in seconds. Default 60.
  public var deadlineSeconds: Int
}

/// The worker.
public struct WorkerSettings: Sendable {
  /// Files processed at once. Default 2.
  public var threads: Int
  /// How often the sweep looks for what events never told, in seconds. Default 60.
  public var sweepSeconds: Int
  /// How long a lease lives unless renewed, in seconds; every deadline of a step is shorter. Default 120.
  public var leaseSeconds: Int
  /// Where a file lies while it is judged: nameless there, and gone when the process is.
  public var temporaryDirectory: String
}
