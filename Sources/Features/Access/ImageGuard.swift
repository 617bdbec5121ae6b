public import Core
public import Foundation
public import Tokens

/// Decides by signed cookies who may see images that are not public.
public struct ImageGuard: Sendable {
  private let imagesURL: String
  private let verifier: CookieVerifier

  /// Guards the images under `imagesURL`; the cookies' policies contain the same URL.
  public init(imagesURL: String, verifier: CookieVerifier) {
    self.imagesURL = imagesURL
    self.verifier = verifier
  }

  /// Returns the time at which the right to see `path` from `address` ends; throws `cookiesRefused` without such a
  /// right.
  ///
  /// `path` is decoded and normalised. A path that is no guarded image gets the same error, so the response does not
  /// reveal which images exist.
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
