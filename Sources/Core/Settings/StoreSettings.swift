/// The address, credentials and behaviour of the object store.
public struct StoreSettings: Sendable {
  /// The kinds of store whose behaviour is known.
  public enum Kind: String, Sendable, CaseIterable {
    /// The servers that docs/stores.md describes.
    case aws, minio, seaweedfs, ceph, r2
  }
  /// The position of the bucket name in a URL.
  public enum Addressing: String, Sendable, CaseIterable {
    /// `https://host/bucket/key`
    case path
    /// `https://bucket.host/key`
    case virtual
  }

  /// The way in which a store treats the SHA-256 that an upload declares.
  public enum Checksums: String, Sendable, CaseIterable {
    /// The store refuses bytes with another SHA-256; the checksum is signed into the upload URL.
    case verified
    /// The store ignores the checksum, as Ceph does before release 20; only the worker compares it.
    case ignored
  }

  /// The way in which a store treats header fields of a presigned request that the signature does not cover.
  public enum UnsignedHeaders: String, Sendable, CaseIterable {
    /// The store refuses a request with an unsigned `x-amz-` field, as AWS and SeaweedFS 4 do.
    case refused
    /// The store obeys unsigned fields, as Ceph does; a sender can turn an upload into a copy of any object the signer
    /// can read.
    case obeyed
  }

  /// The access control list (ACL) that upload URLs are signed with.
  public enum UploadACL: String, Sendable, CaseIterable {
    /// `private`: the signature covers this ACL, so the store refuses any other.
    case `private`
    /// No ACL is signed, for stores that do not support ACLs or have them disabled.
    case none
  }

  /// Access keys that the configuration contains.
  public struct AccessKeys: Sendable {
    /// The access key.
    public var accessKey: String
    /// The secret key.
    public var secretKey: Secret
    /// The session token of temporary credentials, or nil.
    public var sessionToken: Secret?

    /// Creates the keys from values that `Assembly` read from the configuration.
    public init(accessKey: String, secretKey: Secret, sessionToken: Secret? = nil) {
      self.accessKey = accessKey
      self.secretKey = secretKey
      self.sessionToken = sessionToken
    }
  }

  /// The kind of store; default: aws.
  public var kind: Kind
  /// The URL of the store as this node reaches it, without a trailing slash.
  public var url: String
  /// The URL of the store as browsers reach it, which presigned URLs contain; default: `url`.
  public var publicURL: String
  /// The region in signatures.
  public var region: String
  /// The position of the bucket name in a URL.
  public var addressing: Addressing
  /// The access keys of the node; nil to obtain them as AWS's SDKs do, by `providerVariables`.
  public var keys: AccessKeys?
  /// The variables that say where credentials come from: all whose names begin with `AWS_`, and `HOME`.
  public var providerVariables: [String: Secret]
  /// The PEM file of certificate authorities for `https` URLs, or nil for the system's authorities.
  public var caFile: String?
  /// The treatment of declared checksums; default: verified, but ignored for ceph.
  public var checksums: Checksums
  /// The treatment of unsigned header fields; default: obeyed, but refused for aws, r2 and seaweedfs.
  public var unsignedHeaders: UnsignedHeaders
  /// The ACL that upload URLs are signed with; default: private, but none for aws and r2.
  public var uploadACL: UploadACL
  /// Access keys that can write uploads but not read, or nil to sign with the keys of the node.
  public var uploadKeys: AccessKeys?
  /// The 12 digits of the AWS account that owns the buckets, or nil.
  public var account: String?
  /// The path of the file with the store's capabilities, which `stowage doctor --store --json` wrote, or nil.
  public var capabilities: String?

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(
    kind: Kind,
    url: String,
    publicURL: String,
    region: String,
    addressing: Addressing,
    keys: AccessKeys?,
    providerVariables: [String: Secret] = [:],
    caFile: String?,
    checksums: Checksums,
    unsignedHeaders: UnsignedHeaders,
    uploadACL: UploadACL,
    uploadKeys: AccessKeys?,
    account: String? = nil,
    capabilities: String? = nil
  ) {
    self.kind = kind
    self.url = url
    self.publicURL = publicURL
    self.region = region
    self.addressing = addressing
    self.keys = keys
    self.providerVariables = providerVariables
    self.caFile = caFile
    self.checksums = checksums
    self.unsignedHeaders = unsignedHeaders
    self.uploadACL = uploadACL
    self.uploadKeys = uploadKeys
    self.account = account
    self.capabilities = capabilities
  }
}

/// The names of the four buckets.
public struct BucketNames: Sendable {
  /// The versioned, private bucket of uploads as clients sent them.
  public var raw: String
  /// The bucket of variants.
  public var processed: String
  /// The bucket of database backups.
  public var backups: String
  /// The bucket of access logs.
  public var logs: String
  /// The names of all four buckets.
  public var all: [String] { [raw, processed, backups, logs] }

  /// Creates the names from values that `Assembly` read from the configuration.
  public init(raw: String, processed: String, backups: String, logs: String) {
    self.raw = raw
    self.processed = processed
    self.backups = backups
    self.logs = logs
  }
}
