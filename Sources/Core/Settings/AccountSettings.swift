/// The plan and quota of a new user; a user is created with the first valid token.
public struct AccountDefaults: Sendable {
  /// The plan of a new user; default: standard.
  public var plan: Plan
  /// The quota of a new user, in bytes; default: 5 GB.
  public var quotaBytes: Int64

  /// The permitted quotas, in bytes: up to 1,024 TB.
  public static let quotaRange: ClosedRange<Int64> = 0...(1 << 50)

  /// Creates defaults with this plan and quota.
  public init(plan: Plan = .standard, quotaBytes: Int64 = 5 << 30) {
    self.plan = plan
    self.quotaBytes = quotaBytes
  }
}

/// The source of the user's identity in a request.
public enum IdentitySource: String, Sendable, CaseIterable {
  /// A JSON Web Token in the request.
  case jwt
  /// nginx, which asks the login of the application (`auth_request`) and forwards the user's identity.
  case nginx
}

/// The source of the user's identity, and the rules for bearer tokens.
public struct TokenSettings: Sendable {
  /// The location of the public keys for tokens.
  public enum Keys: Sendable {
    /// The path of a file with a PEM public key, a JWK or a JWK set.
    case file(String)
    /// An https URL of such a file; `caFile` is a PEM file of certificate authorities that replaces the system's.
    case url(String, caFile: String?)
  }

  /// The source of the user's identity; default: jwt.
  public var identity: IdentitySource
  /// The keys that verify tokens; nil only if the process verifies no tokens.
  public var keys: Keys?
  /// The claim that names the user; default: `sub`.
  public var userClaim: String
  /// The required value of `iss` in a token, or nil for any value.
  public var issuer: String?
  /// The required value of `aud` in a token, or nil for any value.
  public var audience: String?
  /// The tolerated difference between clocks, in seconds; default: 60.
  public var leewaySeconds: Int
  /// The name of a cookie that can carry the token on the routes of Uppy, or nil to accept no cookie.
  public var cookie: String?

  /// The roles that may list the files of all users; default: every role; empty: nobody may.
  public var listingRoles: [Role]

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(
    identity: IdentitySource = .jwt,
    keys: Keys?,
    userClaim: String = "sub",
    issuer: String?,
    audience: String?,
    leewaySeconds: Int,
    cookie: String? = nil,
    listingRoles: [Role] = Role.allCases
  ) {
    self.identity = identity
    self.keys = keys
    self.userClaim = userClaim
    self.issuer = issuer
    self.audience = audience
    self.leewaySeconds = leewaySeconds
    self.cookie = cookie
    self.listingRoles = listingRoles
  }
}
