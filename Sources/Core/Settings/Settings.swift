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
  /// The base of links for others, without a trailing slash: this site as they reach it; default `imagesURL`.
  public var linksURL: String
  /// By which way downloads reach clients; default redirect.
  public var downloads: DownloadRoute
  /// By which way links lead to the bytes; default nginx, since the store's URL and its answer name the uploader.
  public var linkDownloads: DownloadRoute
  /// The cookies that private and premium images are looked at with.
  public var cookies: CookieSettings
  /// The CloudFront distribution in front of the images, or nil.
  public var cloudFront: CloudFrontSettings?
  /// The private listener of every node's nginx, such as `http://10.0.0.2:8446`: images are purged from their caches.
  public var cacheNodes: [String]
  /// The origins whose pages may call the API; `*` in development alone.
  public var corsOrigins: [String]
  /// The FastCGI side.
  public var endpoint: EndpointSettings
  /// What `image` makes while somebody waits.
  public var onDemand: OnDemandSettings
  /// The worker.
  public var worker: WorkerSettings
  /// The least severe level that is logged.
  public var logLevel: LogLevel

  /// All of it; `Assembly` reads it from the configuration.
  public init(
    environment: Environment,
    store: StoreSettings,
    buckets: BucketNames,
    databasePath: String,
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
    cookies: CookieSettings = CookieSettings(),
    cloudFront: CloudFrontSettings? = nil,
    cacheNodes: [String],
    corsOrigins: [String],
    endpoint: EndpointSettings,
    onDemand: OnDemandSettings,
    worker: WorkerSettings,
    logLevel: LogLevel
  ) {
    self.environment = environment
    self.store = store
    self.buckets = buckets
    self.databasePath = databasePath
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
    self.cookies = cookies
    self.cloudFront = cloudFront
    self.cacheNodes = cacheNodes
    self.corsOrigins = corsOrigins
    self.endpoint = endpoint
    self.onDemand = onDemand
    self.worker = worker
    self.logLevel = logLevel
  }
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
