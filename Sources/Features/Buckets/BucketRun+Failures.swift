import Core
import S3
import Storage

extension BucketRun {
  /// Says that the store refused a document; a document that the store does not offer is no failure.
  mutating func refused(
    _ error: StoreError,
    _ kind: DocumentKind,
    _ wanted: JSONValue?,
    _ bucket: String,
    _ report: Report
  ) throws(StorageError) {
    guard error.isNotOffered else {
      _ = try fail(error, bucket, kind, report)
      return
    }
    if kind == .cors, wanted != nil { return try origins(bucket, report) }
    report(BucketReport.Line(bucket: bucket, kind: kind, sign: .note, text: StoreLimits.instead(of: kind)))
  }

  /// Reports a failure, after which the rest goes on; throws if the store does not answer at all.
  mutating func fail(
    _ error: StoreError,
    _ bucket: String,
    _ kind: DocumentKind?,
    _ report: Report
  ) throws(StorageError) -> Bool? {
    switch error {
    case .unavailable, .timeout, .tls, .clockSkew, .throttled, .aborted:
      // A server that fails at this call alone answers another.
      guard kind != nil, let exists = try? rules.store.bucketExists(bucket), exists else {
        throw .unavailable(detail: "bucket \(bucket): \(error). The command can be repeated.")
      }
    default: break
    }
    outcome.failures += 1
    report(BucketReport.Line(bucket: bucket, kind: kind, sign: .failed, text: "\(error)"))
    return nil
  }

  /// Tries preflights on a store without CORS rules, which may allow the pages by itself, as MinIO does.
  private mutating func origins(_ bucket: String, _ report: Report) throws(StorageError) {
    func say(_ sign: BucketReport.Sign, _ text: String) {
      report(BucketReport.Line(bucket: bucket, kind: .cors, sign: sign, text: text))
    }
    let origins = rules.settings.corsOrigins.map { $0 == "*" ? "null" : $0 }
    for origin in origins {
      let isAllowed = try StorageError.reaching("bucket \(bucket)") { () throws(StoreError) in
        try rules.store.allowsUploads(from: origin, to: bucket)
      }
      guard isAllowed else {
        outcome.failures += 1
        return say(
          .failed,
          "the store has no CORS rules, so pages of \(origin) cannot upload."
            + " Allow the origins in the store's own settings, or set STOWAGE_CORS_ORIGINS to none."
        )
      }
    }
    say(.note, "this store has no CORS rules, and allows these origins by itself")
  }
}
