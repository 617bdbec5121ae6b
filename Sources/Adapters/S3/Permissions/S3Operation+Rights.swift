extension S3Operation {
  /// Returns the rights that a request of this operation with these traits needs.
  ///
  /// GET and HEAD of an object include `s3:ListBucket`: without it, AWS answers 403 and not 404 for a missing object.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html,
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html (permissions)
  public func rights(_ traits: Set<Trait> = []) -> Set<S3Right> {
    let isVersion = traits.contains(.version)
    switch self {
    case .putObject, .createMultipartUpload:
      var rights: Set = [S3Right("PutObject", on: .object)]
      if traits.contains(.tags) { rights.insert(S3Right("PutObjectTagging", on: .object)) }
      if traits.contains(.acl) { rights.insert(S3Right("PutObjectAcl", on: .object)) }
      if traits.contains(.ifMatch) { rights.insert(S3Right("GetObject", on: .object)) }
      return rights
    case .uploadPart, .completeMultipartUpload: return [S3Right("PutObject", on: .object)]
    case .getObject, .headObject:
      var rights: Set = [
        S3Right(isVersion ? "GetObjectVersion" : "GetObject", on: .object), S3Right("ListBucket", on: .bucket),
      ]
      // The response has the number of tags only if the caller may read the tags.
      if traits.contains(.tags) {
        rights.insert(S3Right(isVersion ? "GetObjectVersionTagging" : "GetObjectTagging", on: .object))
      }
      return rights
    case .deleteObject, .deleteObjects:
      return [S3Right(isVersion ? "DeleteObjectVersion" : "DeleteObject", on: .object)]
    case .copyObject:
      var rights: Set = [
        S3Right("PutObject", on: .object),
        S3Right(isVersion ? "GetObjectVersion" : "GetObject", on: .object, isOfSource: true),
        S3Right("ListBucket", on: .bucket, isOfSource: true),
      ]
      // A copy takes the tags of its source along.
      if traits.contains(.tags) {
        rights.insert(S3Right("PutObjectTagging", on: .object))
        let tags = isVersion ? "GetObjectVersionTagging" : "GetObjectTagging"
        rights.insert(S3Right(tags, on: .object, isOfSource: true))
      }
      return rights
    case .getObjectTagging: return tagging("Get", isVersion)
    case .putObjectTagging: return tagging("Put", isVersion)
    case .deleteObjectTagging: return tagging("Delete", isVersion)
    case .listParts: return [S3Right("ListMultipartUploadParts", on: .object)]
    case .abortMultipartUpload: return [S3Right("AbortMultipartUpload", on: .object)]
    case .listBuckets: return [S3Right("ListAllMyBuckets", on: .account)]
    case .preflight: return []
    default: return bucketAction.map { [S3Right($0, on: .bucket)] } ?? []
    }
  }

  private func tagging(_ verb: String, _ isVersion: Bool) -> Set<S3Right> {
    [S3Right(verb + (isVersion ? "ObjectVersionTagging" : "ObjectTagging"), on: .object)]
  }

  /// The action of an operation on a bucket, whose name often differs from the operation's.
  private var bucketAction: String? {
    switch self {
    case .headBucket, .listObjectsV2: "ListBucket"
    case .listObjectVersions: "ListBucketVersions"
    case .listMultipartUploads: "ListBucketMultipartUploads"
    case .createBucket, .deleteBucket, .getBucketVersioning, .putBucketVersioning, .getBucketPolicy, .putBucketPolicy,
      .deleteBucketPolicy, .getBucketLogging, .putBucketLogging, .getBucketOwnershipControls,
      .putBucketOwnershipControls:
      name
    case .getPublicAccessBlock: "GetBucketPublicAccessBlock"
    case .putPublicAccessBlock, .deletePublicAccessBlock: "PutBucketPublicAccessBlock"
    case .deleteBucketOwnershipControls: "PutBucketOwnershipControls"
    case .getBucketEncryption: "GetEncryptionConfiguration"
    case .putBucketEncryption, .deleteBucketEncryption: "PutEncryptionConfiguration"
    case .getBucketLifecycleConfiguration: "GetLifecycleConfiguration"
    case .putBucketLifecycleConfiguration, .deleteBucketLifecycle: "PutLifecycleConfiguration"
    case .getBucketCors: "GetBucketCORS"
    case .putBucketCors, .deleteBucketCors: "PutBucketCORS"
    case .getBucketNotificationConfiguration: "GetBucketNotification"
    case .putBucketNotificationConfiguration: "PutBucketNotification"
    case .getObjectLockConfiguration: "GetBucketObjectLockConfiguration"
    default: nil
    }
  }
}
