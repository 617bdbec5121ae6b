import Access
import Core
import Database
import Foundation
import TestSupport
import Testing
import Tokens

/// The application's back end sends requests on behalf of a user that it names.
@Suite struct ActingTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)

  private let folder: ScratchFolder
  private let database: FileDatabase
  private let authenticator: Authenticator
  private let forge = TokenForge(secret: Array("a secret of more than 32 bytes .......".utf8))

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(
      path: folder.file("stowage.sqlite"),
      newUsers: AccountDefaults(plan: .premium, quotaBytes: 12_345)
    )
    authenticator = Authenticator(
      verifier: TokenVerifier(keys: try KeySet(Data(forge.jwk(kid: "main").utf8))),
      database: database
    )
  }

  private func identity(role: Any?, for named: String?) throws -> Identity {
    let token = try forge.token(subject: "backend", role: role, expiresAt: Self.now + 600)
    return try authenticator.identify("Bearer \(token)", actingFor: named, at: Self.now)
  }

  private func user(_ name: String) throws -> UserRecord? { try database.user(try #require(UserID(name))) }

  @Test func `a service acts for the user it names, without its role, and the user gets an account`() throws {
    let identity = try identity(role: "service", for: "alice")
    #expect(identity.user.description == "alice" && identity.by?.description == "backend" && identity.role == nil)
    #expect(throws: StorageError.forbidden(roles: ["service", "admin"])) { try identity.require(.service, .admin) }
    #expect(try user("alice")?.quotaBytes == 12_345)
    #expect(try user("backend") == nil)
  }

  @Test func `without the header the service acts for itself`() throws {
    let identity = try identity(role: "service", for: nil)
    #expect(identity.user.description == "backend" && identity.by == nil && identity.role == .service)
  }

  @Test(arguments: [nil, "admin", "user", "Service", ""] as [String?])
  func `no other role may act for a user, not even for itself`(role: String?) throws {
    for named in ["alice", "backend", "", "a/b"] {
      #expect(throws: StorageError.forbidden(roles: ["service"])) { try identity(role: role, for: named) }
    }
    #expect(try user("alice") == nil && user("backend") == nil)
  }

  @Test(arguments: [
    "", " ", ".", "..", "alice ", " alice", "alice, bob", "alice bob", "älice", "alice\0", "alice\n",
    String(repeating: "a", count: 129),
  ])
  func `a header that does not name exactly one user is a malformed request`(named: String) throws {
    #expect(throws: StorageError.invalidRequest("Stowage-User: must be one user's identifier")) {
      try identity(role: "service", for: named)
    }
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `a service may name itself, and loses its role by doing so`() throws {
    let identity = try identity(role: "service", for: "backend")
    #expect(identity.user.description == "backend" && identity.role == nil)
  }

  @Test func `without keys a token is neither accepted nor rejected as invalid`() throws {
    let blind = Authenticator(
      verifier: TokenVerifier(source: KeySource(file: folder.file("nothing"))),
      database: database
    )
    let token = try forge.token(subject: "alice", expiresAt: Self.now + 600)
    #expect {
      try blind.identify("Bearer \(token)", at: Self.now)
    } throws: { error in
      if case .unavailable? = error as? StorageError { true } else { false }
    }
    #expect(throws: StorageError.self) { try authenticator.identify("Bearer \(token)x", at: Self.now) }
  }
}
