import Access
import Core
import Database
import Foundation
import Signing
import TestSupport
import Testing
import Tokens

/// The cookie that holds an administrator's token.
@Suite struct AdminSessionTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)
  private static let secret = Array("a secret of exactly 32 bytes ....".utf8.prefix(32))
  private static let site = "https://files.example.com"
  private static let own = CookieSender(origin: site, fetchSite: "same-origin")

  private let folder: ScratchFolder
  private let authenticator: Authenticator
  private let session: AdminSession

  init() throws {
    folder = try ScratchFolder()
    let database = try FileDatabase(path: folder.file("stowage.sqlite"))
    let jwk = Data(#"{"kty":"oct","k":"\#(Self.base64URL(Self.secret))"}"#.utf8)
    authenticator = Authenticator(verifier: TokenVerifier(keys: try KeySet(jwk)), database: database)
    session = AdminSession(authenticator: authenticator)
  }

  private static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func token(role: String? = "admin", seconds: Int = 600, padding: String = "") -> String {
    let role = role.map { #""role":"\#($0)","# } ?? ""
    let payload = #"{"sub":"ann",\#(role)"pad":"\#(padding)","exp":\#(1_800_000_000 + seconds)}"#
    let message = base64URL(Array(#"{"alg":"HS256"}"#.utf8)) + "." + base64URL(Array(payload.utf8))
    return message + "." + base64URL(hmacSHA256(Array(message.utf8), key: secret))
  }

  private func begin(_ token: String, from sender: CookieSender = Self.own) throws -> String {
    try session.begin(token, from: sender, on: Self.site, at: Self.now).value
  }

  @Test func `the cookie holds the token, out of reach of scripts and of other sites`() throws {
    let token = Self.token()
    #expect(
      try begin(" \(token)\r\n")
        == "__Host-stowage-admin=\(token); Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Strict"
    )
  }

  @Test(arguments: [(600, 600), (8 * 3600, 28_800), (86_400 * 365, 28_800)])
  func `the cookie lives no longer than the token, and at most eight hours`(seconds: Int, expected: Int) throws {
    #expect(try begin(Self.token(seconds: seconds)).contains("Max-Age=\(expected);"))
  }

  @Test(arguments: [nil, "service", "Admin", "user", ""])
  func `a token without the role begins no session`(role: String?) {
    #expect(throws: StorageError.forbidden(roles: ["admin"])) { try begin(Self.token(role: role)) }
  }

  @Test(arguments: ["", "x", "a.b.c", "a b", "a;b=c", "é", "\u{0}"])
  func `a text that is no token begins no session`(token: String) {
    #expect(
      performing: { try begin(token) },
      throws: { if case .unauthenticated = $0 as? StorageError { true } else { false } }
    )
  }

  @Test func `a token that ended, a foreign one and one that fits into no cookie begin no session`() {
    let foreign = Self.token().dropLast(4) + "AAAA"
    for token in [Self.token(seconds: -600), String(foreign), Self.token(padding: String(repeating: "x", count: 3000))]
    {
      #expect(
        performing: { try begin(token) },
        throws: { if case .unauthenticated = $0 as? StorageError { true } else { false } }
      )
    }
  }

  @Test(arguments: [
    CookieSender(origin: nil, fetchSite: nil), CookieSender(origin: "https://evil.example", fetchSite: "cross-site"),
    CookieSender(origin: "null", fetchSite: "cross-site"),
    CookieSender(origin: "https://files.example.com.evil.example", fetchSite: nil),
    CookieSender(origin: "http://files.example.com", fetchSite: nil),
    CookieSender(origin: "https://app.example.com", fetchSite: "same-site"),
    CookieSender(origin: nil, fetchSite: "none"),
  ])
  func `another page than the site's own can neither begin nor end a session`(sender: CookieSender) {
    func isRefused(_ error: any Error) -> Bool {
      if case .originNotAllowed = error as? StorageError { true } else { false }
    }
    #expect(performing: { try begin(Self.token(), from: sender) }, throws: isRefused)
    #expect(performing: { try AdminSession.end(from: sender, on: Self.site) }, throws: isRefused)
  }

  @Test func `the end of a session clears the cookie`() throws {
    let header = try AdminSession.end(from: Self.own, on: Self.site)
    #expect(header.value == "__Host-stowage-admin=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
  }

  @Test func `a write by the cookie needs a page of the site, and the cookie once`() throws {
    let rule = AdminSession.rule(on: Self.site)
    let cookies = "__Host-stowage-admin=\(Self.token()); other=1"
    func write(_ cookies: String, from sender: CookieSender) throws -> Role? {
      try authenticator.identify(cookies: cookies, from: sender, by: rule, at: Self.now).role
    }
    #expect(try write(cookies, from: Self.own) == .admin)
    #expect(try write(cookies, from: CookieSender(origin: Self.site, fetchSite: nil)) == .admin)
    #expect(throws: StorageError.self) {
      try write(cookies, from: CookieSender(origin: "https://evil.example", fetchSite: "cross-site"))
    }
    #expect(throws: StorageError.self) { try write(cookies + "; " + cookies, from: Self.own) }
  }
}
