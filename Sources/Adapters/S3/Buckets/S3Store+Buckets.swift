internal import HTTP
internal import Signing
public import Storage

/// Which origins' pages may use a bucket, and how.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html
public struct CORSRule: Hashable, Sendable {
  /// Origins, such as `https://app.example.com`.
  public var origins: [String]
  /// Methods, such as `PUT`.
  public var methods: [String]
  /// Request header fields; `*` stands for any characters.
  public var headers: [String]
  /// Response header fields that a page may read.
  public var exposedHeaders: [String]
  /// How long a browser may remember the preflight's answer; seconds.
  public var maximumAge: Int

  /// A rule for browsers that upload with presigned URLs, unless other fields are given.
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

/// What keeps a bucket and its objects from the public, whatever their access control lists and the bucket's policy say.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html
public struct PublicAccessBlock: Hashable, Sendable {
  /// Whether a PUT with a public list is refused; on Ceph, every PUT that has a list.
  public var blocksACLs: Bool
  /// Whether public lists count for nothing, also those of before.
  public var ignoresACLs: Bool
  /// Whether a public policy is refused.
  public var blocksPolicy: Bool
  /// Whether a public policy lets only the account in.
  public var restrictsBuckets: Bool

  /// All of it.
  public static let everything = PublicAccessBlock(
    blocksACLs: true,
    ignoresACLs: true,
    blocksPolicy: true,
    restrictsBuckets: true
  )
  /// All but refusing lists.
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
  /// Makes a bucket in the configured region.
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

  /// Whether the bucket exists; `accessDenied` where it is not ours to use.
  public func bucketExists(_ bucket: String) throws(StoreError) -> Bool {
    do {
      _ = try send(S3Call(method: "HEAD", bucket: bucket))
      return true
    } catch .notFound {
      return false
    }
  }

  /// Removes an empty bucket; `invalidRequest` where it is not empty.
  public func deleteBucket(_ bucket: String) throws(StoreError) {
    do {
      _ = try send(S3Call(method: "DELETE", bucket: bucket))
    } catch .noSuchBucket {}
  }

  /// Turns the keeping of versions on, or suspends it.
  public func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError) {
    let status = "<Status>\(isEnabled ? "Enabled" : "Suspended")</Status>"
    let xml = "<VersioningConfiguration xmlns=\"\(namespace)\">\(status)</VersioningConfiguration>"
    try configure(bucket, "versioning", xml)
  }

  /// Whether the bucket keeps versions now; false, too, on a store that knows no such setting.
  public func isVersioned(_ bucket: String) throws(StoreError) -> Bool { try versioning(of: bucket) == "Enabled" }

  /// `Enabled` or `Suspended`; nil where versions were never kept.
  func versioning(of bucket: String) throws(StoreError) -> String? {
    do throws(StoreError) {
      return try document(S3Call(method: "GET", bucket: bucket, query: [("versioning", "")])).content(of: "Status")
    } catch {
      guard error.isNotOffered else { throw error }
      return nil
    }
  }

  /// Keeps the bucket and its objects from the public; false where the store has no such thing, or does not say of it then
  /// what was set.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
  public func blockPublicAccess(_ block: PublicAccessBlock, to bucket: String) throws(StoreError) -> Bool {
    let xml = "<PublicAccessBlockConfiguration xmlns=\"\(namespace)\">\(block.xml)</PublicAccessBlockConfiguration>"
    do {
      try configure(bucket, "publicAccessBlock", xml)
      let found = try document(S3Call(method: "GET", bucket: bucket, query: [("publicAccessBlock", "")]))
      return block.members.allSatisfy { !$0.isSet || found.text(of: $0.name)?.lowercased() == "true" }
    } catch .invalidRequest(let code, let message) {
      // A store that does not know the word takes the request for one that makes the bucket.
      guard ["NotImplemented", "MethodNotAllowed"].contains(code) || code.hasPrefix("BucketAlready") else {
        throw .invalidRequest(code: code, message: message)
      }
      return false
    }
  }

  /// Whether objects of the bucket can be locked, so that no one can delete them; false also where the store does not tell us.
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

  /// Lets no other origin's page use the bucket.
  public func removeCORS(of bucket: String) throws(StoreError) {
    do {
      _ = try send(S3Call(method: "DELETE", bucket: bucket, query: [("cors", "")]))
    } catch .notFound {}
  }

  /// Whether a browser would let a page of `origin` PUT objects into the bucket, asked as browsers do.
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
