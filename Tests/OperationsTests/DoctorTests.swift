import Assembly
import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Operations

@Suite struct DoctorTests {
  private static let handlers = ProcessName.handlers.map(\.rawValue)

  let node: DoctorFixture

  init() throws { node = try DoctorFixture() }

  /// Expects exactly one finding that is not good, with these words and with advice.
  func expectOne(
    _ status: Finding.Status,
    _ part: String,
    _ words: String...,
    advice: String,
    at now: Date = .now,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try node.complaints(at: now)
    #expect(found.map(\.part) == [part], "\(found.map(\.text))", sourceLocation: sourceLocation)
    guard let first = found.first else { return }
    #expect(first.status == status, sourceLocation: sourceLocation)
    for word in words { #expect(first.text.contains(word), "\(first.text)", sourceLocation: sourceLocation) }
    #expect(first.advice?.contains(advice) == true, sourceLocation: sourceLocation)
  }

  @Test func `a good node has no complaints, and every check runs`() throws {
    let findings = try node.examine()
    #expect(findings.filter { $0.status != .good }.isEmpty, "\(findings.filter { $0.status != .good }.map(\.text))")
    #expect(
      findings.map(\.part) == [
        "version", "environment", "token keys", "database", "jobs", "disk", "bucket", "bucket", "bucket", "bucket",
        "store",
        "scanner", "decoder", "private files",
      ] + Self.handlers + ["worker", "site", "strangers"]
    )
    #expect(findings.first?.text == "stowage \(Version.current)")
    #expect(findings.first { $0.part == "scanner" }?.text == "ClamAV 1.4.0")
    #expect(findings.first { $0.part == "decoder" }?.text.contains("execve") == true)
    #expect(try node.store.memory.list("uploads-processed", prefix: "", after: nil, limit: 10).items.isEmpty)
  }

  @Test func `development is a warning`() throws {
    node.changes["STOWAGE_ENVIRONMENT"] = "development"
    try expectOne(.warning, "environment", "development", advice: "STOWAGE_ENVIRONMENT=production")
  }

  @Test func `a site that does not answer`() throws {
    node.site.stop()
    try expectOne(.bad, "site", node.site.url, advice: "nginx")
  }

  @Test func `a site whose image process does not answer`() throws {
    let broken = try ScriptedServer(.bytes("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"))
    defer { broken.stop() }
    node.changes["STOWAGE_IMAGES_URL"] = broken.url
    try expectOne(.bad, "site", "answers 502", advice: "nginx")
  }

  @Test func `a node without a worker`() throws {
    node.isWorkerRunning = false
    try expectOne(.bad, "worker", "none runs", advice: "Start worker")
  }

  // MARK: Token keys

  @Test func `a missing key file`() throws {
    node.changes["STOWAGE_TOKEN_KEY_FILE"] = "/nonexistent/keys.json"
    try expectOne(.bad, "token keys", "/nonexistent/keys.json", advice: "STOWAGE_TOKEN_KEY_FILE")
  }

  @Test(arguments: [
    "", "nonsense", "{}", #"{"keys":[]}"#, "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
  ])
  func `a key file without a key`(text: String) throws {
    try node.write(text, to: "keys.json", mode: 0o600)
    try expectOne(.bad, "token keys", "keys.json", advice: "a PEM public key, a JWK or a JWK set")
  }

  @Test(arguments: [0o644, 0o604, 0o666, 0o602]) func `a key file that everybody can read or write`(mode: Int) throws {
    let text = try String(contentsOfFile: node.folder.file("keys.json"), encoding: .utf8)
    try node.write(text, to: "keys.json", mode: mode)
    try expectOne(.warning, "token keys", "keys.json", "everybody", advice: "chmod 0640")
  }

