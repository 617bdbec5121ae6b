public import Core
public import S3
import Storage

/// Makes the buckets what Stowage needs them to be; what is so already stays.
public struct BucketSetup: Sendable {
  /// What was found or done at one bucket, in words.
  public struct Step: Sendable {
    /// The bucket.
    public let bucket: String
    /// What was found or done.
    public let text: String
  }

  private let store: S3Store
  private let settings: Settings

  /// Sets up the buckets that `settings` name in `store`.
  public init(store: S3Store, settings: Settings) {
    self.store = store
    self.settings = settings
  }

  /// Creates what is missing, turns versions of raw uploads on, and lets the application's origins upload and download.
  public func apply(report: (Step) -> Void) throws(StorageError) {
    let raw = settings.buckets.raw
    for bucket in settings.buckets.all {
      let exists = try reaching(bucket) { () throws(StoreError) in try store.bucketExists(bucket) }
      if !exists { try reaching(bucket) { () throws(StoreError) in try store.createBucket(bucket) } }
      report(Step(bucket: bucket, text: exists ? "is there" : "created"))
    }
    try reaching(raw) { () throws(StoreError) in try store.setVersioning(true, of: raw) }
    report(Step(bucket: raw, text: "keeps versions"))
    try reaching(raw) { () throws(StoreError) in try applyOrigins(to: raw) }
    let origins = settings.corsOrigins.isEmpty ? "no origin" : settings.corsOrigins.joined(separator: ", ")
    report(Step(bucket: raw, text: "takes uploads from, and hands downloads to, pages of \(origins)"))
  }

  /// Names exact origins, methods and header fields; a rule of before goes where there is no origin any more.
  private func applyOrigins(to bucket: String) throws(StoreError) {
    guard !settings.corsOrigins.isEmpty else {
      do throws(StoreError) {
        return try store.removeCORS(of: bucket)
      } catch .invalidRequest {
        // A store that has no such rules has none to remove.
        return
      }
    }
    let isAnybody = settings.corsOrigins.contains("*")
    try store.setCORS(isAnybody ? [ofTheApplication] : [ofTheApplication, ofTheNameless], of: bucket)
  }

  /// Pages of the application upload and download; in one rule, since some stores look no further than the first that names
  /// an origin.
  private var ofTheApplication: CORSRule {
    let uploadHeaders = UploadHeader.allCases.filter { settings.uploads.signsChecksums || $0 != .checksum }
    return CORSRule(
      origins: settings.corsOrigins,
      methods: ["GET", "HEAD", "POST", "PUT"],
      headers: uploadHeaders.map(\.rawValue) + Self.downloadHeaders,
      exposedHeaders: Self.downloadExposed + ["Location"],
      maximumAge: 600
    )
  }

  /// So that a script of such a page can follow a download's redirect: a browser that is sent from one foreign origin to
  /// another calls itself `null`.
  ///
  /// To let that in tells nobody more than they know: the URL is all that it takes to read the bytes, and the store has no
  /// cookies that would make it more. Source: https://fetch.spec.whatwg.org/#http-redirect-fetch
  private var ofTheNameless: CORSRule {
    CORSRule(
      origins: ["null"],
      methods: ["GET", "HEAD"],
      headers: Self.downloadHeaders,
      exposedHeaders: Self.downloadExposed,
      maximumAge: 600
    )
  }

  private static let downloadHeaders = ["if-range", "range"]
  private static let downloadExposed = ["Accept-Ranges", "Content-Disposition", "Content-Range", "ETag"]

  private func reaching<Value>(
    _ bucket: String,
    _ body: () throws(StoreError) -> Value
  ) throws(StorageError) -> Value {
    try StorageError.reaching("bucket \(bucket)", body)
  }
}
