import Core
import S3

extension Placeholders {
  /// The values of the settings, for the documents of a bucket.
  init(_ settings: Settings, _ role: BucketRole) {
    let names = settings.buckets
    let region = settings.store.region
    let isAnybody = settings.corsOrigins.contains("*")
    self.init([
      "bucket": .text(role.name(in: names)), "raw": .text(names.raw), "processed": .text(names.processed),
      "backups": .text(names.backups), "logs": .text(names.logs),
      "account": settings.store.account.map { .text($0) } ?? .unset("STOWAGE_AWS_ACCOUNT"),
      "region": .text(region),
      "partition": .text(settings.store.partition),
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
