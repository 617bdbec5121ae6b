/// The key pair that requests are signed with; its printed forms never hold the secret or the token.
public struct Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The public half, which stands in every signed request.
  public let accessKeyID: String
  /// The secret half, which never leaves the process.
  public let secretAccessKey: String
  /// The token that goes with temporary credentials.
  public let sessionToken: String?

  /// Credentials; `sessionToken` is nil for permanent ones.
  public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
  }

  /// The access key identifier and nothing else.
  public var description: String { "Credentials(\(accessKeyID))" }
  /// The same as `description`.
  public var debugDescription: String { description }
  /// Shows `accessKeyID` alone, so that `dump` and mirrors keep the secret too.
  public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
