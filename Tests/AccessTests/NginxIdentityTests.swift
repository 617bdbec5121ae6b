import Access
import Core
import Database
import Foundation
import TestSupport
import Testing

/// Identity from nginx, which asked the application's own login.
@Suite struct NginxIdentityTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)

  private let folder: ScratchFolder
  private let database: FileDatabase
  private let authenticator: Authenticator

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    authenticator = Authenticator(
      nginxWith: ["https://app.example.com"],
      database: database
    )
  }

  private func identify(
    _ user: String?,
    role: String? = nil,
    changes: Bool = false,
    origin: String? = nil,
    site: String? = nil,
    actingFor named: String? = nil
  ) throws(StorageError) -> Identity {
    try authenticator.identify(
      nginxUser: user,
      role: role,
      changes: changes,
      from: CookieSender(origin: origin, fetchSite: site),
      actingFor: named,
      at: Self.now
    )
  }

  private func isUnauthenticated(_ body: () throws -> Identity) -> Bool {
    do {
      _ = try body()
      return false
    } catch {
      if case .unauthenticated? = error as? StorageError { return true } else { return false }
    }
  }

  /// Returns the logged reason of an identity failure that the login or nginx caused; nil for any other failure.
  private func fault(_ body: () throws(StorageError) -> Identity) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      if case .unavailable(let detail) = error { return detail } else { return nil }
    }
  }

  @Test func `the user and the role are those that nginx sends`() throws {
    #expect(try identify("ann").user.description == "ann")
    #expect(try identify("ann").role == nil && identify("ann", role: "").role == nil)
    #expect(try identify("ann", role: "admin").role == .admin && identify("ann", role: "Admin").role == nil)
    #expect(try database.user(try #require(UserID("ann"))) != nil)
    for name in ["auth0|64b7", "a/b", "*", "~", "urn:x:y"] { #expect(try identify(name).user.description == name) }
  }

  @Test(
    arguments: [
      (nil, "nginx/local/identity.conf"), ("", "answer 401 where nobody is logged in"), (".", "no user's identifier"),
      ("..", "no user's identifier"), ("a b", "no user's identifier"), ("ann, bob", "let it stand there once"),
      ("ann, ann", "let it stand there once"), ("ann ", "no user's identifier"), ("änn", "no user's identifier"),
      (String(repeating: "a", count: 129), "no user's identifier"),
    ] as [(String?, String)]
  )
  func `if nginx sends no valid user, the log says what to fix`(user: String?, advice: String) throws {
    let fault = fault { () throws(StorageError) in try identify(user, role: "admin", site: "same-origin") }
    #expect(fault?.contains(advice) == true, "\(fault ?? "taken")")
    #expect(user.map { $0.count < 5 || fault?.contains($0) == false } != false)
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test(
    arguments: [
      (nil, nil), (nil, "cross-site"), (nil, "same-site"), (nil, "none"), ("null", nil), ("https://evil.example", nil),
      ("https://app.example.com.evil.example", "cross-site"), ("http://app.example.com", nil),
    ] as [(String?, String?)]
  )
  func `a change is refused unless a page of the application requested it, reading is allowed`(
    origin: String?,
    site: String?
  ) throws {
    #expect {
      try identify("ann", changes: true, origin: origin, site: site)
    } throws: { error in
      if case .originNotAllowed? = error as? StorageError { true } else { false }
    }
    #expect(try identify("ann", origin: origin, site: site).user.description == "ann")
  }

  @Test func `a change requested by a page of the application or of this site is made`() throws {
    #expect(try identify("ann", changes: true, origin: "https://app.example.com").user.description == "ann")
    #expect(try identify("ann", changes: true, site: "same-origin").user.description == "ann")
  }

  @Test func `with identity from nginx, tokens are ignored`() throws {
    #expect(isUnauthenticated { try authenticator.identify("Bearer a.b.c", at: Self.now) })
    #expect(authenticator.believesNginx)
  }

  @Test func `only a service may act for a user`() throws {
    let identity = try identify("backend", role: "service", actingFor: "ann")
    #expect(identity.user.description == "ann" && identity.by?.description == "backend" && identity.role == nil)
    #expect(throws: StorageError.forbidden(roles: ["service"])) { try identify("bob", actingFor: "ann") }
  }
}
