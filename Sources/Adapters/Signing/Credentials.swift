/// The key pair that signs requests; printed forms never contain the secret key or the session token.
public struct Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The access key identifier, which every signed request contains.
  public let accessKeyID: String
  /// The secret key, which never leaves the process.
  public let secretAccessKey: String
  /// The session token of temporary credentials, or nil.
  public let sessionToken: String?

  /// Creates credentials; `sessionToken` is nil for permanent credentials.
  public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
  }

  /// The access key identifier only.
  public var description: String { "Credentials(\(accessKeyID))" }
  /// The same as `description`.
  public var debugDescription: String { description }
  /// A mirror with `accessKeyID` only, so that `dump` shows no secret.
  public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
