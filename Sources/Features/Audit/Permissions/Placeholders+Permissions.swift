import Core
import S3

extension Placeholders {
  /// The values of the settings, for IAM policies.
  ///
  /// `${distributions}` is a list: the ARN of the CloudFront distribution, or nothing.
  init(permissionsOf settings: Settings, source: String?) {
    let names = settings.buckets
    let store = settings.store
    var distributions = Value.list([])
    if let cloudFront = settings.cloudFront {
      // Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
      distributions =
        store.account.map {
          .list(["arn:\(store.partition):cloudfront::\($0):distribution/\(cloudFront.distribution)"])
        } ?? .unset("STOWAGE_AWS_ACCOUNT")
    }
    self.init([
      "raw": .text(names.raw), "processed": .text(names.processed), "backups": .text(names.backups),
      "logs": .text(names.logs), "partition": .text(store.partition), "region": .text(store.region),
      "account": store.account.map { .text($0) } ?? .unset("STOWAGE_AWS_ACCOUNT"), "distributions": distributions,
      "source": source.map { .text($0) } ?? .unset("--source, the bucket that stowage migrate copies from"),
    ])
  }
}
