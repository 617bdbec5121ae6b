import Core
import Database
import Foundation
import Signing
import TestSupport
import Testing

@testable import Migration

@Suite struct PlannerTests {
  let tree: TreeFixture
  let place: ScratchFolder
  let identity: LedgerIdentity

  init() throws {
    tree = try TreeFixture()
    place = try ScratchFolder()
    identity = tree.root.identity(endpoint: "http://127.0.0.1:8333", bucket: "uploads-raw")
  }

  private func ledger() throws -> MigrationLedger {
    try MigrationLedger(path: place.file("uploads.ledger"), for: identity)
  }

  @discardableResult
  private func plan(_ ledger: MigrationLedger, _ settings: PlanSettings = PlanSettings()) throws -> PlanReport {
    let run = try ledger.beginRun("plan", options: "{}", at: .now)
    return try Planner(settings).plan(tree.root, into: ledger, run: run)
  }

  private func count(_ report: PlanReport, _ code: FindingCode) -> Int {
    report.findings.first { $0.code == code }?.count ?? 0
  }

  @Test func `a plan gives every file an identifier, an owner and the key of its path`() throws {
    for path in ["ada/a.jpg", "ada/2019/b.jpg", "bob/c"] { try tree.write(path, "hello") }
    let ledger = try ledger()
    let report = try plan(ledger)
    #expect(report.isComplete && report.files == LedgerTotal(files: 3, bytes: 15) && report.folders == 3)
    #expect(report.difference.new.files == 3 && report.unfinished.files == 3 && report.findings.isEmpty)
    #expect(report.requests.count == 3 && report.knownUsers == 2)
    let rows = try ledger.rows(in: .found, limit: 9)
    #expect(Set(rows.compactMap(\.key)) == ["ada/a.jpg", "ada/2019/b.jpg", "bob/c"])
    #expect(Set(rows.compactMap(\.file)).count == 3)
  }

