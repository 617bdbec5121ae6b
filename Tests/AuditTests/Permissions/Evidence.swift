import S3

/// A test that makes calls which the run on moto does not reach.
struct Evidence: Sendable {
  let parties: Set<Party>
  let calls: Set<StoreCall>
  /// The path below `Tests`, without its ending.
  let file: String
  let test: String

  /// The name of the call of CloudFront that the test makes; nil for none.
  let cloudFront: String?

  /// Returns the actions and resources that the calls need, without those of the bucket on the other side of a copy.
  func needs(of party: Party) -> Set<Need> {
    var needs = calls.reduce(into: Set<Need>()) { $0.formUnion($1.needs) }
    if let cloudFront { needs.insert(Need(action: "cloudfront:\(cloudFront)", resource: "${distributions}")) }
    return needs.filter { $0.resource.contains("${source}") == (party == .adminMigrateSource) }
  }

  init(
    _ parties: Set<Party>,
    _ calls: Set<StoreCall>,
    _ file: String,
    _ test: String,
    cloudFront: String? = nil
  ) {
    (self.parties, self.calls, self.file, self.test) = (parties, calls, file, test)
    self.cloudFront = cloudFront
  }

  private static let jobs: Set<Party> = [.worker, .image, .adminFiles]

  /// Every test that is needed.
  static let all: [Evidence] = [
    Evidence(
      [.presign],
      sends(.completeMultipartUpload, .headObject, in: [.raw]),
      "S3Tests/CompletionTests",
      "the object made from the parts proves success"
    ),
    Evidence(
      [.files],
      sends(.getObject, in: [.raw]),
      "CatalogTests/DownloadsTests",
      "on a store without versions the URL leads to the kept copy"
    ),
    Evidence(
      jobs,
      sends(.listMultipartUploads, .listParts, .abortMultipartUpload, in: [.raw]),
      "ProcessingTests/MultipartTests",
      "an upload that outlived its completion is aborted before its file is checked"
    ),
    Evidence(
      jobs,
      sends(.deleteObject, in: [.raw]),
      "ProcessingTests/DeletionTests",
      "a deleted file is charged and hidden by a marker, without renderings; restored, it is complete"
    ),
    Evidence(
      jobs,
      sends(.listObjectVersions, in: [.raw, .processed])
        .union(sends(.deleteObject, of: [.version], in: [.raw, .processed])),
      "ProcessingTests/DeletionTests",
      "a permanent deletion deletes every version and the charge, also after an ordinary one"
    ),
    Evidence(
      jobs,
      sends(.putObject, in: [.processed]),
      "ProcessingTests/JudgementTests",
      "a photo becomes ready, pinned, hashed, charged and rendered"
    ),
    Evidence(
      jobs,
      sends(.putObject, in: [.raw]),
      "ProcessingTests/UnversionedStoreTests",
      "without versions a copy of the checked bytes is kept, under a key without a signed URL"
    ),
    Evidence(
      jobs,
      sends(.getObject, of: [.version], in: [.raw]),
      "ProcessingTests/RenderTests",
      "only the checked version is rendered, whatever overwrites it"
    ),
    Evidence(
      jobs,
      sends(.getObject, of: [.tags], in: [.raw]).union(sends(.putObjectTagging, of: [.version], in: [.raw])),
      "ProcessingTests/TagTests",
      "nothing of the tags that an uploader set stays"
    ),
    Evidence(
      jobs,
      sends(.deleteObjectTagging, of: [.version], in: [.raw]),
      "ProcessingTests/TagTests",
      "an upgrade between the publication and the call of the store removes the tag again"
    ),
    Evidence(
      jobs,
      sends(.putObjectTagging, .deleteObjectTagging, in: [.raw]),
      "ProcessingTests/TagTests",
      "on a store without versions the bytes of a deleted file have no tag"
    ),
    Evidence(
      [.worker, .adminFiles],
      sends(.deleteObject, in: [.processed]),
      "ProcessingTests/CacheInvalidationTests",
      "after four rounds the outdated objects are deleted from the bucket"
    ),
    Evidence(
      jobs,
      sends(.copyObject, in: [.processed], from: .processed).union(sends(.deleteObject, in: [.processed])),
      "ProcessingTests/PlaceTests",
      "a move copies, records and then deletes, and tells the caches after that"
    ),
    Evidence(
      [.worker, .adminFiles],
      [],
      "ProcessingTests/CloudFrontTests",
      "moto's CloudFront accepts the request, with every path",
      cloudFront: "CreateInvalidation"
    ),
    Evidence(
      [.adminAudit],
      [],
      "AuditTests/DistributionTests",
      "a distribution as it should be fails nothing, and each check was made",
      cloudFront: "GetDistributionConfig"
    ),
    Evidence(
      [.files],
      sends(.deleteObject, of: [.version], in: [.raw]).union(sends(.listObjectVersions, in: [.raw])),
      "CatalogTests/FileRemovalTests",
      "a restore makes the checked version current without a worker, before a lifecycle rule takes it"
    ),
    // The audit reads the kinds of which a bucket has a document.
    Evidence(
      [.adminAudit],
      sends(
        .getBucketVersioning,
        .getBucketLogging,
        .getBucketNotificationConfiguration,
        in: CallBucket.four
      ),
      "S3Tests/OperationTests",
      "each is read, written and removed by its own operation"
    ),
    Evidence(
      [.adminBuckets],
      sends(
        .putBucketVersioning,
        .putBucketPolicy,
        .putBucketCors,
        .putBucketLogging,
        .putBucketNotificationConfiguration,
        .deleteBucketPolicy,
        in: CallBucket.four
      ),
      "S3Tests/OperationTests",
      "each is read, written and removed by its own operation"
    ),
    Evidence(
      [.usage],
      sends(.headBucket, .listObjectVersions, .listMultipartUploads, .listParts, in: CallBucket.four),
      "UsageTests/UsageCommandTests",
      "a collection that is killed and stopped in the middle goes on, and equals the buckets to the byte"
    ),
    Evidence(
      [.usage],
      sends(.listObjectsV2, .getObject, in: [.inventory]),
      "UsageTests/InventoryTests",
      "an inventory gives what it lists, whatever the order of its fields, and uploads are listed beside it"
    ),
    Evidence(
      [.adminDoctor],
      sends(.deleteObject, of: [.version], in: [.processed], keys: "doctor/*"),
      "OperationsTests/DoctorTests+Store",
      "a store that does not delete"
    ),
    Evidence(
      [.adminMigrate],
      sends(.listMultipartUploads, .listParts, .abortMultipartUpload, in: [.raw]),
      "MigrationTests/Sending/FileSenderTests",
      "aborts the upload in parts that a killed run left, and no upload of another key"
    ),
    Evidence(
      [.adminMigrate],
      either(.deleteObject, in: [.raw]),
      "MigrationTests/Run/DeltaTests",
      "an object that arrives after its file was deleted does not stay in the bucket"
    ),
    Evidence(
      [.adminMigrate, .adminMigrateSource],
      sends(.copyObject, of: [.tags], in: [.raw]).union(sends(.copyObject, of: [.tags, .version], in: [.raw])),
      "MigrationTests/SourceBucket/CopyTests",
      "an object is copied inside the store, with new metadata, and only the copy is read"
    ),
  ]
}
