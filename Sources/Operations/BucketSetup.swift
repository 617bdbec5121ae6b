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

  /// Creates what is missing, turns versions of raw uploads on, and lets the application's origins upload.
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
    report(Step(bucket: raw, text: "takes uploads from pages of \(origins)"))
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
    let headers = UploadHeader.allCases.filter { settings.uploads.signsChecksums || $0 != .checksum }
    let rule = CORSRule(
      origins: settings.corsOrigins,
      methods: ["PUT", "POST"],
      headers: headers.map(\.rawValue),
      exposedHeaders: ["ETag", "Location"],
      maximumAge: 600
    )
    try store.setCORS([rule], of: bucket)
  }

  private func reaching<Value>(
    _ bucket: String,
    _ body: () throws(StoreError) -> Value
  ) throws(StorageError) -> Value {
    try StorageError.reaching("bucket \(bucket)", body)
  }
}
