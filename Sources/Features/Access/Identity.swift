public import Core

/// What a token's `role` allows beyond the user's own files.
public enum Role: String, Sendable {
  /// The application itself: it sets plans and quotas, and acts for users whom it names.
  case service
  /// An administrator: sets plans and quotas too, and acts for nobody.
  case admin
}

/// Who a request speaks for.
public struct Identity: Hashable, Sendable {
  /// The user.
  public let user: UserID
  /// The `role`; nil where there is none, or one that Stowage does not know: then it allows nothing more.
  public let role: Role?
  /// The service that acts for the user; nil where the user asks.
  public let by: UserID?

  /// A user who asks with this role.
  init(user: UserID, role: Role?) {
    self.user = user
    self.role = role
    by = nil
  }

  private init(user: UserID, by service: UserID) {
    self.user = user
    role = nil
    by = service
  }

  /// Throws `forbidden` unless the identity has one of `roles`.
  public func require(_ roles: Role...) throws(StorageError) {
    guard let role, roles.contains(role) else { throw .forbidden(roles: roles.map(\.rawValue)) }
  }

  /// The identity that the `Stowage-User` header asks for: that user's, without any role; the same without the header.
  ///
  /// Throws `forbidden` for all but a service, and `invalidRequest` where the header names no user.
  func acting(for named: String?) throws(StorageError) -> Identity {
    guard let named else { return self }
    try require(.service)
    guard let other = UserID(named) else { throw .invalidRequest("Stowage-User: must be one user's identifier") }
    return Identity(user: other, by: user)
  }
}
