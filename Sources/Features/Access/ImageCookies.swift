public import Core
public import Foundation
public import Tokens

/// Issues the signed cookies with which users load their private images, and the premium images that their plan
/// includes.
public struct ImageCookies: Sendable {
  /// The cookies for one path.
  public struct Grant: Sendable {
    /// The `Path` attribute of the cookies, with a slash at the end.
    public let path: String
    /// The signed cookies that grant access to images below `path`.
    public let cookies: SignedCookies
  }

  /// All cookies of a user.
  public struct Grants: Sendable {
    /// The time at which the cookies expire.
    public let expires: Date
    /// The cookies, one set for each path; no path is a prefix of another.
    public let given: [Grant]
    /// The path of premium cookies that the user's current plan does not use.
    ///
    /// The response clears the cookies of this path. A browser would otherwise send two sets after a change of plan.
    public let withdrawn: String
  }

  private let imagesURL: String
  private let signer: CookieSigner
  private let seconds: Int

  /// Issues cookies for images under `imagesURL` that expire after `seconds`.
  public init(imagesURL: String, signer: CookieSigner, seconds: Int) {
    self.imagesURL = imagesURL
    self.signer = signer
    self.seconds = seconds
  }

  /// Returns every path for which `user` can have cookies, on any plan.
  public static func paths(of user: UserID) -> [String] {
    [path(.private, user), path(.premium, user), path(.premium, nil)]
  }

  /// Returns the cookies of a user on `plan`.
  ///
  /// The premium plan includes the premium images of all users; another plan includes only the user's own.
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

  /// Returns the path prefix of a visibility and a user.
  ///
  /// The written form of a user contains no character with a meaning in URLs, cookie paths or policies, such as `*`.
  private static func path(_ visibility: Visibility, _ user: UserID?) -> String {
    "/\(visibility.pathPrefix)/" + (user.map { "\($0.written)/" } ?? "")
  }
}
