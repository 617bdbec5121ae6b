/// The settings of the signed cookies that give access to private and premium images.
public struct CookieSettings: Sendable {
  /// The hash function of a cookie's signature.
  public enum Hash: String, Sendable, CaseIterable {
    /// CloudFront accepts both, with RSA and with ECDSA keys.
    case sha256, sha1
  }

  /// The file of one key, private or public, of a key pair.
  public struct KeyFile: Hashable, Sendable {
    /// The identifier of the key pair in CloudFront and in each cookie.
    public var identifier: String
    /// The path of the PEM file.
    public var path: String

    /// Creates a reference to a key file.
    public init(identifier: String, path: String) {
      self.identifier = identifier
      self.path = path
    }

    /// Nil unless `text` is `identifier=/absolute/path`; an identifier has 1 to 64 letters, digits, `-` and `_`.
    public init?(_ text: String) {
      guard let match = text.wholeMatch(of: /([A-Za-z0-9_\-]{1,64})=(\/.+)/) else { return nil }
      self.init(identifier: String(match.1), path: String(match.2))
    }
  }

  /// The private key that signs cookies, or nil to issue no cookies.
  public var signingKey: KeyFile?
  /// The public keys of other key pairs whose cookies are accepted.
  public var keys: [KeyFile]
  /// The hash function of signatures; default: SHA-256.
  public var hash: Hash
  /// The lifetime of a cookie, in seconds; default: one hour.
  public var seconds: Int
  /// The `Domain` attribute of the cookies, or nil to limit the cookies to the host of the API.
  public var domain: String?

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(
    signingKey: KeyFile? = nil,
    keys: [KeyFile] = [],
    hash: Hash = .sha256,
    seconds: Int = 3600,
    domain: String? = nil
  ) {
    self.signingKey = signingKey
    self.keys = keys
    self.hash = hash
    self.seconds = seconds
    self.domain = domain
  }
}

/// The CloudFront distribution that serves images, whose cache Stowage invalidates.
public struct CloudFrontSettings: Sendable {
  /// The identifier of the distribution.
  public var distribution: String
  /// The URL of the CloudFront API.
  public var url: String
  /// The access keys of an IAM user who may create invalidations; nil for the credentials of the store.
  public var keys: StoreSettings.AccessKeys?

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(distribution: String, url: String, keys: StoreSettings.AccessKeys?) {
    self.distribution = distribution
    self.url = url
    self.keys = keys
  }
}
