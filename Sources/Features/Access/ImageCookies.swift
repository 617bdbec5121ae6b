public import Core
public import Foundation
public import Tokens

/// Gives users the cookies by which they see their own images, and premium ones as far as their plan goes.
public struct ImageCookies: Sendable {
  /// Cookies for one path.
  public struct Grant: Sendable {
    /// The cookies' `Path`, with a slash at its end.
    public let path: String
    /// The cookies.
    public let cookies: SignedCookies
  }

  /// All that a user gets.
  public struct Grants: Sendable {
    /// When it ends.
    public let expires: Date
    /// Cookies for paths of which none lies in another.
    public let given: [Grant]
    /// The path for which the other plan's cookies would be: left behind, they would be sent twice.
    public let withdrawn: String
  }

  private let imagesURL: String
  private let signer: CookieSigner
  private let seconds: Int

  /// Cookies for images under `imagesURL` that live for so many `seconds`.
  public init(imagesURL: String, signer: CookieSigner, seconds: Int) {
    self.imagesURL = imagesURL
    self.signer = signer
    self.seconds = seconds
  }

  /// Every path that cookies of `user` may be for.
  public static func paths(of user: UserID) -> [String] {
    [path(.private, user), path(.premium, user), path(.premium, nil)]
  }

  /// The cookies of a user on `plan`.
  public func grants(to user: UserID, on plan: Plan, at now: Date) throws(StorageError) -> Grants {
    let expires = Int64(now.timeIntervalSince1970) + Int64(seconds)
    let (premium, other) = plan == .premium ? (nil, user) : (user, nil)
    var given: [Grant] = []
    for path in [Self.path(.private, user), Self.path(.premium, premium)] {
      guard let policy = CookiePolicy(resource: "\(imagesURL)\(path)*", expires: expires),
        let cookies = signer.cookies(for: policy)
      else { throw .unexpected(detail: "cookies for \(path) cannot be signed") }
      given.append(Grant(path: path, cookies: cookies))
    }
    return Grants(
      expires: Date(timeIntervalSince1970: Double(expires)),
      given: given,
      withdrawn: Self.path(.premium, other)
    )
  }

  /// A user's identifier needs no escaping, in a URL or in a cookie's `Path`.
  private static func path(_ visibility: Visibility, _ user: UserID?) -> String {
    "/\(visibility.pathPrefix)/" + (user.map { "\($0)/" } ?? "")
  }
}
