internal import HTTP
internal import Signing
public import Storage

/// A CORS rule: the origins whose pages may use a bucket, and the methods and headers allowed to these pages.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html
public struct CORSRule: Hashable, Sendable {
  /// Origins, such as `https://app.example.com`.
  public var origins: [String]
  /// Methods, such as `PUT`.
  public var methods: [String]
  /// Allowed request header fields; `*` matches any characters.
  public var headers: [String]
  /// Response header fields that a page may read.
  public var exposedHeaders: [String]
  /// How long a browser may cache the preflight response, in seconds.
  public var maximumAge: Int

  /// Creates a rule; the default values suit browsers that upload with presigned URLs.
  public init(
    origins: [String],
    methods: [String] = ["PUT"],
    headers: [String] = ["content-type", "if-none-match", "x-amz-*"],
    exposedHeaders: [String] = ["ETag"],
    maximumAge: Int = 3600
  ) {
    self.origins = origins
    self.methods = methods
    self.headers = headers
    self.exposedHeaders = exposedHeaders
    self.maximumAge = maximumAge
  }

  fileprivate var xml: String {
    func elements(_ name: String, _ values: [String]) -> String {
      values.map { "<\(name)>\(xmlEscape($0))</\(name)>" }.joined()
    }
    return "<CORSRule>" + elements("AllowedOrigin", origins) + elements("AllowedMethod", methods)
      + elements("AllowedHeader", headers) + elements("ExposeHeader", exposedHeaders)
      + "<MaxAgeSeconds>\(maximumAge)</MaxAgeSeconds></CORSRule>"
  }
}

/// The settings that block public access to a bucket, whatever its access control lists (ACLs) and its policy grant.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html
public struct PublicAccessBlock: Hashable, Sendable {
  /// True if a PUT with a public ACL is rejected; Ceph rejects every PUT with an ACL.
  public var blocksACLs: Bool
  /// True if public ACLs have no effect, including existing ones.
  public var ignoresACLs: Bool
  /// True if a public bucket policy is rejected.
  public var blocksPolicy: Bool
  /// True if a public bucket policy grants access to the account only.
  public var restrictsBuckets: Bool

  /// All four settings.
  public static let everything = PublicAccessBlock(
    blocksACLs: true,
    ignoresACLs: true,
    blocksPolicy: true,
    restrictsBuckets: true
  )
  /// All settings except `blocksACLs`.
  public static let ignoringACLs = PublicAccessBlock(
    blocksACLs: false,
    ignoresACLs: true,
    blocksPolicy: true,
    restrictsBuckets: true
  )

  fileprivate var members: [(name: String, isSet: Bool)] {
    [
      ("BlockPublicAcls", blocksACLs), ("IgnorePublicAcls", ignoresACLs), ("BlockPublicPolicy", blocksPolicy),
      ("RestrictPublicBuckets", restrictsBuckets),
    ]
  }

  fileprivate var xml: String { members.map { "<\($0.name)>\($0.isSet)</\($0.name)>" }.joined() }
}

extension S3Store {
  /// Creates a bucket in the configured region.
  public func createBucket(_ bucket: String) throws(StoreError) {
    var call = S3Call(method: "PUT", bucket: bucket)
    if !["", "us-east-1", "auto"].contains(configuration.region) {
      let constraint = "<LocationConstraint>\(xmlEscape(configuration.region))</LocationConstraint>"
      call.setBody(
        Array("<CreateBucketConfiguration xmlns=\"\(namespace)\">\(constraint)</CreateBucketConfiguration>".utf8)
      )
    }
    do {
      _ = try send(call)
    } catch .invalidRequest(let code, let message) {
      guard code.hasPrefix("BucketAlready") else { throw .invalidRequest(code: code, message: message) }
      guard try bucketExists(bucket) else { throw .accessDenied(detail: "the bucket is another account's") }
    }
  }

  /// True if the bucket exists; throws `accessDenied` if the account may not use the bucket.
  public func bucketExists(_ bucket: String) throws(StoreError) -> Bool {
    do {
      _ = try send(S3Call(method: "HEAD", bucket: bucket))
      return true
    } catch .notFound {
      return false
    }
  }

