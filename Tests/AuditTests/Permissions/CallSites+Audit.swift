import S3

extension CallSite {
  private static let audit: Set<Party> = [.adminAudit]

  /// The command `audit`, which writes under `audit/` only; the rules of the buckets are read by the code of `buckets audit`.
  static let auditing: [CallSite] = [
    CallSite(
      "Features/Audit/Examinations/FileExaminations.swift",
      "list",
      audit,
      sends(.listObjectsV2, in: [.processed])
    ),
    CallSite(
      "Features/Audit/Examinations/AnonymousProbe.swift",
      "document",
      audit,
      sends(.getBucketPolicy, in: CallBucket.four)
    ),
    CallSite(
      "Features/Audit/Examinations/BucketExaminations.swift",
      "document",
      audit,
      sends(.getBucketCors, in: CallBucket.four)
    ),
    CallSite(
      "Features/Audit/Examinations/URLExaminations.swift",
      "presignGet",
      audit,
      sends(.getObject, in: [.raw], keys: "audit/*")
    ),
    CallSite(
      "Features/Audit/Examinations/UploadProbe.swift",
      "bytes",
      audit,
      sends(.getObject, in: [.raw], keys: "audit/*")
    ),
    CallSite(
      "Features/Audit/Examinations/UploadProbe.swift",
      "presignPut",
      audit,
      sends(.putObject, in: [.raw], keys: "audit/*")
    ),
    CallSite(
      "Features/Audit/Ground.swift",
      "delete",
      audit,
      sends(.deleteObject, of: [.version], in: CallBucket.four, keys: "audit/*")
    ),
    CallSite("Features/Audit/Ground.swift", "listVersions", audit, sends(.listObjectVersions, in: CallBucket.four)),
    CallSite("Features/Audit/Ground.swift", "put", audit, sends(.putObject, in: CallBucket.four, keys: "audit/*")),
    CallSite("Features/Buckets/BucketRun.swift", "document", count: 0, audit, readings),
    CallSite("Features/Buckets/BucketRun.swift", "bucketExists", count: 0, audit, exists(CallBucket.four)),
  ]
}
