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

  /// Creates what is missing, keeps all from the public, turns versions of raw uploads on, and lets the application's
  /// origins upload and download.
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
    let rest = hasRules ? "" : ", and of others: the store takes no rules, and refuses none of these"
    report(Step(bucket: raw, text: "takes uploads from, and hands downloads to, pages of \(origins)\(rest)"))
  }

  /// Turns versions on; a store that has none keeps Stowage's copies in their place.
  private func applyVersions(to bucket: String) throws(StoreError) -> String {
    do throws(StoreError) {
      try store.setVersioning(true, of: bucket)
      return "keeps versions"
    } catch {
      guard error.isNotOffered else { throw error }
      return "keeps no versions: copies are kept"
    }
  }

  private static let taken = "is kept from the public, whatever an access control list says"
  private static let untaken = "is not kept from the public by a rule: this store has no public access blocks"

  /// Ceph refuses every PUT with a list where public ones are blocked, also a private one: there they are only ignored.
  private var publicAccess: PublicAccessBlock {
    settings.store.kind == .ceph ? .ignoringACLs : .everything
  }

  /// Names exact origins, methods and header fields; a rule of before goes where there is no origin any more.
  ///
  /// False where the store takes no such rules and lets pages of these origins in by itself, as MinIO does.
  private func applyOrigins(to bucket: String) throws(StoreError) -> Bool {
    guard !settings.corsOrigins.isEmpty else {
      do throws(StoreError) {
        try store.removeCORS(of: bucket)
      } catch .invalidRequest {
        // A store that has no such rules has none to remove.
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
          message: "\(message): it takes no rules for pages of other origins, so those of \(origin) cannot upload."
            + " Set them at the store, or let STOWAGE_CORS_ORIGINS be none."
        )
      }
      return false
    }
  }

  /// Pages of the application upload and download; in one rule, since some stores look no further than the first that names
  /// an origin.
  private var ofTheApplication: CORSRule {
    return CORSRule(
      origins: settings.corsOrigins,
      methods: ["GET", "HEAD", "POST", "PUT"],
      headers: settings.uploads.headers.map(\.rawValue) + Self.downloadHeaders,
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
