public import Core
public import S3
import Storage

/// Creates and configures the buckets; settings that are already correct stay unchanged.
public struct BucketSetup: Sendable {
  /// A step of the setup of one bucket, described for an administrator.
  public struct Step: Sendable {
    /// The name of the bucket.
    public let bucket: String
    /// The existing or changed setting, in words.
    public let text: String
  }

  private let store: S3Store
  private let settings: Settings

  /// Sets up the buckets named in `settings` in `store`.
  public init(store: S3Store, settings: Settings) {
    self.store = store
    self.settings = settings
  }

  /// Creates missing buckets, blocks public access, enables versioning of the raw bucket, and allows uploads and
  /// downloads from pages of the application's origins (CORS).
  public func apply(report: (Step) -> Void) throws(StorageError) {
    let raw = settings.buckets.raw
    for bucket in settings.buckets.all {
      let exists = try reaching(bucket) { () throws(StoreError) in try store.bucketExists(bucket) }
      if !exists { try reaching(bucket) { () throws(StoreError) in try store.createBucket(bucket) } }
      report(Step(bucket: bucket, text: exists ? "is there" : "created"))
    }
    for bucket in settings.buckets.all {
      let isTaken = try reaching(bucket) { () throws(StoreError) in
        try store.blockPublicAccess(publicAccess, to: bucket)
      }
      report(Step(bucket: bucket, text: isTaken ? Self.taken : Self.untaken))
    }
    report(Step(bucket: raw, text: try reaching(raw) { () throws(StoreError) in try applyVersions(to: raw) }))
    let hasRules = try reaching(raw) { () throws(StoreError) in try applyOrigins(to: raw) }
    let origins = settings.corsOrigins.isEmpty ? "no origin" : settings.corsOrigins.joined(separator: ", ")
    let rest = hasRules ? "" : "; this store has no CORS rules, and allows these origins by itself"
    report(Step(bucket: raw, text: "allows uploads and downloads from pages of \(origins)\(rest)"))
  }

  /// Enables versioning.
  ///
  /// Without versioning, Stowage keeps a copy of each checked file.
  private func applyVersions(to bucket: String) throws(StoreError) -> String {
    do throws(StoreError) {
      try store.setVersioning(true, of: bucket)
      return "keeps versions"
    } catch {
      guard error.isNotOffered else { throw error }
      return "keeps no versions: copies are kept"
    }
  }

  private static let taken = "blocks public access, even if an access control list grants it"
  private static let untaken = "has no public access block: this store does not offer one"

  /// Blocks public access and public access control lists (ACLs); on Ceph, public ACLs are only ignored.
  ///
  /// If Ceph blocks public ACLs, Ceph refuses every PUT with an ACL, even a private one.
  private var publicAccess: PublicAccessBlock {
    settings.store.kind == .ceph ? .ignoringACLs : .everything
  }

  /// Sets CORS rules with exact origins, methods and headers; deletes the old rules if no origin is configured.
  ///
  /// Returns false if the store has no CORS rules for buckets and allows the configured origins by itself, as MinIO
  /// does.
  private func applyOrigins(to bucket: String) throws(StoreError) -> Bool {
    guard !settings.corsOrigins.isEmpty else {
      do throws(StoreError) {
        try store.removeCORS(of: bucket)
      } catch .invalidRequest {
        // A store without CORS rules has none to delete.
      }
      return true
    }
    let isAnybody = settings.corsOrigins.contains("*")
    do throws(StoreError) {
      try store.setCORS(isAnybody ? [ofTheApplication] : [ofTheApplication, ofTheNameless], of: bucket)
      return true
    } catch {
      guard case .invalidRequest(let code, let message) = error else { throw error }
      for origin in settings.corsOrigins where try !store.allowsUploads(from: isAnybody ? "null" : origin, to: bucket) {
        throw .invalidRequest(
          code: code,
          message: "\(message): the store has no CORS rules, so pages of \(origin) cannot upload."
            + " Allow the origins in the store's own settings, or set STOWAGE_CORS_ORIGINS to none."
        )
      }
      return false
    }
  }

  /// The CORS rule for the application's pages: uploads and downloads.
  ///
  /// A single rule has all methods, because some stores apply only the first rule that names an origin.
  private var ofTheApplication: CORSRule {
    return CORSRule(
      origins: settings.corsOrigins,
      methods: ["GET", "HEAD", "POST", "PUT"],
      headers: settings.uploads.headers.map(\.rawValue) + downloadHeaders,
      exposedHeaders: Self.downloadExposed + ["Location"],
      maximumAge: 600
    )
  }

  /// The CORS rule for the origin `null`, with which scripts of the application follow a download's redirect.
  ///
  /// After a redirect from one foreign origin to another, browsers send `Origin: null`. The rule reveals nothing new:
  /// the presigned URL alone permits the download, and the store uses no cookies.
  /// Source: https://fetch.spec.whatwg.org/#http-redirect-fetch
  private var ofTheNameless: CORSRule {
    CORSRule(
      origins: ["null"],
      methods: ["GET", "HEAD"],
      headers: downloadHeaders,
      exposedHeaders: Self.downloadExposed,
      maximumAge: 600
    )
  }

  /// The headers of downloads, and those with which pages mark every request.
  ///
  /// S3 takes one `*` in a name.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
  private var downloadHeaders: [String] { ["if-range", "range"] + settings.corsHeaders.map(\.description) }
  private static let downloadExposed = ["Accept-Ranges", "Content-Disposition", "Content-Range", "ETag"]

  private func reaching<Value>(
    _ bucket: String,
    _ body: () throws(StoreError) -> Value
  ) throws(StorageError) -> Value {
    try StorageError.reaching("bucket \(bucket)", body)
  }
}
