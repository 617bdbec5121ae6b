import Access
import Core
import Database
import Foundation
import Signing
import TestSupport
import Testing
import Tokens

@Suite struct CookieTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)
  private static let rule = CookieRule(name: "__Host-stowage", origins: ["https://app.example.com"])

  private let folder: ScratchFolder
  private let authenticator: Authenticator
  private let token: String

  init() throws {
    folder = try ScratchFolder()
    let secret = Array("a secret of exactly 32 bytes ....".utf8.prefix(32))
    func encoded(_ bytes: [UInt8]) -> String {
      Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
    let message =
      encoded(Array(#"{"alg":"HS256"}"#.utf8)) + "." + encoded(Array(#"{"sub":"ann","exp":1800000600}"#.utf8))
    token = message + "." + encoded(hmacSHA256(Array(message.utf8), key: secret))
    authenticator = Authenticator(
      verifier: TokenVerifier(keys: try KeySet(Data(#"{"kty":"oct","k":"\#(encoded(secret))"}"#.utf8))),
      database: try FileDatabase(path: folder.file("stowage.sqlite"))
    )
  }

  private func identify(
    _ cookies: String,
    origin: String? = "https://app.example.com",
    site: String? = nil
  ) throws(StorageError) -> Identity {
    let sender = CookieSender(origin: origin, fetchSite: site)
    return try authenticator.identify(cookies: cookies, from: sender, by: Self.rule, at: Self.now)
  }

  @Test(
    arguments: [
      (nil, nil), (nil, "cross-site"), (nil, "same-site"), (nil, "none"), (nil, ""), (nil, "Same-Origin"),
      ("https://evil.example", nil), ("https://evil.example", "cross-site"), ("null", nil), ("null", "cross-site"),
      ("https://app.example.com.evil.example", nil), ("https://app.example.com:8443", "same-site"),
      ("http://app.example.com", "cross-site"), ("https://APP.example.com", nil), ("*", nil), ("", "cross-site"),
      ("https://app.example.com, https://evil.example", nil),
    ] as [(String?, String?)]
  )
  func `a cookie is refused unless a page of the application sent it`(origin: String?, site: String?) throws {
    #expect {
      try identify("__Host-stowage=\(token)", origin: origin, site: site)
    } throws: { error in
      guard case .originNotAllowed(let reason)? = error as? StorageError else { return false }
      return !reason.contains("evil") && !reason.contains("eyJ")
    }
  }

  @Test(
    arguments: [
      ("https://app.example.com", nil), ("https://app.example.com", "cross-site"), (nil, "same-origin"),
      ("https://files.example.com", "same-origin"),
    ] as [(String?, String?)]
  )
  func `a cookie sent by a page of the application or this site is accepted`(origin: String?, site: String?) throws {
    #expect(try identify("__Host-stowage=\(token)", origin: origin, site: site).user.description == "ann")
  }

  @Test func `the cookie may be among others, and only its exact name counts`() throws {
    for cookies in [
      "a=b; __Host-stowage=\(token)", "__Host-stowage=\(token); __host-stowage=x;", " __Host-stowage = \(token) ;x",
    ] {
      #expect(try identify(cookies).user.description == "ann", "\(cookies.count)")
    }
    for cookies in [
      "", ";", "=", "a=b", "__Host-stowage", "__Host-stowage=", "__host-stowage=\(token)", "x__Host-stowage=\(token)",
      "__Host-stowage=\"\(token)\"", "__Host-stowage=\(token)x", "__Host-stowage=Bearer \(token)",
      "a=__Host-stowage=\(token)",
      "__Host-stowage=\(token); __Host-stowage=\(token)", "__Host-stowage=; __Host-stowage=\(token)",
      "__Host-stowage=\(token), __Host-stowage=\(token)",
    ] {
      #expect {
        try identify(cookies)
      } throws: { error in
        guard case .unauthenticated(let reason)? = error as? StorageError else { return false }
        return !reason.contains("eyJ")
      }
    }
  }

  @Test func `a request without the cookie is unauthenticated, whatever its origin`() throws {
    #expect {
      try identify("a=b", origin: "https://evil.example", site: "cross-site")
    } throws: { error in
      if case .unauthenticated? = error as? StorageError { true } else { false }
    }
  }

  @Test func `a request that only reads needs no page, but the one cookie with a valid token`() throws {
    func user(_ cookies: String) throws(StorageError) -> UserID {
      try authenticator.identify(readingWith: cookies, by: Self.rule, at: Self.now).user
    }
    #expect(try user("a=b; __Host-stowage=\(token)") == UserID("ann"))
    for cookies in ["", "a=b", "__Host-stowage=x", "__Host-stowage=\(token); __Host-stowage=\(token)"] {
      #expect(throws: StorageError.self) { try user(cookies) }
    }
  }
}
