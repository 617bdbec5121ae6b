extension DocumentKind {
  static let encryptionRule = DocumentShape.structure([
    .one(
      "ApplyServerSideEncryptionByDefault",
      .structure([
        .needed("SSEAlgorithm", .word(["AES256", "aws:kms", "aws:kms:dsse"])), .one("KMSMasterKeyID", .text),
      ])
    ),
    .one("BucketKeyEnabled", .flag),
    .one("BlockedEncryptionTypes", .structure([.list("EncryptionType", .word(["NONE", "SSE-C"]))])),
  ])

  static let lifecycleRule = DocumentShape.structure([
    .one(
      "Expiration",
      .structure([.one("Date", .text), .one("Days", .number), .one("ExpiredObjectDeleteMarker", .flag)])
    ),
    .one("ID", .text),
    .one("Prefix", .text),
    .one("Filter", .structure(conditions + [.one("Tag", tag), .one("And", .structure(conditions + [tags]))])),
    .needed("Status", .word(["Enabled", "Disabled"])),
    .list(
      "Transitions",
      .structure([.one("Date", .text), .one("Days", .number), .needed("StorageClass", .text)]),
      as: "Transition"
    ),
    .list(
      "NoncurrentVersionTransitions",
      .structure([
        .needed("NoncurrentDays", .number), .needed("StorageClass", .text), .one("NewerNoncurrentVersions", .number),
      ]),
      as: "NoncurrentVersionTransition"
    ),
    .one(
      "NoncurrentVersionExpiration",
      .structure([.needed("NoncurrentDays", .number), .one("NewerNoncurrentVersions", .number)])
    ),
    .one("AbortIncompleteMultipartUpload", .structure([.needed("DaysAfterInitiation", .number)])),
  ])

  private static let tag = DocumentShape.structure([.needed("Key", .text), .needed("Value", .text)])
  private static let tags = DocumentMember.list("Tags", tag, as: "Tag")
  private static let conditions: [DocumentMember] = [
    .one("Prefix", .text), .one("ObjectSizeGreaterThan", .number), .one("ObjectSizeLessThan", .number),
  ]

  static let corsRule = DocumentShape.structure([
    .one("ID", .text),
    .list("AllowedHeaders", .text, as: "AllowedHeader"),
    .list("AllowedMethods", .word(["GET", "PUT", "HEAD", "POST", "DELETE"]), as: "AllowedMethod"),
    .list("AllowedOrigins", .text, as: "AllowedOrigin"),
    .list("ExposeHeaders", .text, as: "ExposeHeader"),
    .one("MaxAgeSeconds", .number),
  ])

  static let loggingShape = DocumentShape.structure([
    .needed("TargetBucket", .text),
    .needed("TargetPrefix", .text),
    .one(
      "TargetObjectKeyFormat",
      .structure([
        .one("SimplePrefix", .structure([])),
        .one("PartitionedPrefix", .structure([.one("PartitionDateSource", .word(["EventTime", "DeliveryTime"]))])),
      ])
    ),
  ])

  static let notificationShape = DocumentShape.structure([
    target("TopicConfigurations", "TopicArn", "TopicConfiguration", "Topic"),
    target("QueueConfigurations", "QueueArn", "QueueConfiguration", "Queue"),
    target("LambdaFunctionConfigurations", "LambdaFunctionArn", "CloudFunctionConfiguration", "CloudFunction"),
    .one("EventBridgeConfiguration", .structure([])),
  ])

  private static func target(_ name: String, _ address: String, _ element: String, _ short: String) -> DocumentMember {
    let rule = DocumentShape.structure([.needed("Name", .text), .needed("Value", .text)])
    let key = DocumentShape.structure([.list("FilterRules", rule, as: "FilterRule")])
    return .list(
      name,
      .structure([
        .one("Id", .text), .needed(address, .text, as: short), .list("Events", .text, as: "Event"),
        .one("Filter", .structure([.one("Key", key, as: "S3Key")])),
      ]),
      as: element
    )
  }
}