  @Test func `nothing is left behind but what cannot be a file of a user, and each is named`() throws {
    let id = FileID(at: .now).description
    try tree.write("loose")
    try tree.write("no user/file")
    try tree.write("ada/\(id)/original.jpg")
    try tree.write("ada/back\u{8}space", "")
    try tree.write(Array("ada/".utf8) + [0xFF])
    try tree.write(
      Array("ada/".utf8) + Array((0..<5).map { _ in String(repeating: "n", count: 250) }.joined(separator: "/").utf8)
    )
    symlink("/etc", tree.folder.file("ada/link"))
    mkfifo(tree.folder.file("ada/pipe"), 0o644)
    link(tree.folder.file("loose"), tree.folder.file("ada/hard"))
    let ledger = try ledger()
    let report = try plan(ledger)
    let expected: [FindingCode: Int] = [
      .noUserFolder: 1, .notAUser: 1, .keyReserved: 1, .notUnicode: 1, .keyTooLong: 1, .symlink: 1, .pipe: 1,
      .hardLink: 2, .nameReplaced: 2, .empty: 1,
    ]
    for code in FindingCode.allCases { #expect(count(report, code) == expected[code] ?? 0, "\(code)") }
    #expect(report.difference.skipped.files == 2 && report.difference.new.files == 5)
    #expect(try ledger.rows(in: .found, limit: 9).filter { $0.key?.hasSuffix("/original") == true }.count == 3)
    #expect(report.words.contains("Symbolic links: 1. They are not followed") && !report.words.contains("\u{8}"))
    let json = try JSONEncoder().encode(report)
    #expect(Array(json).contains(text: "\"not-a-user\""))
    let second = try plan(ledger)
    for code in FindingCode.allCases { #expect(count(second, code) == expected[code] ?? 0, "\(code)") }
    #expect(second.difference.unchanged.files == 5 && second.difference.skipped.files == 2)
  }

  @Test(arguments: [false, true]) func `names that differ by case or normalisation alone are findings`(
    normalises: Bool
  ) throws {
    for name in ["a", "A", "e\u{301}", "\u{E9}", "É"] { try tree.write("ada/\(name)") }
    let ledger = try ledger()
    let report = try plan(ledger, PlanSettings(keys: KeyRules(normalises: normalises)))
    #expect(count(report, .sameButForCase) == 3 && count(report, .sameButForNormalisation) == 2)
    let examples = report.findings.first { $0.code == .sameButForNormalisation }?.examples
    #expect(examples?.first == "ada/e\u{301} (ada/e%CC%81, beside ada/%C3%A9)", "\(examples ?? [])")
    let keys = try ledger.rows(in: .found, limit: 9).compactMap(\.key)
    #expect(Set(keys.map(\.precomposedStringWithCanonicalMapping)).count == (normalises ? 5 : 4))
    #expect(Set(keys.map { Array($0.utf8) }).count == 5)
  }

  @Test func `a report counts every entry that stays behind, and a later one lists only new findings`() throws {
    try tree.write("ada/one", "")
    try tree.write("loose")
    symlink("/etc", tree.folder.file("ada/link"))
    mkfifo(tree.folder.file("ada/pipe"), 0o644)
    let ledger = try ledger()
    let first = try plan(ledger)
    #expect(first.stayBehind == 3 && first.findings.old == 0 && first.words.contains(" 3 stay behind"))
    let words = "files outside of every user's folder: 1, symbolic links: 1, named pipes: 1"
    #expect(first.findings.stayBehindWords == words)
    symlink("/etc", tree.folder.file("ada/second"))
    let dry = try Planner(PlanSettings()).dryRun(tree.root, beside: ledger.path, for: identity)
    for report in [dry, try plan(ledger)] {
      #expect(report.stayBehind == 4 && report.findings.old == 4)
      #expect(report.words.contains("Symbolic links: 2 (1 new)") && report.words.contains("  ada/second\n"))
      for old in ["ada/link", "ada/pipe", "Named pipes", "loose", "without any bytes"] {
        #expect(!report.words.contains(old), "\(report.words)")
      }
    }
    unlink(tree.folder.file("ada/second"))
    let last = try plan(ledger)
    #expect(last.stayBehind == 3 && last.findings.old == 4 && !last.words.contains("Symbolic links"))
  }

  @Test func `one file, one folder and one request are no plural, and a small price is no lie`() throws {
    try tree.write("ada/a", "x")
    let report = try plan(ledger())
    for words in [
      "1 file, 1 byte in 1 folder", "to send: 1 file, 1 byte; 1 request to the store, which cost",
      "less than 0.01 US dollars",
    ] { #expect(report.words.contains(words), "\(report.words)") }
    #expect(report.words.firstMatch(of: /(^|[^0-9,])1 [a-z]+s\b/) == nil, "\(report.words)")
  }

  @Test func `a delta finds what was added, changed and removed`() throws {
    for number in 0..<50 { try tree.write("ada/\(number)") }
    let ledger = try ledger()
    try plan(ledger)
    try tree.write("ada/7", "changed")
    try tree.write("ada/new")
    unlink(tree.folder.file("ada/8"))
    let difference = try plan(ledger).difference
    #expect(difference.unchanged.files == 48 && difference.changed.files == 1 && difference.new.files == 1)
    #expect(difference.vanished.files == 1)
  }

  @Test func `a folder that cannot be read is a finding, and its files do not count as vanished`() throws {
    try tree.write("ada/secret/file")
    let ledger = try ledger()
    try plan(ledger)
    let folder = tree.folder.file("ada/secret")
    for path in [tree.folder.path, place.path] { chmod(path, 0o777) }
    for name in try FileManager.default.contentsOfDirectory(atPath: place.path) { chmod(place.file(name), 0o666) }
    chmod(folder, 0)
    defer { chmod(folder, 0o755) }
    let report = try asNobody { try plan(ledger) }
    #expect(count(report, .unreadableFolder) == 1 && report.difference.vanished.files == 0)
    #expect(report.words.contains("ada/secret (Permission denied)"))
  }

  @Test func `unknown users are counted and named`() throws {
    for user in ["ada", "bob", "eve"] { try tree.write("\(user)/file") }
    let settings = PlanSettings(isKnownUser: { $0.description == "ada" })
    let report = try plan(ledger(), settings)
    #expect((report.knownUsers, report.unknownUsers) == (1, 2) && report.firstUnknownUsers == ["bob", "eve"])
  }

  @Test func `a dry run leaves nothing beside the ledger, and runs while a migration runs`() throws {
    try tree.write("ada/file")
    let held = try ledger()
    let before = try Set(FileManager.default.contentsOfDirectory(atPath: place.path))
    let report = try Planner(PlanSettings()).dryRun(tree.root, beside: held.path, for: identity)
    #expect(report.difference.new.files == 1)
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: place.path)) == before)
    #expect(try held.totals()[.found]?.files == 0)
  }