  @Test func `the age of a key file and its unusable keys are shown`() throws {
    let hour = Date.now + 3 * 3600
    #expect(
      try node.examine(at: hour).contains { $0.part == "token keys" && $0.text.hasSuffix("1 key, written 3 h ago") }
    )
    let good = try String(contentsOfFile: node.folder.file("keys.json"), encoding: .utf8)
    try node.write(#"{"keys":[\#(good),{"kty":"OKP"}]}"#, to: "keys.json", mode: 0o640)
    try expectOne(.warning, "token keys", "1 key", "key 1: kty is not one of", advice: "out of the document")
  }

  @Test func `a key URL whose server is down, or returns something else`() throws {
    let server = try ScriptedServer(.bytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
    defer { server.stop() }
    for (url, words) in [(server.url, "answers 404"), ("http://127.0.0.1:1", "connect to 127.0.0.1")] {
      node.changes = [
        "STOWAGE_TOKEN_KEY_FILE": "none", "STOWAGE_TOKEN_KEY_URL": url, "STOWAGE_ENVIRONMENT": "development",
      ]
      let found = try node.complaints().filter { $0.part == "token keys" }
      #expect(found.count == 1 && found[0].status == .bad && found[0].text.contains(words), "\(found)")
      #expect(found.first?.advice?.contains("STOWAGE_TOKEN_KEY_URL") == true)
    }
  }

  @Test func `with identity from nginx no keys are needed`() throws {
    node.changes = ["STOWAGE_TOKEN_KEY_FILE": "none", "STOWAGE_IDENTITY": "nginx"]
    let found = try node.examine()
    #expect(found.contains { $0.part == "identity" && $0.status == .good })
    #expect(!found.contains { $0.part == "token keys" })
  }

  // MARK: Database

  @Test func `a missing database folder`() throws {
    node.changes["STOWAGE_DATABASE_URL"] = "sqlite:" + node.folder.file("missing/stowage.sqlite")
    try expectOne(.bad, "database", "missing/stowage.sqlite", advice: "must exist and be writable")
  }

  @Test func `a file that is no database`() throws {
    _ = try node.folder.write(Array(repeating: 7, count: 100_000), to: "stowage.sqlite")
    try expectOne(.bad, "database", "stowage.sqlite", "not a database", advice: "STOWAGE_DATABASE_URL")
  }

  @Test func `jobs that no worker claims`() throws {
    let database = try FileDatabase(path: node.folder.file("stowage.sqlite"))
    let user = try #require(UserID("ann"))
    _ = try database.user(user, plan: .standard, quotaBytes: 100, at: .now)
    let claim = try UploadClaim(filename: "a.jpg", size: 9, contentType: "image/jpeg", policy: UploadPolicy())
    let key = RawKey(user: user, file: FileID(at: .now), type: .jpeg)
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    #expect(try database.reserve(NewUpload(key: key, claim: claim, expiresAt: now + 900), at: now) == .reserved)
    _ = try database.enqueue(for: [key.file], at: now)
    #expect(try node.complaints(at: now + 60).isEmpty)
    try expectOne(.warning, "jobs", "1 waiting", "for 100 s", advice: "Is a worker running?", at: now + 100)
  }

  // MARK: Scanner and decoder

  @Test func `a scanner that is down`() throws {
    node.scanner = nil
    try expectOne(.bad, "scanner", node.folder.file("clamd.sock"), advice: "Start clamd")
  }

  @Test func `a scanner that is not configured`() throws {
    node.changes["STOWAGE_SCANNER"] = "none"
    try expectOne(.warning, "scanner", "nothing is scanned", advice: "STOWAGE_SCANNER=clamd")
  }

  @Test func `a missing decoder`() throws {
    node.changes["STOWAGE_DECODER"] = "/nonexistent/decoder"
    try expectOne(.bad, "decoder", "/nonexistent/decoder", advice: "STOWAGE_DECODER")
  }

  @Test func `a program that is no decoder`() throws {
    node.changes["STOWAGE_DECODER"] = "/bin/true"
    try expectOne(.bad, "decoder", "/bin/true", advice: "decoder self-test")
  }

  @Test func `a decoder without confinement`() throws {
    let report = "open: denied\nsocket: allowed\ndescriptors: 0 1 2 3\n"
    let script =
      "printf '\\000\\000\\000\\\(String(report.utf8.count, radix: 8))' >&3\nprintf '\(report)' >&3\n"
    node.changes["STOWAGE_DECODER"] = try node.folder.impostor(script)
    try expectOne(.bad, "decoder", "failed its self-test", "open denied, socket allowed", advice: "Do not run it")
  }

  @Test(arguments: ["/nonexistent", "/proc", "/dev/null"]) func `a folder that allows no private files`(
    path: String
  ) throws {
    node.changes["STOWAGE_TEMPORARY_DIRECTORY"] = path
    try expectOne(.bad, "private files", path, advice: "STOWAGE_TEMPORARY_DIRECTORY")
  }

  // MARK: Processes

  @Test func `a process that was never started`() throws {
    try FileManager.default.removeItem(atPath: node.folder.file("image.sock"))
    try expectOne(.bad, "image", node.folder.file("image.sock"), "No such file", advice: "Start image")
  }

  @Test func `processes that died and left their sockets`() throws {
    try node.stopProcesses()
    let found = try node.complaints()
    #expect(found.map(\.part) == Self.handlers)
    #expect(found.allSatisfy { $0.text.contains("refused") && $0.advice?.hasPrefix("Start ") == true })
  }

  @Test func `a process that is not ready names the failed check`() throws {
    node.processes["image"]?.say(503, #"{"parts":{"database":"ok","store":"connection refused"}}"#)
    try expectOne(.bad, "image", "not ready", "store: connection refused", advice: "Mend")
  }

  @Test func `a worker that is not ready names the failed check`() throws {
    node.processes["worker"]?.say(503, #"{"parts":{"scanner":"does not answer"}}"#)
    try expectOne(.bad, "worker", "scanner: does not answer", advice: "Mend")
  }

  @Test func `a process of another version is a warning`() throws {
    node.processes["image"]?.say(200, #"{"parts":{"database":"ok"},"version":"\#(Version.current)"}"#)
    #expect(try node.complaints().isEmpty)
    node.processes["image"]?.say(200, #"{"parts":{"database":"ok"},"version":"0.0.9"}"#)
    try expectOne(.warning, "image", "version 0.0.9", Version.current, advice: "the same version")
  }

  @Test(arguments: ["", "[]", #"{"parts":7}"#]) func `a process that is not ready and cannot say why`(_ body: String)
    throws
  {
    node.processes["files"]?.say(503, body)
    try expectOne(.bad, "files", "does not say why", advice: "Mend")
  }

  @Test func `a process without health routes`() throws {
    node.processes["files"]?.say(404, "")
    try expectOne(.warning, "files", "answers 404", advice: "stowage swap")
  }

  @Test func `a socket folder whose path is too long`() throws {
    node.changes["STOWAGE_SOCKET_DIRECTORY"] = "/" + String(repeating: "x", count: 200)
    let found = try node.complaints()
    #expect(found.count == ProcessName.allCases.count && found.allSatisfy { $0.text.contains("too long") })
  }

  // MARK: All at once

  @Test func `one failed check hides no other`() throws {
    node.changes = [
      "STOWAGE_TOKEN_KEY_FILE": "/nonexistent", "STOWAGE_DATABASE_URL": "sqlite:/nonexistent/db",
      "STOWAGE_DECODER": "/nonexistent/decoder", "STOWAGE_SOCKET_DIRECTORY": "/nonexistent",
    ]
    node.scanner = nil
    node.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    node.site.stop()
    #expect(
      try node.complaints().map(\.part) == [
        "token keys", "database", "store", "scanner", "decoder",
      ] + Self.handlers + ["worker", "site"]
    )
  }
}
