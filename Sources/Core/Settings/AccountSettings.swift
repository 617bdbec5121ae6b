/// What a user gets at the first valid token.
public struct AccountDefaults: Sendable {
  /// Default standard.
  public var plan: Plan
  /// In bytes; default 5 GB.
  public var quotaBytes: Int64

  /// What a quota may be, in bytes: up to 1,024 TB.
  public static let quotaRange: ClosedRange<Int64> = 0...(1 << 50)

  /// Defaults of this plan and quota.
  public init(plan: Plan = .standard, quotaBytes: Int64 = 5 << 30) {
    self.plan = plan
    self.quotaBytes = quotaBytes
  }
}

/// Who tells who a request speaks for.
public enum IdentitySource: String, Sendable, CaseIterable {
  /// A JSON Web Token that the request carries.
  case jwt
  /// nginx, which asks the application's own login and passes on what it says.
  case nginx
}

/// Who tells who a request speaks for, and how bearer tokens are judged.
public struct TokenSettings: Sendable {
  /// Where the keys are.
  public enum Keys: Sendable {
    /// A file with a PEM public key, a JWK or a JWK set.
    case file(String)
    /// An https URL of the same, and a PEM file of certification authorities instead of the system's.
    case url(String, caFile: String?)
  }

  /// Default jwt.
  public var identity: IdentitySource
  /// What tokens are checked with; nil only where no tokens are judged.
  public var keys: Keys?
  /// The `iss` that a token must have, or nil for any.
  public var issuer: String?
  /// The `aud` that a token must have, or nil for any.
  public var audience: String?
  /// How far clocks may differ, in seconds; default 60.
  public var leewaySeconds: Int
  /// The cookie that a token may come in on Uppy's routes, or nil for none.
  public var cookie: String?

  /// All of it; `Assembly` reads it from the configuration.
  public init(
    identity: IdentitySource = .jwt,
    keys: Keys?,
    issuer: String?,
    audience: String?,
    leewaySeconds: Int,
    cookie: String? = nil
  ) {
    self.identity = identity
    self.keys = keys
    self.issuer = issuer
    self.audience = audience
    self.leewaySeconds = leewaySeconds
    self.cookie = cookie
  }
}
