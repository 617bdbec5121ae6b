/// What a client says of a file before it uploads it, already judged by the policy.
public struct UploadClaim: Hashable, Sendable {
  /// The name its owner knows it by.
  public let filename: FileName
  /// Its length in bytes, at least 1.
  public let size: Int64
  /// Its type.
  public let type: FileType
  /// Its digest, where the client gave one.
  public let sha256: SHA256Digest?
  /// Who may look at its images.
  public let visibility: Visibility

  /// Throws what the policy says against the claim: the first of name, size, type, digest, visibility.
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
    guard let type = FileType(contentType: contentType, filename: filename), policy.types.contains(type) else {
      throw .typeNotAllowed(accepted: policy.types.map(\.contentType))
    }
    self.type = type
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

/// What uploads are accepted, and for how long their URLs live.
public struct UploadPolicy: Hashable, Sendable {
  /// The accepted types, in the order a refusal names them.
  public var types: [FileType]
  /// The largest file, in bytes; default 50 MB.
  public var maximumBytes: Int64
  /// The largest file that goes up in one PUT, in bytes; default 10 MB.
  public var singlePutMaximumBytes: Int64
  /// The longest that a presigned URL may live, in seconds.
  public static let maximumURLSeconds = 900
  /// How long after its URL's end an upload may still arrive, in seconds.
  public static let graceSeconds = 3600

  /// How long a multipart upload lives, in seconds; each of its URLs lives no longer than `urlSeconds`.
  public static let multipartSeconds = 86_400

  /// How long a presigned URL lives, in seconds; default and maximum 900.
  public var urlSeconds: Int
  /// How many uploads a user may have under way at once; 0 is any number, default 100.
  public var maximumOpen: Int
  /// Whether a claimed digest is signed into a single PUT's URL; default true.
  ///
  /// The worker compares it either way.
  public var signsChecksums: Bool
  /// Whether `x-amz-acl: private` is signed into uploads; default false, as `UploadACL.none`.
  public var signsACL: Bool
  /// Whether uploads are signed so that nobody can make a copy of them; default false, for a store that refuses what was not
  /// signed.
  public var guardsCopies: Bool
  /// What becomes of documents with active content; default `refuse`.
  public var activeContent: ActiveContentPolicy

  /// A policy; the defaults are the product's.
  public init(
    types: [FileType] = FileType.allCases,
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
