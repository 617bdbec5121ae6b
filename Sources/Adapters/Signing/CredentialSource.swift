public import FoundationEssentials

/// The origin of credentials: fixed ones (`Credentials`), or a provider that renews them.
public protocol CredentialSource: Sendable {
  /// Returns one whole set of credentials that is valid at `now`.
  ///
  /// A set that ends within `seconds` is renewed first if that is possible. Otherwise the method returns it as it is.
  /// Throws if no set is valid at `now`.
  func credentials(lasting seconds: Int, at now: Date) throws(CredentialError) -> Credentials
}

extension Credentials: CredentialSource {
  /// Returns the credentials themselves; throws after the end of their session.
  public func credentials(lasting seconds: Int, at now: Date) throws(CredentialError) -> Credentials {
    guard self.seconds(at: now, limit: 1) >= 1 else { throw CredentialError("the credentials have expired") }
    return self
  }
}

/// The reason why there are no credentials, in words for an administrator; it contains no secret.
public struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The reason.
  public let reason: String

  /// An error with this reason.
  public init(_ reason: String) { self.reason = reason }

  /// The reason.
  public var description: String { reason }
}
