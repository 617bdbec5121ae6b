import Assembly
import Core
import Foundation
import Testing

/// The settings about users, tokens, cookies and origins.
extension ConfigurationTests {
  @Test(arguments: [
    ("service,admin", Role.allCases), ("admin", [.admin]), (" service , admin ", Role.allCases), ("none", []),
  ])
  func `the roles that may list the files of others are a setting`(text: String, roles: [Role]) throws {
    let settings = try Configuration.load(environment: Self.minimum.merging(["STOWAGE_LISTING_ROLES": text]) { $1 })
    #expect(settings.settings.tokens.listingRoles == roles)
    for bad in ["root", "admin,", "none,admin", "Admin"] {
      #expect(problems(["STOWAGE_LISTING_ROLES": bad]).first?.contains("STOWAGE_LISTING_ROLES") == true, "\(bad)")
    }
  }

  @Test func `the claim that names the user is sub, or another claim that can name one`() throws {
    let standard = try Configuration.load(environment: Self.minimum).settings
    #expect(standard.tokens.userClaim == "sub")
    for name in ["sub", "email", "username", "cognito:username", "https://example.com/user_id"] {
      let given = ["STOWAGE_TOKEN_USER_CLAIM": name]
      #expect(try Configuration.load(environment: Self.minimum.merging(given) { $1 }).settings.tokens.userClaim == name)
    }
    for name in ["iss", "aud", "exp", "role", "jti", "a b", "ä", String(repeating: "a", count: 257)] {
      #expect(problems(["STOWAGE_TOKEN_USER_CLAIM": name]).count == 1, "\(name)")
    }
  }

  @Test func `further headers of pages are added to those of tracing libraries`() throws {
    let given = ["STOWAGE_CORS_HEADERS": "X-B3-TraceId, x-acme-*,traceparent"]
    let headers = try Configuration.load(environment: Self.minimum.merging(given) { $1 }).settings.corsHeaders
    #expect(headers.map(\.description) == HeaderPattern.tracing.map(\.description) + ["x-b3-traceid", "x-acme-*"])
    for text in [
      "*", "a b", "a,", ",", "x-amz-acl", "x-*", "Stowage-User", "stowage-*",
      (0..<33).map { "x\($0)" }.joined(separator: ","),
    ] {
      let found = problems(["STOWAGE_CORS_HEADERS": text])
      #expect(found.count == 1 && found[0].hasPrefix("STOWAGE_CORS_HEADERS: "), "\(text)")
    }
  }

  @Test func `a cookie's name is a valid cookie name, or none`() {
    for name in ["none", "__Host-stowage", "a", "t!#$%&'*+-.^_`|~9"] {
      #expect(problems(["STOWAGE_TOKEN_COOKIE": name]).isEmpty, "\(name)")
    }
    for name in ["a b", "a;b", "a=b", "a,b", "\"a\"", "\u{E4}", "a/b", String(repeating: "a", count: 129)] {
      #expect(problems(["STOWAGE_TOKEN_COOKIE": name]).count == 1, "\(name)")
    }
  }

