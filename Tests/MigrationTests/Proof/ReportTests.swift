import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct ReportTests {
  private let fixture: RunFixture
  private let ledger: MigrationLedger

  init() throws {
    fixture = try RunFixture()
    for path in ["ada/a", "ada/b/c", "bob/d"] { try fixture.tree.write(path, path) }
    ledger = try fixture.ledger()
    try fixture.run(ledger)
  }

  private func report() throws -> TreeReport {
    let verification = Verification(
      .folder(fixture.tree.root),
      ledger: ledger,
      database: fixture.database,
      store: fixture.store,
      bucket: RunFixture.bucket,
      settings: VerifySettings(threads: 2)
    )
    var facts = ReportFacts(arguments: ["migrate", "verify", "/uploads"])
    let outcome = try verification.run(ledger.beginRun("verify", options: "[]", at: .now)) { facts.keep($0) }
    return try verification.report(outcome, facts)
  }

  private func keys() throws -> (secret: String, known: String) {
    let (secret, known) = (fixture.place.file("key.pem"), fixture.place.file("public.pem"))
    try run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", secret])
    try run("openssl", ["pkey", "-in", secret, "-pubout", "-out", known])
    chmod(secret, 0o600)
    return (secret, known)
  }

  @Test func `a report has the totals of each user and the tree's digest`() throws {
    let report = try report()
    #expect(report.isClean && report.users.map(\.user) == ["ada", "bob"])
    #expect(report.users.map(\.tree.files) == [2, 1] && report.users.map(\.proven.bytes) == [12, 5])
    #expect(report.tree.files == 3 && report.tree.bytes == 17 && report.tree.root.count == 64)
    #expect(try TreeReport(json: report.json) == report)
    let text = report.text()
    #expect(text.contains("Result: no difference.") && text.contains(report.tree.root))
    #expect(text.contains("  ada: 2 files"))
  }

  @Test func `the script of the decision computes the same digest from a copy of the disk`() throws {
    for number in 0..<21 { try fixture.tree.write("ada/\(number).x/\(number)", "content \(number)") }
    try fixture.tree.write("ada/b.txt", "")
    try fixture.run(ledger)
    let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
    let page = root.appending(path: "docs/decisions/0045-a-report-has-a-merkle-root-and-a-signature.md")
    let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```")
    let script = try #require(parts.first { $0.hasPrefix("python\n") }).dropFirst("python\n".count)
    let said = try run("python3", ["-c", String(script), fixture.tree.folder.path])
    #expect(try report().tree.root == String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines))
  }

  @Test func `the digest changes with a file, and differences are listed`() throws {
    let before = try report()
    try fixture.tree.write("ada/a", "another content")
    try fixture.run(ledger)
    let after = try report()
    #expect(after.tree.root != before.tree.root && after.isClean)
    try fixture.flip(ledger, "bob/d")
    let found = try report()
    #expect(!found.isClean && found.differences.map(\.sign) == ["*"] && found.differences.map(\.path) == ["bob/d"])
    #expect(found.text().contains("Result: DIFFERENCES") && found.tree.root == after.tree.root)
  }

  @Test func `a signed report is genuine, here and for openssl, until one byte changes`() throws {
    let (secret, known) = try keys()
    let path = fixture.place.file("report.json")
    let report = try report()
    try ReportFile.write(report, to: path, signer: ReportFile.signingKey(secret))
    #expect(try ReportFile.check(path, key: known) == report)
    let said = try run(
      "openssl",
      ["pkeyutl", "-verify", "-pubin", "-inkey", known, "-rawin", "-in", path, "-sigfile", path + ".sig"]
    )
    #expect(String(decoding: said, as: UTF8.self).contains("Successfully"))
    let bytes = try Data(contentsOf: URL(filePath: path))
    for index in stride(from: 0, to: bytes.count, by: 7) {
      var changed = bytes
      changed[index] ^= 1
      try changed.write(to: URL(filePath: path))
      #expect(throws: ReportError.forged(report: path, key: known)) { try ReportFile.check(path, key: known) }
    }
    try bytes.write(to: URL(filePath: path))
    let other = try keys().known
    #expect(throws: ReportError.forged(report: path, key: other)) { try ReportFile.check(path, key: other) }
  }

  @Test func `an unsigned report takes the place of a signed one together with its signature`() throws {
    let (secret, known) = try keys()
    let path = fixture.place.file("report.json")
    try ReportFile.write(report(), to: path, signer: ReportFile.signingKey(secret))
    try ReportFile.write(report(), to: path, signer: nil)
    #expect(!FileManager.default.fileExists(atPath: path + ".sig"))
    #expect(throws: ReportError.self) { try ReportFile.check(path, key: known) }
  }

  @Test func `a report replaces no pipe, no folder and no symbolic link`() throws {
    let path = fixture.place.file("report")
    for other in [path, path + ".txt", path + ".sig"] {
      for make in [{ mkfifo($0, 0o600) }, { mkdir($0, 0o700) }, { symlink("/dev/null", $0) }] {
        try #require(make(other) == 0)
        #expect(throws: ReportError.unusable(path: other, reason: "it is no regular file")) {
          try ReportFile.write(report(), to: path, signer: nil)
        }
        try #require(remove(other) == 0)
      }
    }
  }

  @Test func `keys that others can read, and keys of another kind, are refused with a reason`() throws {
    let (secret, known) = try keys()
    chmod(secret, 0o644)
    #expect(throws: ReportError.looseKey(path: secret, mode: "644")) { try ReportFile.signingKey(secret) }
    chmod(secret, 0o600)
    _ = try ReportFile.signingKey(secret)
    try run("openssl", ["genpkey", "-algorithm", "RSA", "-out", secret])
    chmod(secret, 0o600)
    let error = #expect(throws: ReportError.self) { try ReportFile.signingKey(secret) }
    #expect(error?.description.contains("RSA") == true)
    chmod(known, 0o600)
    #expect(throws: ReportError.self) { try ReportFile.signingKey(known) }
    #expect(throws: ReportError.self) { try ReportFile.signingKey(fixture.place.path) }
    #expect(throws: ReportError.self) { try ReportFile.signingKey("/nowhere/key.pem") }
  }

  @Test func `a document that is no report is refused`() throws {
    #expect(throws: ReportError.noReport) { try TreeReport(json: Array("{}".utf8)) }
    var report = try report()
    report.tree = TreeReport.Digest(algorithm: "stowage-tree-1", root: report.tree.root, files: 4, bytes: 17)
    #expect(throws: ReportError.contradiction) { try TreeReport(json: report.json) }
    report = try self.report()
    report.form = "stowage-migration-report-2"
    #expect(throws: ReportError.otherForm("stowage-migration-report-2")) { try TreeReport(json: report.json) }
  }
}
