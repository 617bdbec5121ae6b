import S3

extension CallSite {
  private static let migrate: Set<Party> = [.adminMigrate]
  private static let source: Set<Party> = [.adminMigrateSource]

  /// The commands `migrate`.
  static let migration: [CallSite] = [
    // Extensions of `ObjectStore`: their callers below name the bucket.
    CallSite("Features/Migration/Proof/ObjectDigest.swift", "get", [], []),
    CallSite("Features/Migration/Run/VanishedFiles.swift", "head", [], []),

    CallSite("Features/Migration/Proof/BucketListing.swift", "folders", migrate, sends(.listObjectsV2, in: [.raw])),
    CallSite(
      "Features/Migration/Proof/BucketListing.swift",
      "listVersions",
      migrate,
      sends(.listObjectVersions, in: [.raw])
    ),
    CallSite("Features/Migration/Proof/ObjectProver.swift", "hashed", migrate, either(.getObject, in: [.raw])),
    CallSite("Features/Migration/Proof/ObjectProver.swift", "head", migrate, either(.headObject, in: [.raw])),
    CallSite("Features/Migration/Proof/VerifyPass.swift", "list", source, sends(.listObjectsV2, in: [.source])),
    CallSite("Features/Migration/Restoring/Restorer.swift", "hashed", migrate, either(.getObject, in: [.raw])),
    CallSite("Features/Migration/Restoring/Restorer.swift", "head", migrate, either(.headObject, in: [.raw])),
    CallSite("Features/Migration/Run/MigrationRun+Ending.swift", "delete", migrate, either(.deleteObject, in: [.raw])),
    CallSite("Features/Migration/Run/VanishedFiles.swift", "hasObject", migrate, either(.headObject, in: [.raw])),
    CallSite("Programs/stowage/Migrate/Migrate+Sending.swift", "hasObject", migrate, either(.headObject, in: [.raw])),
    CallSite("Programs/stowage/Migrate/Migrate+Opening.swift", "bucketExists", migrate, exists([.raw])),

    CallSite("Features/Migration/Sending/FileSender+Copy.swift", "copy", migrate, copies),
    CallSite("Features/Migration/Sending/FileSender+Copy.swift", "copy", count: 0, source, copies),
    CallSite("Features/Migration/Sending/FileSender+Copy.swift", "get", migrate, either(.getObject, in: [.raw])),
    CallSite("Features/Migration/Sending/FileSender+Copy.swift", "head", migrate, sends(.headObject, in: [.raw])),
    CallSite("Features/Migration/Sending/FileSender+Copy.swift", "head", source, sends(.headObject, in: [.source])),
    CallSite(
      "Features/Migration/Sending/FileSender+Parts.swift",
      "uploadPart",
      migrate,
      sends(.uploadPart, in: [.raw])
    ),
    CallSite("Features/Migration/Sending/FileSender+Requests.swift", "get", migrate, either(.getObject, in: [.raw])),
    CallSite(
      "Features/Migration/Sending/FileSender+Requests.swift",
      "head",
      count: 2,
      migrate,
      sends(.headObject, in: [.raw])
    ),
    CallSite(
      "Features/Migration/Sending/FileSender+Uploads.swift",
      "abortMultipartUpload",
      migrate,
      sends(.abortMultipartUpload, in: [.raw])
    ),
    CallSite(
      "Features/Migration/Sending/FileSender+Uploads.swift",
      "completeMultipartUpload",
      migrate,
      sends(.completeMultipartUpload, .headObject, .listParts, in: [.raw])
    ),
    CallSite(
      "Features/Migration/Sending/FileSender+Uploads.swift",
      "createMultipartUpload",
      migrate,
      sends(.createMultipartUpload, in: [.raw])
    ),
    CallSite(
      "Features/Migration/Sending/FileSender+Uploads.swift",
      "listMultipartUploads",
      migrate,
      sends(.listMultipartUploads, in: [.raw])
    ),
    CallSite(
      "Features/Migration/Sending/FileSender+Uploads.swift",
      "listParts",
      count: 2,
      migrate,
      sends(.listParts, in: [.raw])
    ),
    CallSite("Features/Migration/Sending/FileSender+Whole.swift", "put", migrate, sends(.putObject, in: [.raw])),
    CallSite(
      "Features/Migration/SourceBucket/BucketPlanner.swift",
      "list",
      source,
      sends(.listObjectsV2, in: [.source])
    ),
    CallSite(
      "Features/Migration/SourceBucket/BucketSource.swift",
      "hashed",
      count: 2,
      source,
      sends(.getObject, in: [.source])
    ),
  ]

  /// A copy with the entity tag of its source asks for the source first.
  private static let copies = sends(.copyObject, of: [.tags], in: [.raw])
    .union(sends(.copyObject, of: [.tags, .version], in: [.raw])).union(either(.headObject, in: [.source]))
}