  @Test func `key pairs for cookies are an identifier and a path each, with no duplicates`() throws {
    let settings = try Configuration.load(
      environment: Self.minimum.merging([
        "STOWAGE_COOKIE_SIGNING_KEY": "K2=/keys/2.pem", "STOWAGE_COOKIE_KEYS": "K1=/keys/1.pem, K0=/keys/a=b.pem",
      ]) { $1 }
    ).settings.cookies
    #expect(settings.signingKey?.identifier == "K2" && settings.signingKey?.path == "/keys/2.pem")
    #expect(
      settings.keys.map(\.identifier) == ["K1", "K0"] && settings.keys.map(\.path) == ["/keys/1.pem", "/keys/a=b.pem"]
    )
    for text in ["K1", "=/a", "K1=", "K1=relative.pem", "K 1=/a", "K1=/a,K1=/b", "K1=/a,", "K;=/a", "/a"] {
      #expect(problems(["STOWAGE_COOKIE_KEYS": text]).count == 1, "\(text)")
    }
    #expect(problems(["STOWAGE_COOKIE_SIGNING_KEY": "K1=/a,K2=/b"]).isEmpty, "a comma may stand in a path")
    for domain in ["https://a.com", "com", ".example.com", "Example.com", "a.com;x", "a..com"] {
      #expect(problems(["STOWAGE_COOKIE_DOMAIN": domain]).count == 1, "\(domain)")
    }
  }

  @Test func `CloudFront's keys are both its own or both the store's`() throws {
    func cloudFront(_ more: [String: String]) throws -> CloudFrontSettings? {
      try Configuration.load(environment: Self.minimum.merging(more) { $1 }).settings.cloudFront
    }
    #expect(try cloudFront([:]) == nil)
    let named = ["STOWAGE_CLOUDFRONT_DISTRIBUTION": "E2QWRUHAPOMQZL"]
    let standard = try #require(try cloudFront(named))
    #expect(standard.keys == nil, "nil stands for the store's")
    let keys = ["STOWAGE_CLOUDFRONT_ACCESS_KEY": "other", "STOWAGE_CLOUDFRONT_SECRET_KEY": "hidden"]
    #expect(try cloudFront(named.merging(keys) { $1 })?.keys?.secretKey == Secret("hidden"))
    #expect(problems(["STOWAGE_CLOUDFRONT_ACCESS_KEY": "other"]).count == 1)
    #expect(problems(["STOWAGE_CLOUDFRONT_DISTRIBUTION": "../x"]).count == 1)
  }

  @Test func `token keys are either in a file or at a URL`() throws {
    let (file, url) = ("STOWAGE_TOKEN_KEY_FILE", "STOWAGE_TOKEN_KEY_URL")
    let address = "https://login.example.com/.well-known/jwks.json"
    let settings = try Configuration.load(environment: Self.minimum.merging([file: "none", url: address]) { $1 })
      .settings
    guard case .url(address, caFile: nil)? = settings.tokens.keys else {
      Issue.record("\(String(describing: settings.tokens.keys))")
      return
    }
    #expect(problems([url: address]).count == 1 && problems([file: "none"]).count == 1)
    #expect(problems([file: ""]).first?.contains(url) == true)
    #expect(problems([file: "keys.json"]).count == 1)
    #expect(problems([file: "none", "STOWAGE_IDENTITY": "nginx"]).isEmpty)
    #expect(problems([file: "none", "STOWAGE_IDENTITY": "both"]).count == 2)
  }

  @Test func `token keys are fetched over https only, or in development from this machine`() {
    func found(_ url: String, _ environment: String) -> Int {
      problems([
        "STOWAGE_TOKEN_KEY_FILE": "none", "STOWAGE_TOKEN_KEY_URL": url, "STOWAGE_ENVIRONMENT": environment,
      ]).count
    }
    for url in ["http://127.0.0.1:9000/keys", "http://localhost/keys", "http://[::1]:9000/keys"] {
      #expect(found(url, "development") == 0 && found(url, "production") == 1, "\(url)")
    }
    for url in [
      "http://login.example.com/keys", "http://127.0.0.1.example.com/", "ftp://localhost/keys", "file:///etc/keys",
      "keys",
      "https://", "https:///keys", "https://user@login.example.com/", "http://localhost@evil.example/",
      "/etc/keys.json",
      "https://login.example.com/#x",
    ] {
      #expect(found(url, "development") == 1, "\(url)")
    }
  }

  @Test func `the CORS origin * is refused outside development`() {
    #expect(problems(["STOWAGE_CORS_ORIGINS": "*"]).count == 1)
    #expect(problems(["STOWAGE_CORS_ORIGINS": "*", "STOWAGE_ENVIRONMENT": "development"]).isEmpty)
  }
}
