public import Core
public import Foundation

/// The session of an administrator's browser: a cookie that holds the token itself, so that nodes share no state.
///
/// Every request verifies the token again. A key that is taken away therefore ends the session on every node.
public struct AdminSession: Sendable {
  /// The cookie's name.
  ///
  /// The prefix makes browsers refuse it without `Secure`, with another path, or with a domain, so that a sibling host cannot set it.
  /// Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2
  public static let cookieName = "__Host-stowage-admin"
  /// The maximum lifetime of the cookie, in seconds.
  public static let maximumSeconds: TimeInterval = 8 * 3600
  /// The maximum length of a token, in bytes: browsers keep no cookie of more than 4,096.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6265#section-6.1
  public static let maximumTokenBytes = 3800

  private let authenticator: Authenticator
  private let role: Role

  /// Creates sessions for users with `role`.
  public init(authenticator: Authenticator, role: Role = .admin) {
    self.authenticator = authenticator
    self.role = role
  }

  /// Returns the rule by which the cookie stands for the token, in requests that pages of `origin` send.
  public static func rule(on origin: String) -> CookieRule { CookieRule(name: cookieName, origins: [origin]) }

  /// Returns the `Set-Cookie` header that begins a session with `token`.
  ///
  /// Throws `originNotAllowed` unless a page of `origin` sent the request; `unauthenticated` for a token that is not valid, too long, or
  /// about to end; and `forbidden` for a token without the role.
  public func begin(
    _ token: String,
    from sender: CookieSender,
    on origin: String,
    at now: Date
  ) throws(StorageError) -> (name: String, value: String) {
    try ApplicationPages(origins: [origin]).require(sender)
    let token = token.trimmingCharacters(in: .whitespacesAndNewlines)
    guard token.utf8.count <= Self.maximumTokenBytes else {
      throw .unauthenticated(reason: "a token of more than \(Self.maximumTokenBytes) bytes does not fit into a cookie")
    }
    let (identity, end) = try authenticator.identity(of: token, at: now)
    try identity.require(role)
    let seconds = Int(min(end.timeIntervalSince(now), Self.maximumSeconds).rounded(.down))
    guard seconds > 0 else { throw .unauthenticated(reason: "the token ends now") }
    return Self.header(token, seconds: seconds)
  }

  /// Returns the `Set-Cookie` header that ends the session; throws `originNotAllowed` unless a page of `origin` sent the request.
  public static func end(from sender: CookieSender, on origin: String) throws(StorageError) -> (
    name: String, value: String
  ) {
    try ApplicationPages(origins: [origin]).require(sender)
    return header("", seconds: 0)
  }

  private static func header(_ value: String, seconds: Int) -> (name: String, value: String) {
    ("Set-Cookie", "\(cookieName)=\(value); Path=/; Max-Age=\(seconds); Secure; HttpOnly; SameSite=Strict")
  }
}
