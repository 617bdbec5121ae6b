/// The signed cookies that private and premium images are looked at with.
public struct CookieSettings: Sendable {
  /// The hash under a signature.
  public enum Hash: String, Sendable, CaseIterable {
    /// CloudFront takes either, also with ECDSA.
    case sha256, sha1
  }

  /// One half of a key pair.
  public struct KeyFile: Hashable, Sendable {
    /// What CloudFront, and each cookie, calls the pair.
    public var identifier: String
    /// A PEM file.
    public var path: String

    /// A key in a file.
    public init(identifier: String, path: String) {
      self.identifier = identifier
      self.path = path
    }

    /// Nil where `text` is not `identifier=/absolute/path`, the identifier of up to 64 letters, digits, `-` and `_`.
    public init?(_ text: String) {
      guard let match = text.wholeMatch(of: /([A-Za-z0-9_\-]{1,64})=(\/.+)/) else { return nil }
      self.init(identifier: String(match.1), path: String(match.2))
    }
  }

  /// The private key that cookies are signed with, or nil: then nobody gets any.
  public var signingKey: KeyFile?
  /// The public keys of further pairs whose cookies count.
  public var keys: [KeyFile]
  /// Default SHA-256.
  public var hash: Hash
  /// How long cookies live, in seconds; default an hour.
  public var seconds: Int
  /// The cookies' `Domain`, or nil for the API's own host alone.
  public var domain: String?

  /// All of it; `Assembly` reads it from the configuration.
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

/// The CloudFront distribution that images are withdrawn from.
public struct CloudFrontSettings: Sendable {
  /// Its identifier.
  public var distribution: String
  /// The API's address.
  public var url: String
  /// The access key of a user who may create invalidations.
  public var accessKey: String
  /// The secret key to it.
  public var secretKey: Secret
  /// The token of temporary credentials.
  public var sessionToken: Secret?

  /// All of it; `Assembly` reads it from the configuration.
  public init(distribution: String, url: String, accessKey: String, secretKey: Secret, sessionToken: Secret?) {
    self.distribution = distribution
    self.url = url
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
  }
}
