public import Core

/// The rights that a token's `role` adds to the rights over the user's own files.
public enum Role: String, CaseIterable, Sendable {
  /// The application's server: sets plans and quotas, and acts for users that it names.
  case service
  /// An administrator: sets plans and quotas, but acts for no other user.
  case admin
}

/// The user for whom a request is made, and the user's role.
public struct Identity: Hashable, Sendable {
  /// The user to whom the request's files belong.
  public let user: UserID
  /// The role; nil if the token has none, or one that Stowage does not know.
  ///
  /// A nil role adds no rights.
  public let role: Role?
  /// The service that acts for the user; nil if the user makes the request.
  public let by: UserID?

  /// A user who makes a request with this role.
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

  /// Returns the identity of the user whom the `Stowage-User` header names, without a role; `self` without the header.
  ///
  /// Throws `forbidden` unless the caller is a service, and `invalidRequest` if the header is not a valid user
  /// identifier.
  func acting(for named: String?) throws(StorageError) -> Identity {
    guard let named else { return self }
    try require(.service)
    guard let other = UserID(named) else { throw .invalidRequest("Stowage-User: must be one user's identifier") }
    return Identity(user: other, by: user)
  }
}
