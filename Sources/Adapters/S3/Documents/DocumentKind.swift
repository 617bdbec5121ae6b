/// The kinds of document that describe a bucket's rules; the raw value is the name of the file.
public enum DocumentKind: String, CaseIterable, Sendable {
  /// The kinds in the order in which a bucket takes them: the block of public access comes before anything is granted.
  case publicAccessBlock = "public-access-block"
  case ownership, versioning, encryption, lifecycle, policy, cors, logging, notification

  /// The name of the subresource in requests.
  var subresource: String {
    switch self {
    case .publicAccessBlock: "publicAccessBlock"
    case .ownership: "ownershipControls"
    default: rawValue
    }
  }

  /// The root element of the XML document; nil for a policy, which is JSON.
  var root: String? {
    switch self {
    case .publicAccessBlock: "PublicAccessBlockConfiguration"
    case .ownership: "OwnershipControls"
    case .versioning: "VersioningConfiguration"
    case .encryption: "ServerSideEncryptionConfiguration"
    case .lifecycle: "LifecycleConfiguration"
    case .policy: nil
    case .cors: "CORSConfiguration"
    case .logging: "BucketLoggingStatus"
    case .notification: "NotificationConfiguration"
    }
  }

  /// True if an empty document, and no DELETE, removes the rules.
  var isEmptiedByPut: Bool { [.logging, .notification].contains(self) }

  /// The member of the document that S3 carries in a header field, and this field.
  var header: (member: String, field: String)? {
    guard self == .lifecycle else { return nil }
    return ("TransitionDefaultMinimumObjectSize", "x-amz-transition-default-minimum-object-size")
  }

  /// Returns the deviations of a document from the form that the AWS CLI takes, each with its place.
  public func problems(in document: JSONValue) -> [String] {
    guard let shape else { return document.members.isEmpty ? ["expected an object with members"] : [] }
    return shape.problems(of: document, at: "")
  }

  /// The shape of the document; nil for a policy.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
  var shape: DocumentShape? {
    switch self {
    case .publicAccessBlock:
      return .structure(
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"].map { .one($0, .flag) }
      )
    case .ownership:
      return .structure([
        .list(
          "Rules",
          .structure([
            .needed("ObjectOwnership", .word(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]))
          ]),
          as: "Rule"
        )
      ])
    case .versioning:
      return .structure([
        .needed("Status", .word(["Enabled", "Suspended"])),
        .one("MFADelete", .word(["Enabled", "Disabled"]), as: "MfaDelete"),
      ])
    case .encryption: return .structure([.list("Rules", Self.encryptionRule, as: "Rule")])
    case .lifecycle:
      return .structure([
        .list("Rules", Self.lifecycleRule, as: "Rule"),
        .one("TransitionDefaultMinimumObjectSize", .word(["all_storage_classes_128K", "varies_by_storage_class"])),
      ])
    case .policy: return nil
    case .cors: return .structure([.list("CORSRules", Self.corsRule, as: "CORSRule")])
    case .logging: return .structure([.one("LoggingEnabled", Self.loggingShape)])
    case .notification: return Self.notificationShape
    }
  }
}
