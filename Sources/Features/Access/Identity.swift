public import Core

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
  public func require(_ roles: Role...) throws(StorageError) { try require(roles) }

  /// Throws `forbidden` unless the identity has one of `roles`; an empty list forbids everybody.
  public func require(_ roles: [Role]) throws(StorageError) {
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
