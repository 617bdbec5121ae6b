public import Foundation

/// All settings of a node; `Assembly` reads them once when a process starts, and they never change.
public struct Settings: Sendable {
  /// The environment, which decides whether conveniences for developers are allowed.
  public enum Environment: String, Sendable, CaseIterable {
    /// `stowage token` works, and CORS may allow `*`.
    case development
    /// `stowage token` is refused, and CORS may not allow `*`.
    case production
  }

  /// The environment; default: production.
  public var environment: Environment
  /// The object store that keeps the files.
  public var store: StoreSettings
  /// The names of the four buckets.
  public var buckets: BucketNames
  /// The folder with the documents of the buckets; default: /etc/stowage/buckets.
  public var bucketDocuments: String
  /// The file with the price lists; default: /etc/stowage/prices.json.
  public var prices: String
  /// The database; default: the SQLite file /var/lib/stowage/stowage.sqlite.
  public var database: DatabaseLocation
  /// The rules for uploads.
  public var uploads: UploadPolicy
  /// The plan and quota of a new user.
  public var accounts: AccountDefaults
  /// The source of the user's identity, and the rules for bearer tokens.
  public var tokens: TokenSettings
  /// The bearer token of storage events, or nil: then every event is refused and only the sweep finds uploads.
  public var eventsToken: Secret?
  /// The malware scanner.
  public var scanner: ScannerSettings
  /// The decoder process and its limits.
  public var decoder: DecoderSettings
  /// The variants of every image.
  public var variants: [VariantSpecification]
  /// The base of image URLs, without a trailing slash.
  public var imagesURL: String
  /// The base of link URLs as their recipients reach this site, without a trailing slash; default: `imagesURL`.
  public var linksURL: String
  /// The way in which downloads reach clients; default: redirect.
  public var downloads: DownloadRoute
  /// The way in which downloads through links reach clients; default: nginx.
  ///
  /// The store's URL and its response headers would reveal the identifier of the uploader to the recipient of a link.
  public var linkDownloads: DownloadRoute
  /// The delivery of migrated files under the application's old URLs.
  public var oldURLs: OldURLSettings
  /// The signed cookies that give access to private and premium images.
  public var cookies: CookieSettings
  /// The CloudFront distribution that serves the images, or nil.
  public var cloudFront: CloudFrontSettings?
  /// The private listeners of the nginx on every node, such as `http://10.0.0.2:8446`, which purge images from the
  /// caches.
  public var cacheNodes: [String]
  /// The web origins whose pages may call the API; `*` is allowed in development only.
  public var corsOrigins: [String]
  /// The request headers that pages of these origins may send besides the headers of the API and of uploads.
  public var corsHeaders: [HeaderPattern]
  /// The FastCGI settings of the process.
  public var endpoint: EndpointSettings
  /// The limits of the `image` process for renderings that a client waits for.
  public var onDemand: OnDemandSettings
  /// The deletion of files by age.
  public var retention: RetentionRule
  /// The settings of the worker.
  public var worker: WorkerSettings
  /// The collection of usage.
  public var usage: UsageSettings
  /// The files that `stowage audit` reads.
  public var audit: AuditSettings
  /// The access log of this node's nginx, which `image` counts; nil if nobody counts it.
  public var nginxLog: String?
  /// The lowest severity that is logged.
  public var logLevel: LogLevel

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(
    environment: Environment,
    store: StoreSettings,
    buckets: BucketNames,
    bucketDocuments: String = "/etc/stowage/buckets",
    prices: String = "/etc/stowage/prices.json",
    database: DatabaseLocation,
    uploads: UploadPolicy,
    accounts: AccountDefaults,
    tokens: TokenSettings,
    eventsToken: Secret?,
    scanner: ScannerSettings,
    decoder: DecoderSettings,
    variants: [VariantSpecification],
    imagesURL: String,
    linksURL: String,
    downloads: DownloadRoute,
    linkDownloads: DownloadRoute,
    oldURLs: OldURLSettings = OldURLSettings(),
    cookies: CookieSettings = CookieSettings(),
    cloudFront: CloudFrontSettings? = nil,
    cacheNodes: [String],
    corsOrigins: [String],
    corsHeaders: [HeaderPattern] = HeaderPattern.tracing,
    endpoint: EndpointSettings,
    onDemand: OnDemandSettings,
    retention: RetentionRule = RetentionRule(),
    worker: WorkerSettings,
    usage: UsageSettings = UsageSettings(),
    audit: AuditSettings = AuditSettings(),
    nginxLog: String? = nil,
    logLevel: LogLevel
  ) {
    self.environment = environment
    self.store = store
    self.buckets = buckets
    self.bucketDocuments = bucketDocuments
    self.prices = prices
    self.database = database
    self.uploads = uploads
    self.accounts = accounts
    self.tokens = tokens
    self.eventsToken = eventsToken
    self.scanner = scanner
    self.decoder = decoder
    self.variants = variants
    self.imagesURL = imagesURL
    self.linksURL = linksURL
    self.downloads = downloads
    self.linkDownloads = linkDownloads
    self.oldURLs = oldURLs
    self.cookies = cookies
    self.cloudFront = cloudFront
    self.cacheNodes = cacheNodes
    self.corsOrigins = corsOrigins
    self.corsHeaders = corsHeaders
    self.endpoint = endpoint
    self.onDemand = onDemand
    self.retention = retention
    self.worker = worker
    self.usage = usage
    self.audit = audit
    self.nginxLog = nginxLog
    self.logLevel = logLevel
  }
}

extension Settings {
  /// The folder in which commands of this node keep what they know: that of the SQLite file, or /var/lib/stowage.
  public var stateFolder: URL {
    database.path.map { URL(filePath: $0).deletingLastPathComponent() } ?? URL(filePath: "/var/lib/stowage")
  }
}

/// The log levels of swift-log.
public enum LogLevel: String, Sendable, CaseIterable {
  /// The levels in ascending order of severity.
  case trace, debug, info, notice, warning, error, critical
}

/// A value that logs, messages and listings never show.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The value in clear text, for the code that uses it.
  public let revealed: String

  /// Wraps `value`.
  public init(_ value: String) { revealed = value }

  /// Always `(set)`.
  public var description: String { "(set)" }
  /// Always `(set)`.
  public var debugDescription: String { description }
  /// An empty mirror, so that `dump` shows nothing.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
