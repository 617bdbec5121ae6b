public import FoundationEssentials

/// The key pair that signs requests; printed forms never contain the secret key or the session token.
public struct Credentials: Equatable, Sendable {
  /// The access key identifier, which every signed request contains.
  public let accessKeyID: String
  /// The secret key, which never leaves the process.
  public let secretAccessKey: String
  /// The session token of temporary credentials, or nil.
  public let sessionToken: String?
  /// The end of the session, from which the store refuses these credentials; nil if they have no known end.
  public let expiration: Date?

  /// Creates credentials; `sessionToken` and `expiration` are nil for permanent credentials.
  public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.expiration = expiration
  }

  /// Returns the whole seconds from `now` to the end of the session, at most `limit`; `limit` without a known end.
  ///
  /// The result is negative or 0 if the session is over.
  public func seconds(at now: Date, limit: Int) -> Int {
    guard let expiration else { return limit }
    let left = expiration.timeIntervalSince(now).rounded(.down)
    return left >= Double(limit) ? limit : Int(max(left, -1))
  }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The access key identifier only.
  public var description: String { "Credentials(\(accessKeyID))" }
  /// The same as `description`.
  public var debugDescription: String { description }
  /// A mirror with `accessKeyID` only, so that `dump` shows no secret.
  public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
