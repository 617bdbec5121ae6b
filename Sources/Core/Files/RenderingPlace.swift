/// The folder of a rendering in the processed bucket, which tells who may read the rendering there.
///
/// A CDN may read `images/` without asking Stowage. Every other rendering lies outside of it.
public enum RenderingPlace: String, CaseIterable, Sendable {
  /// Renderings of public files, under the path of their URL.
  case open = "images"
  /// Renderings of all other files. No user has this name in the written form, because `~` stands before two hex digits
  /// there, so no key of a user begins like this.
  case guarded = "~guarded"

  /// The place for files of this visibility.
  public init(for visibility: Visibility) { self = visibility == .public ? .open : .guarded }

  /// Returns the key of the object for the address of a rendering, `{userId}/{fileId}/{v}/{name}.{ext}`.
  public func key(of address: String) -> String { "\(rawValue)/\(address)" }

  /// Returns the common prefix of the keys of the user's renderings.
  public func prefix(of user: UserID) -> String { "\(rawValue)/\(user.written)/" }

  /// Returns the common prefix of the keys of the file's renderings.
  public func prefix(of file: FileID, of user: UserID) -> String { "\(prefix(of: user))\(file)/" }
}

/// The key of a rendering's object, as far as Stowage writes such keys: `{place}/{userId}/{fileId}/{v}/{name}.{ext}`.
///
/// Earlier versions wrote keys without a place. The number of components tells both apart, also for a user with the name
/// `images`.
public struct RenderingKey: Hashable, Sendable {
  /// The place, or nil for a key of an earlier version.
  public let place: RenderingPlace?
  /// The owner of the file.
  public let user: UserID
  /// The identifier of the file.
  public let file: FileID

  /// Nil if `key` has another form.
  public init?(_ key: String) {
    let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let place = parts.first.flatMap { RenderingPlace(rawValue: $0) }
    if let place, let rest = parts.last.flatMap(Self.address) {
      self.place = place
      (user, file) = (rest.user, rest.file)
    } else if let whole = Self.address(key) {
      self.place = nil
      (user, file) = (whole.user, whole.file)
    } else {
      return nil
    }
  }

  /// An address is the path of an image URL without its prefix.
  private static func address(_ text: String) -> ImagePath? {
    ImagePath("/\(Visibility.public.pathPrefix)/\(text)").flatMap { $0.version == nil ? nil : $0 }
  }
}
