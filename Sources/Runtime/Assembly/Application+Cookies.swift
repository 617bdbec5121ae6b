public import Core
import Foundation
public import Tokens

extension Application {
  /// Returns the signer of cookies for private images and images of premium visibility; nil if no signing key is set.
  public func cookieSigner() throws(StorageError) -> CookieSigner? {
    guard let key = settings.cookies.signingKey else { return nil }
    let pem = try document(key)
    return try StorageError.reaching("STOWAGE_COOKIE_SIGNING_KEY, \(key.path)") { () throws(KeySetError) in
      try CookieSigner(keyPairID: key.identifier, pem: pem, hash: settings.cookies.hash == .sha1 ? .sha1 : .sha256)
    }
  }

  /// Returns the verifier of these cookies, with the public keys of all configured key pairs.
  public func cookieVerifier() throws(StorageError) -> CookieVerifier {
    var pems: [String: Data] = [:]
    for key in settings.cookies.keys { pems[key.identifier] = try document(key) }
    let further = try StorageError.reaching("STOWAGE_COOKIE_KEYS") { () throws(KeySetError) in
      try CookieVerifier(pems: pems)
    }
    return try cookieSigner()?.verifier.adding(further) ?? further
  }

  private func document(_ key: CookieSettings.KeyFile) throws(StorageError) -> Data {
    guard let document = FileManager.default.contents(atPath: key.path) else {
      throw .unavailable(detail: "cookie keys: \(key.path) does not exist, or is not readable for this user")
    }
    return document
  }
}
