public import Core
public import Database
public import Foundation
import Synchronization
public import Tokens

/// Tells who a request speaks for: by its bearer token, or by what nginx says.
public struct Authenticator: Sendable {
  private enum IdentityMode {
    case tokens(TokenVerifier)
    case nginx(ApplicationPages)
  }

  private let mode: IdentityMode
  private let database: FileDatabase
  private let defaults: AccountDefaults
  private let known = KnownUsers()

  /// Judges tokens by `verifier`; a user seen for the first time gets `defaults`.
  public init(verifier: TokenVerifier, database: FileDatabase, defaults: AccountDefaults) {
    mode = .tokens(verifier)
    self.database = database
    self.defaults = defaults
  }

  /// Believes nginx, and requests that change something only where a page of `origins` or of this site sent them.
  public init(nginxWith origins: [String], database: FileDatabase, defaults: AccountDefaults) {
    mode = .nginx(ApplicationPages(origins: origins))
    self.database = database
    self.defaults = defaults
  }

  /// Whether nginx tells who it is, and tokens count for nothing.
  public var believesNginx: Bool {
    if case .nginx = mode { true } else { false }
  }

  /// The identity in an `Authorization` header's value, or that of the user whom a `Stowage-User` header names.
  ///
  /// Throws `unauthenticated` with the reason for the log, `unavailable` where there are no keys to judge by, and what
  /// `Identity.acting` throws. Source: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
  public func identify(
    _ authorization: String?,
    actingFor named: String? = nil,
    at now: Date
  ) throws(StorageError) -> Identity {
    guard case .tokens(let verifier) = mode else { throw .unauthenticated(reason: "tokens do not count here") }
    guard let authorization else { throw .unauthenticated(reason: "no Authorization header") }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      throw .unauthenticated(reason: "not a bearer token")
    }
    let claims: Claims
    do throws(TokenError) {
      claims = try verifier.verify(String(parts[1]), at: now)
    } catch {
      if case .keysUnavailable(let detail) = error { throw .unavailable(detail: "token keys: \(detail)") }
      throw .unauthenticated(reason: "\(error)")
    }
    guard let user = UserID(claims.subject) else { throw .unauthenticated(reason: "sub is not a user identifier") }
    return try remembered(Identity(user: user, role: claims.role.flatMap(Role.init(rawValue:))).acting(for: named), now)
  }

  /// The identity that nginx tells.
  ///
  /// Browsers send what the login goes by whoever makes them ask; so a request that `changes` something counts only where
  /// `sender` is a page of the application's: throws `originNotAllowed` otherwise, and what the other one throws.
  ///
  /// nginx lets nobody as far as this whom the login does not know. So where it names nobody, or nobody who can be, the
  /// login or nginx is broken, and not the request: throws `unavailable` with what to mend.
  public func identify(
    nginxUser user: String?,
    role: String?,
    changes: Bool,
    from sender: @autoclosure () -> CookieSender,
    actingFor named: String? = nil,
    at now: Date
  ) throws(StorageError) -> Identity {
    guard case .nginx(let pages) = mode else { throw .unauthenticated(reason: "nginx is not believed here") }
    guard let user else { throw .unavailable(detail: "identity: \(LoginFault.isNotAsked)") }
    guard !user.isEmpty else { throw .unavailable(detail: "identity: \(LoginFault.namesNobody)") }
    guard let user = UserID(user) else { throw .unavailable(detail: "identity: \(LoginFault.namesNoUser)") }
    if changes { try pages.require(sender()) }
    return try remembered(Identity(user: user, role: role.flatMap(Role.init(rawValue:))).acting(for: named), now)
  }

  private func remembered(_ identity: Identity, _ now: Date) throws(StorageError) -> Identity {
    try known.remember(identity.user) { () throws(StorageError) in
      _ = try database.user(identity.user, plan: defaults.plan, quotaBytes: defaults.quotaBytes, at: now)
    }
    return identity
  }
}

/// What is to be mended where nginx lets a request through without saying whose it is.
private enum LoginFault {
  static let isNotAsked =
    "nginx asks no login; take the comment marks out of nginx/local/identity.conf and nginx/local/login.conf"
  static let namesNobody =
    "the login answers 2xx without Stowage-User; let it name the user, and answer 401 where nobody is logged in"
  static let namesNoUser =
    "the login's Stowage-User is no user's identifier; let it stand there once, 1 to 128 of A-Z a-z 0-9 . _ @ -"
}

/// Users whose row this process has seen, so that not every request asks the database for it.
///
/// A hint that any node can be without: a row, once made, stays.
private final class KnownUsers: Sendable {
  private static let maximumCount = 100_000
  private let users = Mutex<Set<UserID>>([])

  func remember(_ user: UserID, make: () throws(StorageError) -> Void) throws(StorageError) {
    if users.withLock({ $0.contains(user) }) { return }
    try make()
    users.withLock { users in
      if users.count >= Self.maximumCount { users = [] }
      users.insert(user)
    }
  }
}
