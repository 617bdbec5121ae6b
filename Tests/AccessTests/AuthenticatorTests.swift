import Access
import Core
import Database
import Foundation
import Signing
import TestSupport
import Testing
import Tokens

@Suite struct AuthenticatorTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)
  private static let secret = Array("a secret of exactly 32 bytes ....".utf8.prefix(32))

  private let folder: ScratchFolder
  private let database: FileDatabase
  private let authenticator: Authenticator

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(
      path: folder.file("stowage.sqlite"),
      newUsers: AccountDefaults(plan: .premium, quotaBytes: 12_345)
    )
    let jwk = Data(#"{"kty":"oct","k":"\#(Self.base64URL(Self.secret))"}"#.utf8)
    authenticator = Authenticator(
      verifier: TokenVerifier(keys: try KeySet(jwk)),
      database: database
    )
  }

  private static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func token(
    _ payload: String = #"{"sub":"ann","exp":1800000600}"#,
    header: String = #"{"alg":"HS256"}"#,
    secret: [UInt8] = AuthenticatorTests.secret
  ) -> String {
    let message = base64URL(Array(header.utf8)) + "." + base64URL(Array(payload.utf8))
    return message + "." + base64URL(hmacSHA256(Array(message.utf8), key: secret))
  }

  private static func token(subject: String) throws -> String {
    let claims = ["sub": .some(subject), "exp": 1_800_000_600] as [String: Any?]
    let data = try JSONSerialization.data(withJSONObject: claims.compactMapValues { $0 })
    return token(String(decoding: data, as: UTF8.self))
  }

  private func user(_ name: String) throws -> UserRecord? { try database.user(try #require(UserID(name))) }

  @Test(arguments: ["Bearer", "bearer", "BEARER", "Bearer ", "bearer  "])
  func `a valid token identifies its user, whatever the case of the scheme and the number of spaces`(scheme: String)
    throws
  {
    let identity = try authenticator.identify("\(scheme) \(Self.token())", at: Self.now)
    #expect(identity.user.description == "ann" && identity.role == nil)
  }

  private func identity(role: String) throws -> Identity {
    let token = Self.token(#"{"sub":"ann","exp":1800000600,"role":"\#(role)"}"#)
    return try authenticator.identify("Bearer \(token)", at: Self.now)
  }

  @Test func `a known role is passed on, with exactly its permissions`() throws {
    #expect(try identity(role: "admin").role == .admin)
    let service = try identity(role: "service")
    #expect(service.role == .service)
    try service.require(.service, .admin)
    #expect(throws: StorageError.forbidden(roles: ["admin"])) { try service.require(.admin) }
  }

  @Test(arguments: ["", "Admin", "ADMIN", " admin", "admin ", "admin,service", "root", "user", "аdmin"])
  func `an unknown role counts as an ordinary user`(role: String) throws {
    let identity = try identity(role: role)
    #expect(identity.role == nil && identity.user.description == "ann")
    #expect(throws: StorageError.forbidden(roles: ["service", "admin"])) { try identity.require(.service, .admin) }
  }

  @Test func `a first token creates the user with the defaults, a later one changes nothing`() throws {
    #expect(try user("ann") == nil)
    _ = try authenticator.identify("Bearer \(Self.token())", at: Self.now)
    let made = try #require(try user("ann"))
    #expect(made.plan == .premium && made.quotaBytes == 12_345 && made.createdAt == Self.now)
    _ = try authenticator.identify("Bearer \(Self.token())", at: Self.now + 60)
    #expect(try user("ann") == made)
  }

  @Test func `eight first tokens at once create one user`() throws {
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      #expect(throws: Never.self) { try authenticator.identify("Bearer \(Self.token())", at: Self.now) }
    }
    #expect(try user("ann")?.quotaBytes == 12_345)
  }

  @Test(
    arguments: [
      nil, "", " ", "Bearer", "Bearer ", "Basic YW5uOmFubg==", AuthenticatorTests.token(),
      " Bearer \(AuthenticatorTests.token())", "Bearer \(AuthenticatorTests.token()) ",
      "Bearer \(AuthenticatorTests.token()), Bearer \(AuthenticatorTests.token())",
      "Bearer \(AuthenticatorTests.token(header: #"{"alg":"none"}"#))",
      "Bearer \(AuthenticatorTests.token(secret: Array("another secret of 32 bytes .....".utf8)))",
      "Bearer \(AuthenticatorTests.token(#"{"sub":"ann","exp":1799999900}"#))",
      "Bearer \(AuthenticatorTests.token(#"{"sub":"ann"}"#))",
      "Bearer \(AuthenticatorTests.token(#"{"exp":1800000600}"#))",
      "Bearer \(AuthenticatorTests.token(#"{"sub":7,"exp":1800000600}"#))",
      "Bearer \(AuthenticatorTests.token(#"{"sub":"ann","exp":1800000600,"role":["admin"]}"#))",
      "Bearer \(AuthenticatorTests.token(#"{"sub":"ann","exp":1800000600,"role":null}"#))",
      "Bearer \(AuthenticatorTests.token(#"{"sub":"ann","exp":1800000600,"role":true}"#))",
      "Bearer \(AuthenticatorTests.token(#"{"sub":"ann","exp":1800000600,"role":"admin\u0000"}"#))",
      "Bearer \(AuthenticatorTests.token(#"{"sub":"ann","exp":1800000600,"role":"user","role":"admin"}"#))",
      "Bearer \(String(repeating: "a", count: 100_000))", "Bearer ..", "Bearer \0",
    ] as [String?]
  )
  func `an invalid token is unauthenticated, creates no user, and the reason quotes nothing`(
    authorization: String?
  ) throws {
    #expect {
      try authenticator.identify(authorization, at: Self.now)
    } throws: { error in
      guard case .unauthenticated(let reason)? = error as? StorageError else { return false }
      return !reason.isEmpty && reason.count < 200 && !reason.contains("eyJ")
    }
    #expect(try user("ann") == nil)
  }

  @Test(arguments: [
    "", ".", "..", "ann bob", "änn", "ann\0", "ann\n", String(repeating: "a", count: 129),
    String(repeating: "|", count: 86),
  ])
  func `a subject that is no user identifier is rejected`(subject: String) throws {
    let token = try Self.token(subject: subject)
    #expect {
      try authenticator.identify("Bearer \(token)", at: Self.now)
    } throws: { error in
      if case .unauthenticated? = error as? StorageError { true } else { false }
    }
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test(arguments: [
    "auth0|64b7f0a1c2", "eu-west-1:9f2b", "a+b@example.com", "urn:x:y", "~", "a/b", "../ann", "*", "%2F",
  ])
  func `users are those that identity providers name`(subject: String) throws {
    #expect(
      try authenticator.identify("Bearer \(Self.token(subject: subject))", at: Self.now).user.description == subject
    )
    #expect(try user(subject) != nil)
  }

  @Test func `a user who was erased can return to a process that has seen them`() throws {
    let authorization = "Bearer \(Self.token())"
    let ann = try authenticator.identify(authorization, at: Self.now).user
    #expect(try database.beginErasure(of: ann, at: Self.now) && database.erase(ann))
    #expect(try authenticator.identify(authorization, at: Self.now).user == ann && database.user(ann) == nil)
    let claim = try UploadClaim(filename: "a.png", size: 5, contentType: "image/png", policy: UploadPolicy())
    let key = RawKey(user: ann, file: FileID(at: Self.now), type: claim.type)
    let upload = NewUpload(key: key, claim: claim, expiresAt: Self.now + 900)
    #expect(try database.reserve(upload, at: Self.now) == .reserved)
    let record = try #require(try database.user(ann))
    #expect(record.quotaBytes == 12_345 && record.plan == .premium && record.reservedBytes == 5)
  }

  @Test func `another claim can name the user`() throws {
    let jwk = Data(#"{"kty":"oct","k":"\#(Self.base64URL(Self.secret))"}"#.utf8)
    let authenticator = Authenticator(
      verifier: TokenVerifier(keys: try KeySet(jwk), userClaim: "https://example.com/id"),
      database: database
    )
    func identity(_ claims: String) throws -> Identity {
      try authenticator.identify("Bearer \(Self.token(#"{\#(claims),"exp":1800000600}"#))", at: Self.now)
    }
    #expect(try identity(#""https://example.com/id":"bob","sub":"ann""#).user.description == "bob")
    #expect(try identity(#""https://example.com/id":"bob""#).user.description == "bob")
    for claims in [
      #""sub":"ann""#, #""https://example.com/id":7"#, #""https://example.com/id":"""#,
      #""https://example.com/id":{"id":"bob"}"#, #""https://example.com/id":"b b","sub":"ann""#,
    ] {
      #expect {
        try identity(claims)
      } throws: { error in
        guard case .unauthenticated(let reason)? = error as? StorageError else { return false }
        return reason.contains("https://example.com/id")
      }
    }
  }

  @Test func `a token is accepted until its leeway ends, and not a second longer`() throws {
    let authorization = "Bearer \(Self.token())"
    _ = try authenticator.identify(authorization, at: Self.now + 659)
    #expect(throws: StorageError.self) { try authenticator.identify(authorization, at: Self.now + 660) }
  }
}
