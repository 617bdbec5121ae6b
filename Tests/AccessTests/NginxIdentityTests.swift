import Access
import Core
import Database
import Foundation
import TestSupport
import Testing

/// Identity by what nginx says, which asked the application's own login.
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
      database: database,
      defaults: AccountDefaults()
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

  @Test func `the user is who nginx says, with the role that it says`() throws {
    #expect(try identify("ann").user.description == "ann")
    #expect(try identify("ann").role == nil && identify("ann", role: "").role == nil)
    #expect(try identify("ann", role: "admin").role == .admin && identify("ann", role: "Admin").role == nil)
    #expect(try database.user(try #require(UserID("ann"))) != nil)
  }

  @Test(arguments: [nil, "", ".", "..", "a/b", "ann, bob", "ann ", "änn", String(repeating: "a", count: 129)])
  func `nobody, or what is no identifier, is unauthenticated`(user: String?) throws {
    #expect(isUnauthenticated { try identify(user, role: "admin", site: "same-origin") })
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test(
    arguments: [
      (nil, nil), (nil, "cross-site"), (nil, "same-site"), (nil, "none"), ("null", nil), ("https://evil.example", nil),
      ("https://app.example.com.evil.example", "cross-site"), ("http://app.example.com", nil),
    ] as [(String?, String?)]
  )
  func `a change that no page of the application asked for is refused, a look is not`(
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

  @Test func `one that a page of the application or of this site asked for is made`() throws {
    #expect(try identify("ann", changes: true, origin: "https://app.example.com").user.description == "ann")
    #expect(try identify("ann", changes: true, site: "same-origin").user.description == "ann")
  }

  @Test func `tokens count for nothing, and neither does nginx where tokens count`() throws {
    #expect(isUnauthenticated { try authenticator.identify("Bearer a.b.c", at: Self.now) })
    #expect(authenticator.believesNginx)
  }

  @Test func `a service may act for a user, and nobody else may`() throws {
    let identity = try identify("backend", role: "service", actingFor: "ann")
    #expect(identity.user.description == "ann" && identity.by?.description == "backend" && identity.role == nil)
    #expect(throws: StorageError.forbidden(roles: ["service"])) { try identify("bob", actingFor: "ann") }
  }
}
