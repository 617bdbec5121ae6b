import Core
import S3

extension Placeholders {
  /// The values of the settings, for IAM policies.
  ///
  /// `${distributions}`, `${inventories}` and `${inventoryBuckets}` are lists: one ARN, or nothing.
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
    let inventory = settings.usage.inventory
    // Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    let inventoryBucket = inventory.map { "arn:\(store.partition):s3:::\($0.bucket)" }
    let inventories = inventory.map { "arn:\(store.partition):s3:::\($0)/*" }
    self.init([
      "inventoryBuckets": .list([inventoryBucket].compactMap { $0 }),
      "inventories": .list([inventories].compactMap { $0 }),
      "raw": .text(names.raw), "processed": .text(names.processed), "backups": .text(names.backups),
      "logs": .text(names.logs), "partition": .text(store.partition), "region": .text(store.region),
      "account": store.account.map { .text($0) } ?? .unset("STOWAGE_AWS_ACCOUNT"), "distributions": distributions,
      "source": source.map { .text($0) } ?? .unset("--source, the bucket that stowage migrate copies from"),
    ])
  }
}
