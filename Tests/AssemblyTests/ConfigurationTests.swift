import Assembly
import Core
import Foundation
import Testing

@Suite struct ConfigurationTests {
  static let minimum = [
    "STOWAGE_S3_ACCESS_KEY": "key", "STOWAGE_S3_SECRET_KEY": "very-secret", "STOWAGE_TOKEN_KEY_FILE": "/keys.json",
    "STOWAGE_IMAGES_URL": "https://files.example.com",
  ]

  func problems(_ changes: [String: String]) -> [String] {
    do throws(Configuration.Invalid) {
      _ = try Configuration.load(environment: Self.minimum.merging(changes) { $1 })
      return []
    } catch {
      return error.problems
    }
  }

  private func withFile<Value>(_ text: String, _ body: (String) throws -> Value) throws -> Value {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  @Test func `a child process inherits the settings that its file lacks, and no other variable of Stowage`() throws {
    try withFile("STOWAGE_S3_SECRET_KEY=in-the-file\nSTOWAGE_EVENTS_TOKEN=a\n") { path in
      let own = [
        "STOWAGE_CONFIG": path, "STOWAGE_S3_SECRET_KEY": "in-the-file", "STOWAGE_EVENTS_TOKEN": "another",
        "STOWAGE_S3_REGION": "eu", "STOWAGE_ADMIN_TOKEN": "no setting", "PATH": "/bin",
      ]
      let expected = [
        "STOWAGE_CONFIG": path, "STOWAGE_EVENTS_TOKEN": "another", "STOWAGE_S3_REGION": "eu", "PATH": "/bin",
      ]
      #expect(Configuration.inherited(from: own) == expected)
    }
    let bare = ["STOWAGE_S3_SECRET_KEY": "x", "STOWAGE_CONFIG": ""]
    #expect(Configuration.inherited(from: bare) == bare)
  }

  @Test func `the minimum is enough, and the defaults are the documented ones`() throws {
    let settings = try Configuration.load(environment: Self.minimum).settings
    #expect(settings.environment == .production)
    #expect(settings.uploads == UploadPolicy())
    #expect(settings.uploads.maximumBytes == 52_428_800 && settings.uploads.singlePutMaximumBytes == 10_485_760)
    #expect(settings.variants == VariantSpecification.defaults)
    #expect(settings.store.addressing == .virtual && settings.store.publicURL == settings.store.url)
    #expect(settings.eventsToken == nil)
  }

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

  @Test(arguments: [
    ([:], 110_000_000, 210_000_000), (["": "20000000"], 20_000_000, 20_000_000),
    (["": "300000000"], 300_000_000, 300_000_000), (["_JPEG": "90000000"], 110_000_000, 90_000_000),
    (["": "20000000", "_JPEG": "90000000"], 20_000_000, 90_000_000),
  ])
  func `the limit for JPEG is a setting beside the general one, which lowers it too`(
    changes: [String: String],
    general: Int,
    jpeg: Int
  ) throws {
    let settings = changes.map { ("STOWAGE_IMAGE_MAX_PIXELS\($0.key)", $0.value) }
    let environment = Self.minimum.merging(settings) { $1 }
    let limits = try Configuration.load(environment: environment).settings.decoder.limits
    #expect(limits.maximumPixels == general && limits.maximumJPEGPixels == jpeg)
  }

  @Test(arguments: ["medium=width:20000", "medium=width:4097", "big=cover:150x16384", "medium=width:0"])
  func `a rendering that WebP might not hold is refused with the permitted sides`(variants: String) {
    let found = problems(["STOWAGE_VARIANTS": variants])
    #expect(found.count == 1 && found[0].contains("each side from 1 to 4096 pixels"), "\(found)")
  }

  @Test func `all bad settings are reported together, with the expected values`() {
    let found = problems([
      "STOWAGE_UPLOAD_URL_SECONDS": "901", "STOWAGE_STORE": "floppy", "STOWAGE_IMAGES_URL": "files.example.com/",
      "STOWAGE_VARIANTS": "thumb=blur", "STOWAGE_DATABASE_PATH": "relative", "STOWAGE_BUCKET_RAW": "Raw",
      "STOWAGE_UPLOAD_TYPES": "image/jpeg,text/html", "STOWAGE_S3_ACCESS_KEY": "",
    ])
    #expect(found.count == 8)
    for key in [
      "UPLOAD_URL_SECONDS", "STORE", "IMAGES_URL", "VARIANTS", "DATABASE_PATH", "BUCKET_RAW", "UPLOAD_TYPES",
      "S3_ACCESS_KEY",
    ] {
      #expect(found.contains { $0.hasPrefix("STOWAGE_\(key): ") && $0.contains("expected") }, "\(key)")
    }
  }

  @Test func `plain types are read, and each wrong one is reported`() throws {
    var environment = Self.minimum
    environment["STOWAGE_UPLOAD_PLAIN_TYPES"] = "text/csv, application/x-foo=foo,Audio/MP3"
    let types = try Configuration.load(environment: environment).settings.uploads.plainTypes
    #expect(types.map(\.contentType) == ["text/csv", "application/x-foo", "audio/mpeg"])
    let found = problems([
      "STOWAGE_UPLOAD_PLAIN_TYPES": "text/csv,text/html,application/x-foo,application/x-b=csv,image/png"
    ])
    #expect(found.count == 4 && found.allSatisfy { $0.hasPrefix("STOWAGE_UPLOAD_PLAIN_TYPES: ") })
    #expect(found.contains { $0.contains("application/x-foo=foo") })
  }

  @Test func `the CORS origin * is refused outside development`() {
    #expect(problems(["STOWAGE_CORS_ORIGINS": "*"]).count == 1)
    #expect(problems(["STOWAGE_CORS_ORIGINS": "*", "STOWAGE_ENVIRONMENT": "development"]).isEmpty)
  }

  @Test(arguments: [
    "https://app.example.com", "http://localhost:3000", "https://127.0.0.1:8443", "https://[::1]:8443", "http://a",
    "https://xn--bcher-kva.example", "https://app.example.com:80", "http://app.example.com:443, https://b.example.com",
  ])
  func `origins are accepted as browsers send them`(origins: String) {
    #expect(problems(["STOWAGE_CORS_ORIGINS": origins]).isEmpty)
  }

  @Test(arguments: [
    "app.example.com", "//app.example.com", "https://", "https://app.example.com/", "https://app.example.com/path",
    "https://app.example.com?x", "https://app.example.com#x", "https://user@app.example.com", "https://App.example.com",
    "HTTPS://app.example.com", "https://app.example.com:443", "http://app.example.com:80", "https://app.example.com:",
    "https://app.example.com:0", "https://app.example.com:65536", "https://app.example.com:08443",
    "ftp://app.example.com",
    "file://", "null", "https://*.example.com", "https://*", "*, https://app.example.com",
    "https://a.example,https://a.example",
    "https://a.example,", ",", "https://a.example,,https://b.example", "https://bücher.example", "https://.example.com",
    "https://a..example", "https://a.example https://b.example", "https://a.example\u{301}", "none,https://a.example",
  ])
  func `a value that no browser would send as an origin is refused, in development too`(origins: String) {
    for environment in ["production", "development"] {
      let found = problems(["STOWAGE_CORS_ORIGINS": origins, "STOWAGE_ENVIRONMENT": environment])
      #expect(found.count == 1 && found[0].contains("STOWAGE_CORS_ORIGINS: '\(origins)'"), "\(found)")
    }
  }

  @Test(arguments: [
    "http://127.0.0.1:9000", "https://10.0.0.7", "http://[::1]:9000", "http://2130706433", "http://0x7f.1",
    "http://127.1",
  ])
  func `virtual addressing is refused if the host is an IP address`(url: String) {
    let virtual = ["STOWAGE_STORE": "minio", "STOWAGE_S3_ADDRESSING": "virtual"]
    let found = problems(virtual.merging(["STOWAGE_S3_URL": url]) { $1 })
    #expect(found.count == 1 && found[0].hasPrefix("STOWAGE_S3_URL: '\(url)'"), "\(found)")
    #expect(found.first?.contains("STOWAGE_S3_ADDRESSING=path") == true)
    let outside = ["STOWAGE_S3_URL": "http://s3.example.com", "STOWAGE_S3_PUBLIC_URL": url]
    #expect(problems(virtual.merging(outside) { $1 }).map { String($0.prefix(21)) } == ["STOWAGE_S3_PUBLIC_URL"])
    #expect(problems(["STOWAGE_STORE": "minio", "STOWAGE_S3_URL": url]).isEmpty, "path addressing takes it")
    for name in ["http://s3.example.com", "http://localhost:9000", "http://1.example", "http://0x7f.example"] {
      #expect(problems(virtual.merging(["STOWAGE_S3_URL": name]) { $1 }).isEmpty, "\(name)")
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
    #expect(try cloudFront(named)?.accessKey == "key" && cloudFront(named)?.secretKey == Secret("very-secret"))
    let keys = ["STOWAGE_CLOUDFRONT_ACCESS_KEY": "other", "STOWAGE_CLOUDFRONT_SECRET_KEY": "hidden"]
    #expect(try cloudFront(named.merging(keys) { $1 })?.secretKey == Secret("hidden"))
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

  @Test func `a lease shorter than the processing time is refused outside development`() {
    #expect(problems(["STOWAGE_LEASE_SECONDS": "89"]).count == 1)
    #expect(problems(["STOWAGE_LEASE_SECONDS": "89", "STOWAGE_ENVIRONMENT": "development"]).isEmpty)
    #expect(problems(["STOWAGE_LEASE_SECONDS": "1", "STOWAGE_ENVIRONMENT": "development"]).count == 1)
  }

  @Test func `a last purge before nginx's read time-out is refused outside development`() {
    #expect(problems(["STOWAGE_LAST_PURGE_SECONDS": "44"]).count == 1)
    #expect(problems(["STOWAGE_LAST_PURGE_SECONDS": "301"]).count == 1)
    #expect(problems(["STOWAGE_LAST_PURGE_SECONDS": "6", "STOWAGE_ENVIRONMENT": "development"]).isEmpty)
    #expect(problems(["STOWAGE_LAST_PURGE_SECONDS": "5", "STOWAGE_ENVIRONMENT": "development"]).count == 1)
  }

  @Test func `a secret is never shown, whether valid or invalid`() throws {
    let configuration = try Configuration.load(environment: Self.minimum)
    #expect(configuration.entries.contains { $0.name == "STOWAGE_S3_SECRET_KEY" && $0.value == "(set)" })
    #expect(!"\(configuration)".contains("very-secret"))
    #expect(!problems(["STOWAGE_EVENTS_TOKEN": "too-short"]).joined().contains("too-short"))
    var shown = ""
    dump(configuration, to: &shown)
    #expect(!shown.contains("very-secret"))
  }

  @Test func `malformed, repeated and unknown lines of the file are each an error`() throws {
    let text = "# fine\n\nSTOWAGE_STORE=minio\nSTOWAGE_STORE=ceph\nexport A=b\nSTOWAGE_TYPO=1\nPATH=/bin\n"
    try withFile(text) { path in
      let found = problems(["STOWAGE_CONFIG": path, "STOWAGE_S3_URL": "http://127.0.0.1:9000"])
      #expect(found.count == 3)
      #expect(found.contains { $0.contains(":4: STOWAGE_STORE") } && found.contains { $0.contains(":5: expected") })
      #expect(found.contains { $0.hasPrefix("STOWAGE_TYPO: no such key") })
    }
    #expect(problems(["STOWAGE_CONFIG": "/does/not/exist"]).count == 1)
  }

  @Test func `lines may end as on Windows, and quotes are not part of a value`() throws {
    let text = "STOWAGE_S3_REGION=eu-north-1\r\nSTOWAGE_S3_SECRET_KEY=topsecret\r\nSTOWAGE_BUCKET_RAW=\"quoted\"\r\n"
    try withFile(text) { path in
      let found = problems(["STOWAGE_CONFIG": path])
      #expect(!found.joined().contains("topsecret"))
      #expect(found.contains { $0.contains(":3: STOWAGE_BUCKET_RAW is in quotes") })
    }
    try withFile("STOWAGE_S3_REGION=eu-north-1\r\n") { path in
      let environment = Self.minimum.merging(["STOWAGE_CONFIG": path]) { $1 }
      let settings = try Configuration.load(environment: environment).settings
      #expect(settings.store.region == "eu-north-1")
    }
    #expect(problems(["STOWAGE_CONFIG": ""]).isEmpty)
  }

  @Test func `the socket of clamd may be set even if scanning is off`() throws {
    try withFile("STOWAGE_SCANNER=none\nSTOWAGE_CLAMD_SOCKET=/run/clamav/clamd.ctl\n") { path in
      #expect(problems(["STOWAGE_CONFIG": path]).isEmpty)
    }
  }

  @Test func `the environment takes precedence over the file`() throws {
    try withFile("STOWAGE_S3_REGION=eu-north-1\nSTOWAGE_BUCKET_RAW=from-file\n") { path in
      let environment = Self.minimum.merging(["STOWAGE_CONFIG": path, "STOWAGE_BUCKET_RAW": "from-environment"]) { $1 }
      let settings = try Configuration.load(environment: environment).settings
      #expect(settings.buckets.raw == "from-environment" && settings.store.region == "eu-north-1")
    }
  }

  @Test func `the sample file explains every key, and shows its default`() throws {
    let sample = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../conf/stowage.env")
    var shown: [String: String] = [:]
    for line in try String(contentsOf: sample, encoding: .utf8).split(separator: "\n") {
      let bare = line.hasPrefix("#STOWAGE_") ? line.dropFirst() : line
      guard bare.hasPrefix("STOWAGE_"), let equals = bare.firstIndex(of: "=") else { continue }
      shown[String(bare[..<equals])] = String(bare[bare.index(after: equals)...])
    }
    let configuration = try Configuration.load(environment: Self.minimum)
    #expect(Set(configuration.entries.map(\.name)) == Set(shown.keys))
    for entry in configuration.entries where entry.isDefault && entry.name != "STOWAGE_DECODER" {
      #expect(shown[entry.name] == entry.value, "\(entry.name)")
    }
  }
}
