/// The rights that a token's `role` adds to the rights over the user's own files.
public enum Role: String, CaseIterable, Sendable {
  /// The application's server: sets plans and quotas, and acts for users that it names.
  case service
  /// An administrator: sets plans and quotas, but acts for no other user.
  case admin
}