  @Test func `a dry run compares with the ledger, and leaves the ledger as it is`() throws {
    for name in ["a", "b", "c"] { try tree.write("ada/\(name)") }
    let ledger = try ledger()
    try plan(ledger)
    try tree.write("ada/b", "other")
    try tree.write("ada/d")
    unlink(tree.folder.file("ada/c"))
    let report = try Planner(PlanSettings()).dryRun(tree.root, beside: ledger.path, for: identity)
    #expect(report.difference.unchanged.files == 1 && report.difference.changed.files == 1)
    #expect(report.difference.new.files == 1 && report.difference.vanished.files == 1)
    #expect(try ledger.totals()[.found]?.files == 3 && ledger.runs().count == 1)
    #expect(try ledger.row(at: Array("ada/d".utf8)) == nil)
  }

  @Test func `a file that was written with the old length and time is found by its content`() throws {
    for name in ["a", "b", "big"] { try tree.write("ada/\(name)", String(repeating: name, count: 400_000)) }
    let ledger = try ledger()
    try plan(ledger)
    for row in try ledger.rows(in: .found, limit: 9) {
      let content = try [UInt8](Data(contentsOf: URL(filePath: tree.folder.file(printable(row.path)))))
      let digest = try #require(SHA256Digest(bytes: SHA256.digest(of: content)))
      try ledger.record(.sent(LedgerProof(digest: digest, version: nil)), of: row.id, run: 1)
    }
    let path = tree.folder.file("ada/big")
    var old = stat()
    stat(path, &old)
    try tree.write("ada/big", String(repeating: "gib", count: 400_000))
    var times = [old.st_atim, old.st_mtim]
    utimensat(AT_FDCWD, path, &times, 0)
    #expect(try plan(ledger).difference.changed.files == 0)
    var settings = PlanSettings()
    settings.comparesContents = true
    let report = try plan(ledger, settings)
    #expect(report.difference.changed.files == 1 && report.difference.unchanged.files == 2)
    #expect(report.compared.files == 3 && report.words.contains("compared by content: 3 files"))
    #expect(try ledger.row(at: Array("ada/big".utf8))?.state == .changed)
    #expect(try ledger.row(at: Array("ada/a".utf8))?.state == .sent)
  }

  @Test func `a stopped plan says so, and counts nothing as vanished`() throws {
    for number in 0..<(Planner.batch + 10) { try tree.write("ada/\(number)") }
    let ledger = try ledger()
    let run = try ledger.beginRun("plan", options: "{}", at: .now)
    let stopped = try Planner(PlanSettings()).plan(tree.root, into: ledger, run: run, shouldStop: { true })
    #expect(!stopped.isComplete && stopped.files.files == Planner.batch && stopped.words.contains("was stopped"))
    let whole = try plan(ledger)
    #expect(whole.isComplete && whole.difference.new.files == 10 && whole.difference.unchanged.files == Planner.batch)
  }

  /// Runs `body` on this thread with the file permissions of the user nobody, if the tests run as root.
  ///
  /// Swift's Glibc module does not export `setfsuid`, which concerns only the calling thread.
  private func asNobody<Value>(_ body: () throws -> Value) throws -> Value {
    guard getuid() == 0 else { return try body() }
    let symbol = try #require(dlsym(nil, "setfsuid"))
    let setfsuid = unsafeBitCast(symbol, to: (@convention(c) (UInt32) -> Int32).self)
    _ = setfsuid(65_534)
    defer { _ = setfsuid(0) }
    return try body()
  }
}
