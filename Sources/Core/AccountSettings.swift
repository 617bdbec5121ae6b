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

/// How bearer tokens are judged.
public struct TokenSettings: Sendable {
  /// A PEM public key, a JWK or a JWK set.
  public var keyFile: String
  /// The `iss` that a token must have, or nil for any.
  public var issuer: String?
  /// The `aud` that a token must have, or nil for any.
  public var audience: String?
  /// How far clocks may differ, in seconds; default 60.
  public var leewaySeconds: Int
  /// The cookie that a token may come in on Uppy's routes, or nil for none.
  public var cookie: String?

  /// All of it; `Assembly` reads it from the configuration.
  public init(keyFile: String, issuer: String?, audience: String?, leewaySeconds: Int, cookie: String? = nil) {
    self.keyFile = keyFile
    self.issuer = issuer
    self.audience = audience
    self.leewaySeconds = leewaySeconds
    self.cookie = cookie
  }
}