  /// Deletes an empty bucket; throws `invalidRequest` if the bucket has objects.
  public func deleteBucket(_ bucket: String) throws(StoreError) {
    do {
      _ = try send(S3Call(method: "DELETE", bucket: bucket))
    } catch .noSuchBucket {}
  }

  /// Enables or suspends versioning.
  public func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError) {
    let status = "<Status>\(isEnabled ? "Enabled" : "Suspended")</Status>"
    let xml = "<VersioningConfiguration xmlns=\"\(namespace)\">\(status)</VersioningConfiguration>"
    try configure(bucket, "versioning", xml)
  }

  /// True if versioning is enabled; false if the store does not support versioning.
  public func isVersioned(_ bucket: String) throws(StoreError) -> Bool { try versioning(of: bucket) == "Enabled" }

  /// Returns `Enabled` or `Suspended`; nil if versioning was never enabled or is not supported.
  func versioning(of bucket: String) throws(StoreError) -> String? {
    do throws(StoreError) {
      return try document(S3Call(method: "GET", bucket: bucket, query: [("versioning", "")])).content(of: "Status")
    } catch {
      guard error.isNotOffered else { throw error }
      return nil
    }
  }

  /// Blocks public access to a bucket; returns false if the store does not support that or does not report the setting
  /// afterwards.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
  public func blockPublicAccess(_ block: PublicAccessBlock, to bucket: String) throws(StoreError) -> Bool {
    let xml = "<PublicAccessBlockConfiguration xmlns=\"\(namespace)\">\(block.xml)</PublicAccessBlockConfiguration>"
    do {
      try configure(bucket, "publicAccessBlock", xml)
      let found = try document(S3Call(method: "GET", bucket: bucket, query: [("publicAccessBlock", "")]))
      return block.members.allSatisfy { !$0.isSet || found.text(of: $0.name)?.lowercased() == "true" }
    } catch .invalidRequest(let code, let message) {
      // A store without this feature handles the request as one that creates the bucket.
      guard ["NotImplemented", "MethodNotAllowed"].contains(code) || code.hasPrefix("BucketAlready") else {
        throw .invalidRequest(code: code, message: message)
      }
      return false
    }
  }

  /// True if the bucket has object lock, which can prevent deletion; false if the store does not report it.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
  public func hasObjectLock(_ bucket: String) throws(StoreError) -> Bool {
    do {
      let call = S3Call(method: "GET", bucket: bucket, query: [("object-lock", "")])
      return try document(call).text(of: "ObjectLockEnabled") == "Enabled"
    } catch {
      switch error {
      case .notFound, .invalidRequest, .accessDenied: return false
      default: throw error
      }
    }
  }

  /// Replaces the bucket's CORS rules.
  public func setCORS(_ rules: [CORSRule], of bucket: String) throws(StoreError) {
    try configure(
      bucket,
      "cors",
      "<CORSConfiguration xmlns=\"\(namespace)\">\(rules.map(\.xml).joined())</CORSConfiguration>"
    )
  }

  /// Removes the CORS rules, so that no page of another origin can use the bucket.
  public func removeCORS(of bucket: String) throws(StoreError) {
    do {
      _ = try send(S3Call(method: "DELETE", bucket: bucket, query: [("cors", "")]))
    } catch .notFound {}
  }

  /// True if the bucket allows uploads (PUT) from pages of `origin`; sends a preflight as browsers do.
  ///
  /// Source: https://fetch.spec.whatwg.org/#http-cors-protocol
  public func allowsUploads(from origin: String, to bucket: String) throws(StoreError) -> Bool {
    let preflight = [("origin", origin), ("access-control-request-method", "PUT")]
    let answer: HTTPResponse
    do throws(StoreError) {
      answer = try send(S3Call(method: "OPTIONS", bucket: bucket, key: "preflight", headers: preflight))
    } catch {
      switch error {
      case .unavailable, .timeout, .throttled, .tls: throw error
      default: return false
      }
    }
    let allowed = answer.head["access-control-allow-origin"]
    return allowed == "*" || allowed == origin
  }

  private func configure(_ bucket: String, _ subresource: String, _ xml: String) throws(StoreError) {
    var call = S3Call(method: "PUT", bucket: bucket, query: [(subresource, "")])
    call.setBody(Array(xml.utf8))
    call.headers = [("content-md5", contentMD5(Array(xml.utf8))), ("content-type", "application/xml")]
    _ = try send(call)
  }
}
