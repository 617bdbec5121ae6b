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
      "STOWAGE_VARIANTS": "thumb=blur", "STOWAGE_DATABASE_URL": "relative", "STOWAGE_BUCKET_RAW": "Raw",
      "STOWAGE_UPLOAD_TYPES": "image/jpeg,text/html", "STOWAGE_S3_ACCESS_KEY": "",
    ])
    #expect(found.count == 8)
    for key in [
      "UPLOAD_URL_SECONDS", "STORE", "IMAGES_URL", "VARIANTS", "DATABASE_URL", "BUCKET_RAW", "UPLOAD_TYPES",
      "S3_ACCESS_KEY",
    ] {
      #expect(found.contains { $0.hasPrefix("STOWAGE_\(key): ") && $0.contains("expected") }, "\(key)")
    }
  }

  @Test func `a database server is read, and its password shown nowhere`() throws {
    let url = "postgresql://stowage:hunter22@one.example,two.example:5433/files?sslmode=verify-full"
    let own = ["STOWAGE_DATABASE_URL": url, "STOWAGE_DATABASE_PREPARE": "off"]
    let configuration = try Configuration.load(environment: Self.minimum.merging(own) { $1 })
    guard case .postgresql(let server) = configuration.settings.database else {
      Issue.record("no server")
      return
    }
    #expect(server.url.revealed == url && !server.prepares)
    let shown = try #require(configuration.entries.first { $0.name == "STOWAGE_DATABASE_URL" }?.value)
    #expect(shown == "postgresql://one.example,two.example:5433/files")
    var dumped = ""
    dump(configuration.settings, to: &dumped)
    #expect(!dumped.contains("hunter22"))
  }

  @Test(arguments: ["mysql://stowage:hunter22@a/b", "sqlite:relative", "sqlite://host/file", "/var/lib/stowage.sqlite"])
  func `a wrong database is refused without being told`(url: String) {
    let found = problems(["STOWAGE_DATABASE_URL": url])
    #expect(found.count == 1 && found[0].contains("expected sqlite:") && !found[0].contains("hunter22"), "\(found)")
  }

  @Test func `the database's former setting is refused, with the new one`() {
    let found = problems(["STOWAGE_DATABASE_PATH": "/var/lib/stowage/stowage.sqlite"])
    #expect(found.count == 1 && found[0].contains("write STOWAGE_DATABASE_URL=sqlite:PATH instead"), "\(found)")
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

  @Test func `old URLs come through nginx and from no folder, unless a setting says otherwise`() throws {
    #expect(try Configuration.load(environment: Self.minimum).settings.oldURLs == OldURLSettings())
    let own = ["STOWAGE_OLD_URLS_DOWNLOADS": "redirect", "STOWAGE_OLD_URLS_FOLDER": "/uploads"]
    let settings = try Configuration.load(environment: Self.minimum.merging(own) { $1 }).settings
    #expect(settings.oldURLs == OldURLSettings(downloads: .redirect, folder: "/uploads"))
    for wrong in ["uploads", "/", "/uploads/"] {
      #expect(problems(["STOWAGE_OLD_URLS_FOLDER": wrong]).count == 1, "\(wrong)")
    }
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

  @Test func `files are deleted by age after a number of days, or never`() throws {
    #expect(try Configuration.load(environment: Self.minimum).settings.retention == RetentionRule())
    let never = Self.minimum.merging(["STOWAGE_DELETE_AFTER_DAYS": "never"]) { $1 }
    #expect(try Configuration.load(environment: never).settings.retention.days == nil)
    for text in ["0", "36501", "1.5", "none"] {
      #expect(problems(["STOWAGE_DELETE_AFTER_DAYS": text]).count == 1, "\(text)")
    }
    let daily = Self.minimum.merging(["STOWAGE_CLEANUP": "daily", "STOWAGE_DOWNGRADE_NOTICE_DAYS": "0"]) { $1 }
    let settings = try Configuration.load(environment: daily).settings
    #expect(settings.worker.cleansUp && settings.retention == RetentionRule(days: 365, noticeDays: 0))
  }

  @Test func `usage is collected daily or not at all, from listings or an inventory`() throws {
    let standard = try Configuration.load(environment: Self.minimum).settings.usage
    #expect(!standard.isDaily && standard.inventory == nil)
    let values = ["STOWAGE_USAGE": "daily", "STOWAGE_INVENTORY": "acme-inventory/lists/all"]
    let usage = try Configuration.load(environment: Self.minimum.merging(values) { $1 }).settings.usage
    #expect(usage.isDaily && usage.inventory?.bucket == "acme-inventory" && usage.inventory?.prefix == "lists/all")
    #expect(problems(["STOWAGE_USAGE": "hourly", "STOWAGE_INVENTORY": "acme-inventory/"]).count == 2)
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
