import S3

extension CallSite {
  static let readings = sends(
    .getPublicAccessBlock,
    .getBucketOwnershipControls,
    .getBucketVersioning,
    .getBucketEncryption,
    .getBucketLifecycleConfiguration,
    .getBucketPolicy,
    .getBucketCors,
    .getBucketLogging,
    .getBucketNotificationConfiguration,
    in: CallBucket.four
  )
  private static let writings = sends(
    .putPublicAccessBlock,
    .putBucketOwnershipControls,
    .putBucketVersioning,
    .putBucketEncryption,
    .putBucketLifecycleConfiguration,
    .putBucketPolicy,
    .putBucketCors,
    .putBucketLogging,
    .putBucketNotificationConfiguration,
    in: CallBucket.four
  )
  private static let removals = sends(
    .deletePublicAccessBlock,
    .deleteBucketOwnershipControls,
    .deleteBucketEncryption,
    .deleteBucketLifecycle,
    .deleteBucketPolicy,
    .deleteBucketCors,
    .putBucketLogging,
    .putBucketNotificationConfiguration,
    in: CallBucket.four
  )
  private static let buckets: Set<Party> = [.adminBuckets]
  private static let doctor: Set<Party> = [.adminDoctor]

  /// The commands `buckets`, `doctor` and `files`.
  static let administration: [CallSite] = [
    CallSite("Features/Buckets/BucketRules.swift", "document", buckets, readings),
    CallSite("Features/Buckets/BucketRun+Failures.swift", "allowsUploads", buckets, sends(.preflight, in: [.raw])),
    CallSite("Features/Buckets/BucketRun+Failures.swift", "bucketExists", buckets, exists(CallBucket.four)),
    CallSite("Features/Buckets/BucketRun.swift", "bucketExists", buckets, exists(CallBucket.four)),
    CallSite("Features/Buckets/BucketRun.swift", "createBucket", buckets, sends(.createBucket, in: CallBucket.four)),
    CallSite("Features/Buckets/BucketRun.swift", "document", count: 2, buckets, readings),
    CallSite("Features/Buckets/BucketRun.swift", "removeDocument", buckets, removals),
    CallSite("Features/Buckets/BucketRun.swift", "setDocument", buckets, writings),

    CallSite("Features/Operations/Doctor/Doctor+Services.swift", "bucketExists", doctor, exists(CallBucket.four)),
    CallSite("Features/Operations/Doctor/Doctor+Services.swift", "bytes", doctor, variant(.getObject)),
    CallSite(
      "Features/Operations/Doctor/Doctor+Services.swift",
      "delete",
      doctor,
      either(.deleteObject, in: [.processed], keys: "doctor/*")
    ),
    CallSite(
      "Features/Operations/Doctor/Doctor+Services.swift",
      "isVersioned",
      doctor,
      sends(.getBucketVersioning, in: [.raw])
    ),
    CallSite("Features/Operations/Doctor/Doctor+Services.swift", "put", doctor, variant(.putObject)),
    CallSite("Features/Operations/Doctor/Doctor+StoreAdvice.swift", "list", doctor, sends(.listObjectsV2, in: [.raw])),
    CallSite("Features/Operations/Doctor/Doctor+Uploads.swift", "bytes", doctor, trial(.getObject)),
    CallSite(
      "Features/Operations/Doctor/Doctor+Uploads.swift",
      "delete",
      doctor,
      sends(.deleteObject, of: [.version], in: [.raw], keys: "doctor/*")
    ),
    CallSite(
      "Features/Operations/Doctor/Doctor+Uploads.swift",
      "hasObjectLock",
      doctor,
      sends(.getObjectLockConfiguration, in: [.raw])
    ),
    CallSite(
      "Features/Operations/Doctor/Doctor+Uploads.swift",
      "listVersions",
      doctor,
      sends(.listObjectVersions, in: [.raw])
    ),
    CallSite("Features/Operations/Doctor/Doctor+Uploads.swift", "presignPut", doctor, trial(.putObject)),
    CallSite("Features/Operations/Doctor/Doctor+Uploads.swift", "put", doctor, trial(.putObject)),

    CallSite(
      "Features/Operations/Jobs/FileExplainer.swift",
      "head",
      [.adminFiles],
      sends(.headObject, in: [.processed])
    ),
    CallSite(
      "Features/Operations/Jobs/FileExplainer.swift",
      "listVersions",
      [.adminFiles],
      sends(.listObjectVersions, in: [.raw])
    ),
    CallSite(
      "Features/Operations/Jobs/FileExplainer.swift",
      "versions",
      [.adminFiles],
      sends(.listObjectVersions, in: [.raw])
    ),
  ]

  /// Probes that other stores need, and that `stowage` never sends to AWS: `conf/iam/README.md` names their actions.
  static let besidesAmazon: [CallSite] = [
    CallSite("Features/Buckets/SecureTransport.swift", "delete", [], []),
    CallSite("Features/Buckets/SecureTransport.swift", "head", [], []),
    CallSite("Features/Buckets/SecureTransport.swift", "put", [], []),
    CallSite("Features/Buckets/SecureTransport.swift", "removeDocument", [], []),
    CallSite("Features/Buckets/SecureTransport.swift", "setDocument", count: 2, [], []),
  ]

  private static func trial(_ operation: S3Operation) -> Set<StoreCall> {
    sends(operation, in: [.raw], keys: "doctor/*")
  }

  private static func variant(_ operation: S3Operation) -> Set<StoreCall> {
    sends(operation, in: [.processed], keys: "doctor/*")
  }
}
