public import Core
public import Database
public import Foundation
import Synchronization
public import Tokens

/// What a token's `role` allows beyond the user's own files.
public enum Role: String, Sendable {
  /// The application itself: it sets plans and quotas.
  case service
  /// An administrator: all that the application may, too.
  case admin
}

/// Who a request speaks for.
public struct Identity: Hashable, Sendable {
  /// The user.
  public let user: UserID
  /// The token's `role`; nil where it has none, or one that Stowage does not know: then it allows nothing more.
  public let role: Role?

  /// Throws `forbidden` unless the token has one of `roles`.
  public func require(_ roles: Role...) throws(StorageError) {
    guard let role, roles.contains(role) else { throw .forbidden(roles: roles.map(\.rawValue)) }
  }
}

/// Tells who a request speaks for, by its bearer token.
public struct Authenticator: Sendable {
  private let verifier: TokenVerifier
  private let database: FileDatabase
  private let defaults: AccountDefaults
  private let known = KnownUsers()

  /// Judges tokens by `verifier`; a user seen for the first time gets `defaults`.
  public init(verifier: TokenVerifier, database: FileDatabase, defaults: AccountDefaults) {
    self.verifier = verifier
    self.database = database
    self.defaults = defaults
  }

  /// The identity in an `Authorization` header's value; throws `unauthenticated` with the reason for the log.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
  public func identify(_ authorization: String?, at now: Date) throws(StorageError) -> Identity {
    guard let authorization else { throw .unauthenticated(reason: "no Authorization header") }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      throw .unauthenticated(reason: "not a bearer token")
    }
    let claims: Claims
    do throws(TokenError) {
      claims = try verifier.verify(String(parts[1]), at: now)
    } catch {
      throw .unauthenticated(reason: "\(error)")
    }
    guard let user = UserID(claims.subject) else { throw .unauthenticated(reason: "sub is not a user identifier") }
    try known.remember(user) { () throws(StorageError) in
      _ = try database.user(user, plan: defaults.plan, quotaBytes: defaults.quotaBytes, at: now)
    }
    return Identity(user: user, role: claims.role.flatMap(Role.init(rawValue:)))
  }
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
