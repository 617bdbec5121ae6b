public import Core
public import Database
public import Foundation
import Synchronization
public import Tokens

/// Identifies the user behind a request, by a bearer token or by the identity that nginx passes on.
public struct Authenticator: Sendable {
  private enum IdentityMode {
    case tokens(TokenVerifier)
    case nginx(ApplicationPages)
  }

  private let mode: IdentityMode
  private let known: KnownUsers

  /// Verifies tokens with `verifier`; creates users in `database` at their first request.
  public init(verifier: TokenVerifier, database: FileDatabase) {
    mode = .tokens(verifier)
    known = KnownUsers(database)
  }

  /// Trusts the identity that nginx passes on.
  ///
  /// Requests that change data must come from a page of `origins` or of this site.
  public init(nginxWith origins: [String], database: FileDatabase) {
    mode = .nginx(ApplicationPages(origins: origins))
    known = KnownUsers(database)
  }

  /// True if nginx supplies the identity and tokens are ignored.
  public var believesNginx: Bool {
    if case .nginx = mode { true } else { false }
  }

  /// Returns the identity of an `Authorization` header, or of the user whom the `Stowage-User` header names.
  ///
  /// Throws `unauthenticated` with the reason for the log, `unavailable` if no keys are available for verification, and
  /// the errors of `Identity.acting`. Source: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
  public func identify(
    _ authorization: String?,
    actingFor named: String? = nil,
    at now: Date
  ) throws(StorageError) -> Identity {
    guard case .tokens = mode else { throw .unauthenticated(reason: "nginx identifies users here") }
    guard let authorization else { throw .unauthenticated(reason: "no Authorization header") }
    guard let token = bearerToken(in: authorization) else { throw .unauthenticated(reason: "not a bearer token") }
    return try recorded(try verified(token, at: now).identity.acting(for: named), now)
  }

  /// Returns the identity of a token, and the end of the token.
  ///
  /// Throws `unauthenticated` with the reason for the log, and `unavailable` if no keys are available for verification.
  public func identity(of token: String, at now: Date) throws(StorageError) -> (identity: Identity, end: Date) {
    guard let token = bearerToken(in: "Bearer \(token)") else { throw .unauthenticated(reason: "not a bearer token") }
    let (identity, end) = try verified(token, at: now)
    return (try recorded(identity, now), end)
  }

  private func verified(_ token: String, at now: Date) throws(StorageError) -> (identity: Identity, end: Date) {
    guard case .tokens(let verifier) = mode else { throw .unauthenticated(reason: "nginx identifies users here") }
    let claims: Claims
    do throws(TokenError) {
      claims = try verifier.verify(token, at: now)
    } catch {
      if case .keysUnavailable(let detail) = error { throw .unavailable(detail: "token keys: \(detail)") }
      throw .unauthenticated(reason: "\(error)")
    }
    guard let user = UserID(claims.user) else {
      throw .unauthenticated(reason: "\(verifier.userClaim) is not a user identifier")
    }
    return (Identity(user: user, role: claims.role.flatMap(Role.init(rawValue:))), claims.expiresAt)
  }

  /// Returns the identity that nginx passes on.
  ///
  /// Browsers attach login credentials to every request, even if a foreign page causes the request (cross-site request
  /// forgery). If the request `changes` data, `sender` must therefore be a page of the application; otherwise this
  /// method throws `originNotAllowed`. It also throws the errors of `Identity.acting`.
  ///
  /// nginx forwards only requests that passed the login. A missing, empty or malformed user therefore means a broken
  /// login or nginx configuration: throws `unavailable` with the setting to correct.
  public func identify(
    nginxUser user: String?,
    role: String?,
    changes: Bool,
    from sender: @autoclosure () -> CookieSender,
    actingFor named: String? = nil,
    at now: Date
  ) throws(StorageError) -> Identity {
    guard case .nginx(let pages) = mode else { throw .unauthenticated(reason: "tokens identify users here") }
    guard let user else { throw .unavailable(detail: "identity: \(LoginFault.isNotAsked)") }
    guard !user.isEmpty else { throw .unavailable(detail: "identity: \(LoginFault.namesNobody)") }
    guard let user = UserID(user) else { throw .unavailable(detail: "identity: \(LoginFault.namesNoUser)") }
    if changes { try pages.require(sender()) }
    return try recorded(Identity(user: user, role: role.flatMap(Role.init(rawValue:))).acting(for: named), now)
  }

  private func recorded(_ identity: Identity, _ now: Date) throws(StorageError) -> Identity {
    try known.record(identity.user, at: now)
    return identity
  }
}

/// Instructions for the administrator if nginx forwards a request without a valid user.
private enum LoginFault {
  static let isNotAsked =
    "nginx asks no login; take the comment marks out of nginx/local/identity.conf and nginx/local/login.conf"
  static let namesNobody =
    "the login answers 2xx without Stowage-User; let it name the user, and answer 401 where nobody is logged in"
  static let namesNoUser =
    "the login's Stowage-User is no user's identifier; let it stand there once: \(UserID.expected)"
}

/// Users whose record this process has already seen, which saves a database query per request.
///
/// An administrator can erase a user whom a process has seen. So what needs the record creates it again:
/// `FileDatabase.reserve` and `FileDatabase.userOrNew`.
private final class KnownUsers: Sendable {
  private static let maximumCount = 100_000
  private let users = Mutex<Set<UserID>>([])
  private let database: FileDatabase

  init(_ database: FileDatabase) { self.database = database }

  func record(_ user: UserID, at now: Date) throws(StorageError) {
    if users.withLock({ $0.contains(user) }) { return }
    _ = try database.userOrNew(user, at: now)
    users.withLock { users in
      if users.count >= Self.maximumCount { users = [] }
      users.insert(user)
    }
  }
}
