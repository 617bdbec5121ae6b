/// Where the bytes live and how to speak with it.
public struct StoreSettings: Sendable {
  /// The servers whose habits are known.
  public enum Kind: String, Sendable, CaseIterable {
    /// The servers that FINDINGS and README name.
    case aws, minio, seaweedfs, ceph, r2
  }
  /// How a bucket stands in a URL.
  public enum Addressing: String, Sendable, CaseIterable {
    /// `https://host/bucket/key`
    case path
    /// `https://bucket.host/key`
    case virtual
  }

  /// What a store does with the SHA-256 that an upload declares.
  public enum Checksums: String, Sendable, CaseIterable {
    /// Refuses other bytes: the checksum is signed into the URL.
    case verified
    /// Nothing, as Ceph before release 20: only the worker compares.
    case ignored
  }

  /// What a store does with header fields that whoever sends a presigned request adds to those that were signed.
  public enum UnsignedHeaders: String, Sendable, CaseIterable {
    /// Refuses the request where one begins with `x-amz-`, as AWS and SeaweedFS 4 do.
    case refused
    /// Does what they say, as Ceph does: an upload may become a copy of anything that the signer may read.
    case obeyed
  }

  /// The access control list that uploads are signed with.
  public enum UploadACL: String, Sendable, CaseIterable {
    /// `private`: the store refuses every other.
    case `private`
    /// None is signed, for stores that have no lists, or on which they are switched off.
    case none
  }

  /// The keys that URLs for uploads are signed with, where those are not the node's own.
  public struct UploadKeys: Sendable {
    /// The access key.
    public var accessKey: String
    /// The secret key.
    public var secretKey: Secret

    /// Both; `Assembly` reads them from the configuration.
    public init(accessKey: String, secretKey: Secret) {
      self.accessKey = accessKey
      self.secretKey = secretKey
    }
  }

  /// Default aws.
  public var kind: Kind
  /// The server as this node reaches it, without a trailing slash.
  public var url: String
  /// The server as browsers reach it: presigned URLs name it; default `url`.
  public var publicURL: String
  /// The region in signatures.
  public var region: String
  /// How a bucket stands in a URL.
  public var addressing: Addressing
  /// The access key.
  public var accessKey: String
  /// The secret key.
  public var secretKey: Secret
  /// The session token of temporary credentials.
  public var sessionToken: Secret?
  /// The certificate authorities that `https` URLs are checked against, or nil for the system's.
  public var caFile: String?
  /// What the store does with declared checksums; default verified, on ceph ignored.
  public var checksums: Checksums
  /// What the store does with header fields that were not signed; default obeyed, on aws, r2 and seaweedfs refused.
  public var unsignedHeaders: UnsignedHeaders
  /// The access control list that uploads are signed with; default private, on aws and r2 none.
  public var uploadACL: UploadACL
  /// Keys that may write uploads and read nothing, or nil for the node's own.
  public var uploadKeys: UploadKeys?

  /// All of it; `Assembly` reads it from the configuration.
  public init(
    kind: Kind,
    url: String,
    publicURL: String,
    region: String,
    addressing: Addressing,
    accessKey: String,
    secretKey: Secret,
    sessionToken: Secret?,
    caFile: String?,
    checksums: Checksums,
    unsignedHeaders: UnsignedHeaders,
    uploadACL: UploadACL,
    uploadKeys: UploadKeys?
  ) {
    self.kind = kind
    self.url = url
    self.publicURL = publicURL
    self.region = region
    self.addressing = addressing
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.caFile = caFile
    self.checksums = checksums
    self.unsignedHeaders = unsignedHeaders
    self.uploadACL = uploadACL
    self.uploadKeys = uploadKeys
  }
}

/// The names of the four buckets.
public struct BucketNames: Sendable {
  /// Uploads as they came; versioned and private.
  public var raw: String
  /// Variants.
  public var processed: String
  /// Backups of the database.
  public var backups: String
  /// Access logs.
  public var logs: String
  /// All four.
  public var all: [String] { [raw, processed, backups, logs] }

  /// All of it; `Assembly` reads it from the configuration.
  public init(raw: String, processed: String, backups: String, logs: String) {
    self.raw = raw
    self.processed = processed
    self.backups = backups
    self.logs = logs
  }
}
