/// The files that `stowage audit` reads besides those of the other settings.
public struct AuditSettings: Hashable, Sendable {
  /// The main file of nginx's configuration, or nil if nginx runs on another machine.
  public var nginxFile: String?
  /// The file with the accepted failures, or nil.
  public var mutesFile: String?
  /// The folder with the IAM policies as they are attached, or nil.
  public var attachedPolicies: String?
  /// The folder with the policies that the code needs, or nil.
  public var iamDocuments: String?

  /// Creates the settings.
  public init(
    nginxFile: String? = nil,
    mutesFile: String? = nil,
    attachedPolicies: String? = nil,
    iamDocuments: String? = nil
  ) {
    self.nginxFile = nginxFile
    self.mutesFile = mutesFile
    self.attachedPolicies = attachedPolicies
    self.iamDocuments = iamDocuments
  }
}
