import S3

extension CallSite {
  private static let collecting: Set<Party> = [.usage]

  /// The collection of usage, by the command and by workers.
  static let usage: [CallSite] = [
    CallSite("Features/Usage/UsageWork.swift", "bucketExists", collecting, exists(CallBucket.four)),
    CallSite(
      "Features/Usage/Walk/UsageWork+Walk.swift",
      "listVersions",
      collecting,
      sends(.listObjectVersions, in: CallBucket.four)
    ),
    CallSite(
      "Features/Usage/Walk/UsageWork+Walk.swift",
      "listMultipartUploads",
      collecting,
      sends(.listMultipartUploads, in: CallBucket.four)
    ),
    CallSite(
      "Features/Usage/Walk/UsageWork+Walk.swift",
      "listParts",
      collecting,
      sends(.listParts, in: CallBucket.four)
    ),
    CallSite(
      "Features/Usage/Inventory/UsageWork+NewestInventory.swift",
      "folders",
      collecting,
      sends(.listObjectsV2, in: [.inventory])
    ),
    CallSite(
      "Features/Usage/Inventory/UsageWork+NewestInventory.swift",
      "bytes",
      count: 2,
      collecting,
      sends(.getObject, in: [.inventory])
    ),
    CallSite(
      "Features/Usage/Inventory/UsageWork+Inventory.swift",
      "bytes",
      collecting,
      sends(.getObject, in: [.inventory])
    ),
    CallSite(
      "Features/Usage/Inventory/UsageWork+Inventory.swift",
      "get",
      collecting,
      sends(.getObject, in: [.inventory])
    ),
  ]
}
