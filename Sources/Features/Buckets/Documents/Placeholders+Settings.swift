import Core
import S3

extension Placeholders {
  /// The values of the settings, for the documents of a bucket.
  init(_ settings: Settings, _ role: BucketRole) {
    let names = settings.buckets
    let region = settings.store.region
    let partition = settings.store.partition
    let isAnybody = settings.corsOrigins.contains("*")
    // The statements about CloudFront are left out if there is no distribution.
    let named = { (name: (_ distribution: String, _ account: String) -> String) -> Value in
      guard let distribution = settings.cloudFront?.distribution else { return .list([]) }
      guard let account = settings.store.account else { return .unset("STOWAGE_AWS_ACCOUNT") }
      return .list([name(distribution, account)])
    }
    self.init([
      "bucket": .text(role.name(in: names)), "raw": .text(names.raw), "processed": .text(names.processed),
      "backups": .text(names.backups), "logs": .text(names.logs),
      "account": settings.store.account.map { .text($0) } ?? .unset("STOWAGE_AWS_ACCOUNT"),
      "region": .text(region),
      "partition": .text(partition),
      "distributions": named { "arn:\(partition):cloudfront::\($1):distribution/\($0)" },
      "log-deliveries": named { "arn:\(partition):logs:us-east-1:\($1):delivery-source:*" },
      "origins": .list(settings.corsOrigins),
      // After a redirect from one foreign origin to another, browsers send `Origin: null`.
      // Source: https://fetch.spec.whatwg.org/#http-redirect-fetch
      "redirected-origins": .list(settings.corsOrigins.isEmpty || isAnybody ? [] : ["null"]),
      "upload-headers": .list(settings.uploads.headers.map(\.rawValue)),
      "page-headers": .list(settings.corsHeaders.map(\.description)),
      // If Ceph blocks public ACLs, Ceph refuses every PUT with an ACL, even a private one.
      "block-public-acls": .flag(settings.store.kind != .ceph),
    ])
  }
}
