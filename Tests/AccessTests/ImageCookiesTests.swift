import Access
import Core
import Foundation
import TestSupport
import Testing
import Tokens

/// The images that a user's cookies give access to, by plan and path.
@Suite struct ImageCookiesTests {
  private static let url = "https://files.example.com"
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)
  private static let file = FileID(at: now)

  private let folder: ScratchFolder
  private let imageGuard: ImageGuard
  private let cookies: ImageCookies

  init() throws {
    folder = try ScratchFolder()
    let file = folder.file("key.pem")
    _ = try run(
      "openssl",
      ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file]
    )
    let signer = try CookieSigner(keyPairID: "PAIR", pem: Data(contentsOf: URL(filePath: file)))
    cookies = ImageCookies(imagesURL: Self.url, signer: signer, seconds: 3600)
    imageGuard = ImageGuard(imagesURL: Self.url, verifier: signer.verifier)
  }

  private func user(_ name: String) throws -> UserID { try #require(UserID(name)) }

  /// True if the user can see `path` with the cookies that a browser would send: those whose `Path` is a prefix of it.
  private func sees(_ name: String, on plan: Plan, _ path: String, at now: Date = now) throws -> Bool {
    let grants = try cookies.grants(to: user(name), on: plan, at: Self.now)
    guard let grant = grants.given.first(where: { path.hasPrefix($0.path) }) else { return false }
    do throws(StorageError) {
      _ = try imageGuard.admit(path, with: grant.cookies, from: "192.0.2.7", at: now)
      return true
    } catch {
      guard case .cookiesRefused = error else { throw error }
      return false
    }
  }

  private func path(_ prefix: String, _ owner: String) -> String {
    "/\(prefix)/\(UserID(owner)?.written ?? owner)/\(Self.file)/thumb.webp"
  }

  @Test(
    arguments: [
      "ann", "a", "ann@example.com", "..a", "-", "A.b_c-d@e", "*", "?", "b*", "bo?", "auth0|64b7", "a/b", "../bob",
      "%2F", "~",
    ],
    Plan.allCases
  )
  func `every user sees their own images, and no private images of others`(name: String, plan: Plan) throws {
    #expect(try sees(name, on: plan, path("private", name)))
    #expect(try sees(name, on: plan, path("premium", name)))
    #expect(try !sees(name, on: plan, path("private", "bob")))
    #expect(try !sees(name, on: plan, path("private", name + "x")))
  }

  @Test func `the cookies of a user with any character show the images of no other user`() throws {
    let users = (UInt8(0x21)...0x7E).map { "u" + String(Unicode.Scalar($0)) }
    for name in users {
      #expect(try sees(name, on: .standard, path("private", name)), "\(name)")
      let grants = try cookies.grants(to: user(name), on: .standard, at: Self.now)
      for other in users + ["u", "uu", "u~2F", "bob"] where other != name {
        for grant in grants.given {
          #expect(throws: StorageError.self, "\(name) \(other)") {
            try imageGuard.admit(path("private", other), with: grant.cookies, from: "192.0.2.7", at: Self.now)
          }
        }
      }
    }
  }

  @Test func `premium images of others need a premium plan`() throws {
    #expect(try sees("ann", on: .premium, path("premium", "bob")))
    #expect(try !sees("ann", on: .standard, path("premium", "bob")))
    #expect(try !sees("ann", on: .standard, path("premium", "anna")))
  }

  @Test func `after a downgrade the old cookies stay valid until they expire, and no longer`() throws {
    let path = path("premium", "bob")
    #expect(try sees("ann", on: .premium, path, at: Self.now + 3599))
    #expect(try !sees("ann", on: .premium, path, at: Self.now + 3600))
  }

  @Test func `no issued cookie path contains another, and obsolete cookies are deleted`() throws {
    for plan in Plan.allCases {
      let grants = try cookies.grants(to: user("ann"), on: plan, at: Self.now)
      let paths = grants.given.map(\.path)
      #expect(paths.count == 2 && !paths[0].hasPrefix(paths[1]) && !paths[1].hasPrefix(paths[0]))
      #expect(!paths.contains(grants.withdrawn))
      #expect(Set(paths + [grants.withdrawn]) == Set(ImageCookies.paths(of: try user("ann"))))
      #expect(grants.expires == Self.now + 3600)
    }
  }

  @Test func `a path that is no protected image is refused, whatever the cookies allow`() throws {
    let grants = try cookies.grants(to: user("ann"), on: .premium, at: Self.now)
    for path in [
      "/private/ann/", "/private/ann/../bob/\(Self.file)/thumb.webp", "/private/ann//\(Self.file)/thumb.webp",
      "/private/ann/%2e%2e/bob/\(Self.file)/thumb.webp", "/private/ann/\(Self.file)/thumb.webp?x",
      "/private/ann/\(Self.file)/x/thumb.webp",
      path("images", "ann"), path("Private", "ann"), "/v1/cookies", "", "/", "/private/ann/\(Self.file)/thumb.webp\0",
    ] {
      for grant in grants.given {
        #expect(throws: StorageError.cookiesRefused(reason: "no guarded image"), "\(path)") {
          try imageGuard.admit(path, with: grant.cookies, from: "192.0.2.7", at: Self.now)
        }
      }
    }
  }
}
