import S3

extension CallSite {
  /// The jobs `process` and `render`: `image` runs them while a client waits, `users erase` for the files it removes.
  private static let jobs: Set<Party> = [.worker, .image, .adminFiles]
  private static let sweeps: Set<Party> = [.worker, .adminFiles]

  /// The work on files, the sweep and the tags.
  static let processing: [CallSite] = [
    // Extensions of `ObjectStore`: their callers below name the bucket.
    CallSite("Features/Processing/Jobs/MultipartEnding.swift", "abortMultipartUpload", [], []),
    CallSite("Features/Processing/Jobs/MultipartEnding.swift", "listMultipartUploads", [], []),
    CallSite("Features/Processing/Jobs/MultipartEnding.swift", "listParts", [], []),
    CallSite("Features/Processing/Jobs/Processor+Objects.swift", "listVersions", [], []),

    CallSite("Features/Processing/Jobs/MultipartEnding.swift", "endMultipartUpload", jobs, ending),
    CallSite(
      "Features/Processing/Jobs/MultipartEnding.swift",
      "multipartUploads",
      jobs,
      sends(.listMultipartUploads, in: [.raw])
    ),
    CallSite("Features/Processing/Jobs/Processor+Deletion.swift", "allVersions", jobs, versions),
    CallSite(
      "Features/Processing/Jobs/Processor+Deletion.swift",
      "delete",
      count: 2,
      jobs,
      either(.deleteObject, in: [.raw])
    ),
    CallSite(
      "Features/Processing/Jobs/Processor+Invalidation.swift",
      "delete",
      sweeps,
      sends(.deleteObject, in: [.processed])
    ),
    CallSite(
      "Features/Processing/Jobs/Processor+Markers.swift",
      "delete",
      jobs,
      sends(.deleteObject, of: [.version], in: [.raw])
    ),
    CallSite("Features/Processing/Jobs/Processor+Markers.swift", "versions", jobs, versions),
    CallSite(
      "Features/Processing/Jobs/Processor+Migrated.swift",
      "delete",
      count: 3,
      jobs,
      either(.deleteObject, in: [.raw])
    ),
    CallSite("Features/Processing/Jobs/Processor+Migrated.swift", "versions", count: 2, jobs, versions),
    CallSite(
      "Features/Processing/Jobs/Processor+Objects.swift",
      "allVersions",
      jobs,
      sends(.listObjectVersions, in: [.raw, .processed])
    ),
    CallSite(
      "Features/Processing/Jobs/Processor+Objects.swift",
      "delete",
      jobs,
      sends(.deleteObject, of: [.version], in: [.raw, .processed])
    ),
    CallSite(
      "Features/Processing/Jobs/Processor+Places.swift",
      "copy",
      jobs,
      sends(.copyObject, in: [.processed], from: .processed)
    ),
    CallSite(
      "Features/Processing/Jobs/Processor+Places.swift",
      "delete",
      jobs,
      sends(.deleteObject, in: [.processed])
    ),
    CallSite(
      "Features/Processing/Jobs/Processor+Objects.swift",
      "put",
      count: 2,
      jobs,
      sends(.putObject, in: [.raw, .processed])
    ),
    CallSite("Features/Processing/Jobs/Processor+Reading.swift", "bucketExists", jobs, exists([.raw])),
    // The number of tags of the current object decides whether the worker removes an uploader's tags.
    CallSite(
      "Features/Processing/Jobs/Processor+Reading.swift",
      "get",
      count: 2,
      jobs,
      either(.getObject, in: [.raw]).union(sends(.getObject, of: [.tags], in: [.raw]))
    ),
    CallSite("Features/Processing/Jobs/Processor+Reading.swift", "head", jobs, either(.headObject, in: [.raw])),
    CallSite(
      "Features/Processing/Jobs/Processor+Rendering.swift",
      "head",
      jobs,
      sends(.headObject, in: [.processed])
    ),
    CallSite(
      "Features/Processing/Jobs/UserErasure.swift",
      "allVersions",
      count: 2,
      [.adminFiles],
      sends(.listObjectVersions, in: [.raw, .processed])
    ),
    CallSite(
      "Features/Processing/Jobs/UserErasure.swift",
      "delete",
      [.adminFiles],
      sends(.deleteObject, of: [.version], in: [.raw, .processed])
    ),
    CallSite("Features/Processing/Jobs/UserErasure.swift", "endMultipartUpload", [.adminFiles], ending),
    CallSite(
      "Features/Processing/Jobs/UserErasure.swift",
      "multipartUploads",
      [.adminFiles],
      sends(.listMultipartUploads, in: [.raw])
    ),
    CallSite("Features/Processing/Sweep/BucketComparison.swift", "bucketExists", [.worker], exists([.raw])),
    CallSite("Features/Processing/Sweep/BucketComparison.swift", "head", [.worker], either(.headObject, in: [.raw])),
    CallSite("Features/Processing/Sweep/BucketComparison.swift", "listVersions", [.worker], versions),
    CallSite("Features/Processing/Sweep/Sweeper+Findings.swift", "bucketExists", sweeps, exists([.raw])),
    CallSite("Features/Processing/Sweep/Sweeper+Findings.swift", "head", sweeps, sends(.headObject, in: [.raw])),
    CallSite("Features/Processing/Sweep/Sweeper+Multipart.swift", "endMultipartUpload", sweeps, ending),
    CallSite("Features/Processing/Sweep/Sweeper+Multipart.swift", "listParts", sweeps, sends(.listParts, in: [.raw])),
    CallSite(
      "Features/Processing/Sweep/Sweeper+Multipart.swift",
      "multipartUploads",
      sweeps,
      sends(.listMultipartUploads, in: [.raw])
    ),
    CallSite("Features/Processing/Sweep/Sweeper+Watch.swift", "allVersions", sweeps, versions),
    CallSite(
      "Features/Processing/Sweep/UnknownObjects.swift",
      "delete",
      [.adminFiles],
      sends(.deleteObject, of: [.version], in: [.raw, .processed])
    ),
    CallSite(
      "Features/Processing/Sweep/UnknownObjects.swift",
      "listVersions",
      [.adminFiles],
      sends(.listObjectVersions, in: [.raw, .processed])
    ),
    CallSite(
      "Features/Processing/Tags/ObjectTagging.swift",
      "removeTags",
      jobs,
      either(.deleteObjectTagging, in: [.raw])
    ),
    CallSite("Features/Processing/Tags/ObjectTagging.swift", "setTags", jobs, either(.putObjectTagging, in: [.raw])),
  ]

  private static let ending = sends(.listParts, .abortMultipartUpload, in: [.raw])
  private static let versions = sends(.listObjectVersions, in: [.raw])

  static func exists(_ buckets: Set<CallBucket>) -> Set<StoreCall> { sends(.headBucket, in: buckets) }
}
