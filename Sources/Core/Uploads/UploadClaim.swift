/// The facts that a client declares about a file before the upload, checked against the upload policy.
///
/// ```swift
/// let claim = try UploadClaim(
///   filename: "photo.jpg", size: 204_800, contentType: "image/jpeg", visibility: "public", policy: UploadPolicy())
/// claim.type  // .checked(.jpeg)
/// ```
public struct UploadClaim: Hashable, Sendable {
  /// The name by which the owner knows the file.
  public let filename: FileName
  /// The length of the file in bytes, at least 1.
  public let size: Int64
  /// The type of the file.
  public let type: UploadType
  /// The SHA-256 of the file, or nil if the client declared none.
  public let sha256: SHA256Digest?
  /// The group of users who may view the images of the file; default: private.
  public let visibility: Visibility

  /// Throws `invalidRequest`, `tooLarge`, `typeNotAllowed` or `typeContradicted` if the policy refuses a value.
  ///
  /// The order of the checks is: name, size, type, digest, visibility.
  public init(
    filename: String,
    size: Int64,
    contentType: String,
    sha256: String? = nil,
    visibility: String? = nil,
    policy: UploadPolicy
  ) throws(StorageError) {
    self.filename = try FileName(filename)
    guard size >= 1 else { throw .invalidRequest("size: must be at least 1 byte") }
    guard size <= policy.maximumBytes else { throw .tooLarge(limit: policy.maximumBytes) }
    self.size = size
    type = try policy.type(claimed: contentType, of: self.filename)
    self.sha256 = try sha256.map { (text) throws(StorageError) in
      guard let digest = SHA256Digest(hexadecimal: text) else {
        throw .invalidRequest("sha256: must be 64 hexadecimal digits")
      }
      return digest
    }
    self.visibility =
      try visibility.map { (text) throws(StorageError) in try Visibility(claimed: text) } ?? .private
  }
}

/// The rules for uploads: accepted types, sizes, and the lifetimes of upload URLs.
public struct UploadPolicy: Hashable, Sendable {
  /// The accepted types, in the order in which an error message lists them.
  public var types: [FileType]
  /// The accepted plain types, which are kept without a check of their structure; default: none.
  public var plainTypes: [PlainType]
  /// The largest accepted file, in bytes; default: 50 MB.
  public var maximumBytes: Int64
  /// The largest file that a client uploads in a single PUT, in bytes; default: 10 MB.
  public var singlePutMaximumBytes: Int64
  /// The maximum lifetime of a presigned URL, in seconds.
  public static let maximumURLSeconds = 900
  /// The time after the end of an upload URL in which Stowage still accepts the upload, in seconds.
  public static let graceSeconds = 3600

  /// The lifetime of a multipart upload, in seconds; each of its URLs is valid for at most `urlSeconds`.
  public static let multipartSeconds = 86_400

  /// The lifetime of a presigned URL, in seconds; default and maximum: 900.
  public var urlSeconds: Int
  /// The maximum number of open uploads of one user, or 0 for no limit; default: 100.
  public var maximumOpen: Int
  /// True if a declared digest is signed into the URL of a single PUT; default: true.
  ///
  /// The worker compares the digest in both cases.
  public var signsChecksums: Bool
  /// True if `x-amz-acl: private` is signed into uploads; default: false, as with `UploadACL.none`.
  public var signsACL: Bool
  /// True if upload URLs are signed so that a sender cannot turn the upload into a copy of another object.
  ///
  /// Default: false, for stores that refuse unsigned header fields.
  public var guardsCopies: Bool
  /// The treatment of documents with active content; default: `refuse`.
  public var activeContent: ActiveContentPolicy

  /// Creates a policy; the default arguments are the product's defaults.
  public init(
    types: [FileType] = FileType.defaults,
    plainTypes: [PlainType] = [],
    maximumBytes: Int64 = 50 << 20,
    singlePutMaximumBytes: Int64 = 10 << 20,
    urlSeconds: Int = 900,
    maximumOpen: Int = 100,
    signsChecksums: Bool = true,
    signsACL: Bool = false,
    guardsCopies: Bool = false,
    activeContent: ActiveContentPolicy = .refuse
  ) {
    self.types = types
    self.plainTypes = plainTypes
    self.maximumBytes = maximumBytes
    self.singlePutMaximumBytes = singlePutMaximumBytes
    self.urlSeconds = urlSeconds
    self.maximumOpen = maximumOpen
    self.signsChecksums = signsChecksums
    self.signsACL = signsACL
    self.guardsCopies = guardsCopies
    self.activeContent = activeContent
  }
}
