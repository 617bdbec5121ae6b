public import Core
public import Foundation
public import Tokens

/// Decides who sees images that are not for everybody, by their signed cookies.
public struct ImageGuard: Sendable {
  private let imagesURL: String
  private let verifier: CookieVerifier

  /// Guards the images under `imagesURL`, for which the cookies' policies are written.
  public init(imagesURL: String, verifier: CookieVerifier) {
    self.imagesURL = imagesURL
    self.verifier = verifier
  }

  /// When the right to see `path` from `address` ends; throws `cookiesRefused` where there is none.
  ///
  /// `path` is decoded and normalised. One that is no image of a guarded prefix is refused by the same words, so nobody
  /// learns which images there are.
  public func admit(
    _ path: String,
    with cookies: SignedCookies,
    from address: String,
    at now: Date
  ) throws(StorageError) -> Date {
    guard let asked = ImagePath(path), asked.visibility != .public else {
      throw .cookiesRefused(reason: "no guarded image")
    }
    do throws(CookieRefusal) {
      return try verifier.verify(cookies, for: imagesURL + path, from: address, at: now)
    } catch {
      throw .cookiesRefused(reason: error.rawValue)
    }
  }
}
