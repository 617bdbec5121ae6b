/// The operations of the S3 API that `S3Store` sends.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
public enum S3Operation: String, CaseIterable, Sendable {
  /// Operations on an object.
  case putObject, getObject, headObject, deleteObject, copyObject
  /// Operations on several objects at once.
  case deleteObjects
  /// Operations on the tags of an object.
  case getObjectTagging, putObjectTagging, deleteObjectTagging
  /// Operations on a multipart upload.
  case createMultipartUpload, uploadPart, listParts, completeMultipartUpload, abortMultipartUpload
  /// Listings of a bucket.
  case listObjectsV2, listObjectVersions, listMultipartUploads
  /// Operations on a bucket.
  case listBuckets, headBucket, createBucket, deleteBucket
  /// The documents of a bucket.
  case getPublicAccessBlock, putPublicAccessBlock, deletePublicAccessBlock
  /// The owner of new objects.
  case getBucketOwnershipControls, putBucketOwnershipControls, deleteBucketOwnershipControls
  /// The versioning of a bucket.
  case getBucketVersioning, putBucketVersioning
  /// The default encryption.
  case getBucketEncryption, putBucketEncryption, deleteBucketEncryption
  /// The lifecycle rules.
  case getBucketLifecycleConfiguration, putBucketLifecycleConfiguration, deleteBucketLifecycle
  /// The bucket policy.
  case getBucketPolicy, putBucketPolicy, deleteBucketPolicy
  /// The rules for pages of other origins.
  case getBucketCors, putBucketCors, deleteBucketCors
  /// The access log.
  case getBucketLogging, putBucketLogging
  /// The events.
  case getBucketNotificationConfiguration, putBucketNotificationConfiguration
  /// The object lock.
  case getObjectLockConfiguration
  /// A preflight request, which carries no signature and needs no right.
  case preflight

  /// The name in AWS's documentation, such as `PutObject`.
  public var name: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

  /// The properties of a request that change the rights it needs.
  public enum Trait: String, CaseIterable, Sendable {
    /// The request names a version.
    case version
    /// The request writes an object with tags, copies one that may have tags, or reads one whose number of tags counts.
    case tags
    /// The request sends an access control list.
    case acl
    /// The request is a write that replaces an object with a given entity tag.
    case ifMatch
  }

  /// Returns the operation and the traits of a request; nil for one that `S3Store` does not send.
  ///
  /// `query` and `headers` are names. The names of header fields are in lower case.
  public static func of(
    method: String,
    hasBucket: Bool,
    hasKey: Bool,
    query: Set<String>,
    headers: Set<String>
  ) -> (operation: S3Operation, traits: Set<Trait>)? {
    let found = hasKey ? onObject(method, query, headers) : hasBucket ? onBucket(method, query) : .listBuckets
    guard let operation = found else { return nil }
    var traits: Set<Trait> = []
    if query.contains("versionId") { traits.insert(.version) }
    if headers.contains("x-amz-tagging") { traits.insert(.tags) }
    if headers.contains("x-amz-acl") { traits.insert(.acl) }
    if method == "PUT", headers.contains("if-match") { traits.insert(.ifMatch) }
    return (operation, traits)
  }

  private static func onObject(_ method: String, _ query: Set<String>, _ headers: Set<String>) -> S3Operation? {
    switch method {
    case "PUT" where query.contains("tagging"): .putObjectTagging
    case "PUT" where query.contains("partNumber"): .uploadPart
    case "PUT": headers.contains("x-amz-copy-source") ? .copyObject : .putObject
    case "GET" where query.contains("tagging"): .getObjectTagging
    case "GET": query.contains("uploadId") ? .listParts : .getObject
    case "HEAD": .headObject
    case "DELETE" where query.contains("tagging"): .deleteObjectTagging
    case "DELETE": query.contains("uploadId") ? .abortMultipartUpload : .deleteObject
    case "POST" where query.contains("uploads"): .createMultipartUpload
    case "POST" where query.contains("uploadId"): .completeMultipartUpload
    case "OPTIONS": .preflight
    default: nil
    }
  }

  private static func onBucket(_ method: String, _ query: Set<String>) -> S3Operation? {
    if let kind = DocumentKind.allCases.first(where: { query.contains($0.subresource) }) {
      return of(method, kind)
    }
    switch method {
    case "HEAD": return .headBucket
    case "PUT": return query.isEmpty ? .createBucket : nil
    case "DELETE": return query.isEmpty ? .deleteBucket : nil
    case "POST": return query.contains("delete") ? .deleteObjects : .putObject
    case "GET" where query.contains("versions"): return .listObjectVersions
    case "GET" where query.contains("uploads"): return .listMultipartUploads
    case "GET" where query.contains("object-lock"): return .getObjectLockConfiguration
    case "GET": return .listObjectsV2
    default: return nil
    }
  }

  /// Returns the operation that reads (GET), writes (PUT) or removes (DELETE) a document of a bucket.
  static func of(_ method: String, _ kind: DocumentKind) -> S3Operation? {
    let read: S3Operation, written: S3Operation
    var removed: S3Operation?
    switch kind {
    case .publicAccessBlock:
      (read, written, removed) = (.getPublicAccessBlock, .putPublicAccessBlock, .deletePublicAccessBlock)
    case .ownership:
      read = .getBucketOwnershipControls
      (written, removed) = (.putBucketOwnershipControls, .deleteBucketOwnershipControls)
    case .versioning: (read, written) = (.getBucketVersioning, .putBucketVersioning)
    case .encryption: (read, written, removed) = (.getBucketEncryption, .putBucketEncryption, .deleteBucketEncryption)
    case .lifecycle:
      read = .getBucketLifecycleConfiguration
      (written, removed) = (.putBucketLifecycleConfiguration, .deleteBucketLifecycle)
    case .policy: (read, written, removed) = (.getBucketPolicy, .putBucketPolicy, .deleteBucketPolicy)
    case .cors: (read, written, removed) = (.getBucketCors, .putBucketCors, .deleteBucketCors)
    case .logging: (read, written) = (.getBucketLogging, .putBucketLogging)
    case .notification: (read, written) = (.getBucketNotificationConfiguration, .putBucketNotificationConfiguration)
    }
    return ["GET": read, "PUT": written, "DELETE": removed][method] ?? nil
  }
}
