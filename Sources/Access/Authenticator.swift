public import Core
public import Database
public import Foundation
public import Tokens

/// Who a request speaks for.
public struct Identity: Hashable, Sendable {
  /// The user.
  public let user: UserID
  /// The token's `role`, if it has one.
  public let role: String?
}

/// Tells who a request speaks for, by its bearer token.
public struct Authenticator: Sendable {
  private let verifier: TokenVerifier
  private let database: FileDatabase
  private let defaults: AccountDefaults

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
    _ = try database.user(user, plan: defaults.plan, quotaBytes: defaults.quotaBytes, at: now)
    return Identity(user: user, role: claims.role)
  }
}
