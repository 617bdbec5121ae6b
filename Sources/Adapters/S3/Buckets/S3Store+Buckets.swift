internal import HTTP
internal import Signing
public import Storage
internal import XML

extension S3Store {
  /// Creates a bucket in the configured region.
  public func createBucket(_ bucket: String) throws(StoreError) { try createBucket(bucket, isAccountRegional: false) }

  /// Creates a bucket in the configured region, if `isAccountRegional` with a name that AWS reserves for the account.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
  public func createBucket(_ bucket: String, isAccountRegional: Bool) throws(StoreError) {
    var call = S3Call(method: "PUT", bucket: bucket)
    if isAccountRegional { call.headers.append(("x-amz-bucket-namespace", "account-regional")) }
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

  /// Returns the names of the buckets that belong to the account, up to 10,000 of them.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
  public func bucketNames() throws(StoreError) -> [String] {
    let list = try document(S3Call(method: "GET"))
    return (list["Buckets"]?.children ?? []).compactMap { $0.text(of: "Name") }
  }

  /// Deletes an empty bucket; throws `invalidRequest` if the bucket has objects.
  public func deleteBucket(_ bucket: String) throws(StoreError) {
    do {
      _ = try send(S3Call(method: "DELETE", bucket: bucket))
    } catch .noSuchBucket {}
  }

  /// Enables or suspends versioning.
  public func setVersioning(_ isEnabled: Bool, of bucket: String) throws(StoreError) {
    try setDocument(.versioning, .object(["Status": .text(isEnabled ? "Enabled" : "Suspended")]), of: bucket)
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
}
