/// The delivery of migrated files under the URLs that they had in the application (`/uploads/{user}/{path}`).
public struct OldURLSettings: Hashable, Sendable {
  /// The types that a browser shows under an old URL; files of all other types are attachments.
  public static let inlineTypes: [FileType] = [.jpeg, .png, .gif, .webp]

  /// The way in which the bytes of stored files reach clients; default: nginx.
  ///
  /// Pages with a Content-Security-Policy and scripts that read the bytes expect them from the same origin as before.
  public var downloads: DownloadRoute
  /// The folder from which files come that the bucket does not have yet, or nil.
  public var folder: String?

  /// Creates the settings.
  public init(downloads: DownloadRoute = .nginx, folder: String? = nil) {
    self.downloads = downloads
    self.folder = folder
  }
}
