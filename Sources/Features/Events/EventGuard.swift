public import Core
import Signing

/// Authenticates event requests by a shared bearer token.
public struct EventGuard: Sendable {
  private let token: Secret?

  /// Rejects every request if `token` is nil.
  public init(token: Secret?) { self.token = token }

  /// Throws `unauthenticated` unless `authorization` is the scheme `Bearer`, in any case, and the token.
  ///
  /// The comparison takes constant time.
  public func admit(_ authorization: String?) throws(StorageError) {
    guard let token else { throw .unauthenticated(reason: "STOWAGE_EVENTS_TOKEN is not set") }
    guard let given = authorization.flatMap(bearerToken(in:)), constantTimeEquals(given, token.revealed) else {
      throw .unauthenticated(reason: "not the event token")
    }
  }
}
