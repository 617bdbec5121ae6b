import Glibc

/// An action of a policy's statement, in which a star stands for any text and a question mark for one character.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
struct ActionPattern {
  /// The effect of an action on a bucket.
  enum Effect: CaseIterable {
    case read, list, write
  }

  private let text: String
  private let pattern: String

  init(_ text: String) {
    self.text = text.lowercased()
    // Brackets and backslashes have no meaning in a policy.
    pattern = self.text.replacing("\\", with: "\\\\").replacing("[", with: "\\[")
  }

  /// True if the pattern stands for the action; names of actions have no case.
  func covers(_ action: String) -> Bool { fnmatch(pattern, action.lowercased(), 0) == 0 }

  /// The effects of the actions that the pattern stands for; one at least, because unknown actions count as writes.
  var effects: Set<Effect> {
    let known = Set(Effect.allCases.filter { Self.actions[$0, default: []].contains(where: covers) })
    if !known.isEmpty { return known }
    if text.hasPrefix("s3:get") { return [.read] }
    return text.hasPrefix("s3:list") ? [.list] : [.write]
  }

  /// True if the pattern stands for actions on objects and for actions that change the rules of the bucket.
  var isForAll: Bool { Self.data.contains(where: covers) && Self.control.contains(where: covers) }

  /// The names of actions by effect.
  ///
  /// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
  static let actions: [Effect: [String]] = [
    .read: [
      "s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAcl", "s3:GetObjectVersionAcl", "s3:GetObjectTagging",
      "s3:GetObjectVersionTagging", "s3:GetObjectAttributes", "s3:GetObjectTorrent", "s3:GetBucketPolicy",
      "s3:GetBucketAcl",
    ],
    .list: [
      "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts",
    ],
    .write: data.filter { !$0.hasPrefix("s3:Get") } + control,
  ]
  private static let data = [
    "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion",
    "s3:AbortMultipartUpload", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", "s3:PutObjectRetention",
    "s3:PutObjectLegalHold", "s3:RestoreObject", "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
    "s3:ObjectOwnerOverrideToBucketOwner", "s3:BypassGovernanceRetention", "s3:UpdateObjectEncryption",
  ]
  private static let control = [
    "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketOwnershipControls", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketCORS", "s3:PutBucketLogging", "s3:PutBucketNotification", "s3:PutBucketTagging",
    "s3:PutBucketWebsite", "s3:DeleteBucketWebsite", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration", "s3:PutInventoryConfiguration", "s3:PutMetricsConfiguration",
    "s3:PutAnalyticsConfiguration", "s3:PutAccelerateConfiguration", "s3:PutBucketRequestPayment", "s3:CreateBucket",
    "s3:DeleteBucket",
  ]
}
