/// The files that `stowage audit` reads besides those of the other settings.
public struct AuditSettings: Hashable, Sendable {
  /// The main file of nginx's configuration, or nil if nginx runs on another machine.
  public var nginxFile: String?
  /// The file with the accepted failures, or nil.
  public var mutesFile: String?

  /// Creates the settings.
  public init(nginxFile: String? = nil, mutesFile: String? = nil) {
    self.nginxFile = nginxFile
    self.mutesFile = mutesFile
  }
}
