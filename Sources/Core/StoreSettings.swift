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
    checksums: Checksums
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
