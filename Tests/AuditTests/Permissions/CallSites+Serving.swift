import S3

extension CallSite {
  private static let signers: Set<Party> = [.presign, .uploadSigner]

  /// Uploads, images and downloads.
  static let serving: [CallSite] = [
    CallSite("Features/Uploads/Presigner.swift", "presignPut", signers, sends(.putObject, in: [.raw])),
    CallSite("Features/Uploads/CompanionUploads.swift", "presignPost", signers, sends(.putObject, in: [.raw])),
    CallSite("Features/Uploads/CompanionUploads+Parts.swift", "presignPart", signers, sends(.uploadPart, in: [.raw])),
    CallSite("Features/Uploads/MultipartUploads+Parts.swift", "presignPart", signers, sends(.uploadPart, in: [.raw])),
    CallSite("Features/Uploads/MultipartUploads+Parts.swift", "listParts", [.presign], sends(.listParts, in: [.raw])),
    CallSite(
      "Features/Uploads/MultipartUploads.swift",
      "createMultipartUpload",
      [.presign],
      sends(.createMultipartUpload, in: [.raw])
    ),
    CallSite(
      "Features/Uploads/MultipartUploads+Completion.swift",
      "completeMultipartUpload",
      [.presign],
      sends(.completeMultipartUpload, .headObject, .listParts, in: [.raw])
    ),
    CallSite(
      "Features/Uploads/MultipartUploads+Completion.swift",
      "head",
      [.presign],
      sends(.headObject, in: [.raw])
    ),

    CallSite("Features/Catalog/Downloads.swift", "presignGet", count: 2, [.files], either(.getObject, in: [.raw])),
    CallSite("Features/Catalog/FileExport.swift", "get", [.adminFiles], either(.getObject, in: [.raw])),
    CallSite(
      "Features/Catalog/FileRemoval.swift",
      "delete",
      [.files, .adminFiles],
      sends(.deleteObject, of: [.version], in: [.raw])
    ),
    CallSite("Features/Catalog/FileRemoval.swift", "head", [.files, .adminFiles], either(.headObject, in: [.raw])),
    CallSite(
      "Features/Catalog/FileRemoval.swift",
      "versions",
      [.files, .adminFiles],
      sends(.listObjectVersions, in: [.raw])
    ),
    CallSite("Features/Catalog/ImageCatalog.swift", "bytes", [.image], sends(.getObject, in: [.processed])),
    CallSite("Features/Catalog/ImageCatalog.swift", "get", [.image], sends(.getObject, in: [.processed])),
    CallSite("Features/Catalog/ImageCatalog.swift", "head", [.image], sends(.headObject, in: [.processed])),
    CallSite("Features/Catalog/ObjectStore+Presence.swift", "bucketExists", [.image], exists([.processed])),
    CallSite(
      "Features/Catalog/ObjectStore+Presence.swift",
      "bucketExists",
      count: 0,
      [.files, .adminFiles],
      exists([.raw])
    ),
    CallSite("Runtime/Assembly/ReadinessCheck.swift", "bucketExists", [.worker], exists([.raw])),
    CallSite("Runtime/Assembly/ReadinessCheck.swift", "bucketExists", count: 0, [.image], exists([.processed])),
  ]
}
