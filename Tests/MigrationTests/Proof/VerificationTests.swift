import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Migration

extension RunFixture {
  /// Compares everything, and returns the lines that are no equal files, sorted, with the result.
  @discardableResult
  func verify(
    _ ledger: MigrationLedger,
    _ store: (any ObjectStore)? = nil,
    hasFolder: Bool = true,
    all: Bool = false,
    _ change: (inout VerifySettings) -> Void = { _ in }
  ) throws -> (lines: [String], outcome: VerifyOutcome) {
    var settings = VerifySettings(threads: 4)
    settings.patience = 0.5
    change(&settings)
    let verification = Verification(
      hasFolder ? .folder(tree.root) : nil,
      ledger: ledger,
      database: database,
      store: store ?? self.store,
      bucket: Self.bucket,
      settings: settings
    )
    let number = try ledger.beginRun("verify", options: "[]", at: .now)
    var lines: [String] = []
    let outcome = try verification.run(number) { line in
      if all || line.sign != .same { lines.append("\(line.sign.rawValue) \(printable(line.path))") }
    }
    return (lines.sorted(), outcome)
  }

  /// Changes the database behind Stowage's back.
  func change(_ statement: String) throws {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    try TestSupport.run("python3", ["-c", script, place.file("stowage.sqlite"), statement])
  }

  /// Sets the time of a file, in nanoseconds since 1970.
  func setTime(of path: String, _ time: Int64) throws {
    let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
    var times = [timespec](repeating: timespec(tv_sec: Int(seconds), tv_nsec: Int(rest)), count: 2)
    #expect(utimensat(AT_FDCWD, tree.folder.file(path), &times, 0) == 0)
  }

  /// Replaces the object of a path: its version is deleted, and other bytes of the same length get the key.
  func flip(_ ledger: MigrationLedger, _ path: String) throws {
    let row = try #require(try ledger.row(at: Array(path.utf8)))
    let key = try #require(row.key)
    var bytes = try store.bytes(of: key, in: Self.bucket, limit: 1 << 20)
    bytes[bytes.count / 2] ^= 1
    try store.delete(key, in: Self.bucket, version: row.proof?.version.map(VersionID.init))
    _ = try store.put(.bytes(bytes), to: key, in: Self.bucket)
  }
}

@Suite struct VerificationTests {
  @Test(arguments: [true, false])
  func `equal files are proven by the entity tags of the list, without a request for each`(versioned: Bool) throws {
    let fixture = try RunFixture(isVersioned: versioned)
    for number in 0..<40 { try fixture.tree.write("ada/\(number)", "content \(number)") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    let (lines, outcome) = try fixture.verify(ledger)
    #expect(lines.isEmpty && outcome.differences == 0 && outcome.same.files == 40)
    #expect(outcome.means == ["list": LedgerTotal(files: 40, bytes: 390)])
    #expect(outcome.disk.files == 40 && outcome.objects.files == 40)
    #expect(try ledger.totals()[.verified]?.files == 40)
    let row = try #require(try ledger.row(at: Array("ada/1".utf8)))
    #expect(row.verifiedAt.map { abs($0.timeIntervalSinceNow) < 60 } == true)
  }

  @Test(arguments: [true, false], [VerifySettings.ReadBack.none, .whole])
  func `one byte, a missing object, an extra object and a missing record are exactly four differences`(
    versioned: Bool,
    readBack: VerifySettings.ReadBack
  ) throws {
    let fixture = try RunFixture(isVersioned: versioned)
    for number in 0..<9 { try fixture.tree.write("ada/\(number)", "content \(number)") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    try fixture.flip(ledger, "ada/1")
    let row = try #require(try ledger.row(at: Array("ada/2".utf8)))
    try fixture.store.delete("ada/2", in: RunFixture.bucket, version: row.proof?.version.map(VersionID.init))
    _ = try fixture.store.put(.bytes([1]), to: "ada/extra", in: RunFixture.bucket)
    let lost = try #require(try ledger.row(at: Array("ada/4".utf8))?.file)
    try fixture.change("DELETE FROM files WHERE id = '\(lost)'")
    let (lines, outcome) = try fixture.verify(ledger) { $0.readBack = readBack }
    #expect(lines == ["* ada/1", "+ ada/extra", "- ada/2", "- ada/4"])
    #expect(outcome.same.files == 6 && outcome.differences == 4 && outcome.unproven.files == 0)
    #expect(try ledger.totals()[.verified]?.files == 6)
  }

  @Test func `the disk is compared by length and time, and by digest on request`() throws {
    let fixture = try RunFixture()
    for name in ["gone", "longer", "new time", "same time", "same"] { try fixture.tree.write("ada/\(name)", "content") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    try FileManager.default.removeItem(atPath: fixture.tree.folder.file("ada/gone"))
    try fixture.tree.write("ada/longer", "content and more")
    try fixture.tree.write("ada/new", "content")
    try TestSupport.run("touch", ["-d", "2001-01-01", fixture.tree.folder.file("ada/new time")])
    try fixture.tree.write("ada/same time", "CONTENT")
    try fixture.setTime(of: "ada/same time", try #require(try ledger.row(at: Array("ada/same time".utf8))).facts.mtime)
    let found = ["* ada/longer", "* ada/new time", "+ ada/gone", "- ada/new"]
    #expect(try fixture.verify(ledger).lines == found)
    let (lines, outcome) = try fixture.verify(ledger) { $0.hashesDisk = true }
    #expect(lines == (found + ["* ada/same time"]).sorted() && outcome.hashed.files == 2)
  }

  @Test func `the store's checksum proves an object whose entity tag the ledger does not know`() throws {
    let fixture = try RunFixture()
    try fixture.tree.write("ada/a", "hello")
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    let row = try #require(try ledger.row(at: Array("ada/a".utf8)))
    let proof = try #require(row.proof)
    #expect(proof.etag != nil)
    let bare = LedgerProof(digest: proof.digest, version: proof.version)
    try ledger.record([(row.id, .sent(bare)), (row.id, .received)], run: 1)
    #expect(try fixture.verify(ledger).outcome.means == ["checksum": LedgerTotal(files: 1, bytes: 5)])
    #expect(try fixture.verify(ledger).outcome.means == ["list": LedgerTotal(files: 1, bytes: 5)], "it is learned")
  }

  @Test func `an object of which the store keeps no checksum is never called equal before it is read`() throws {
    let fixture = try RunFixture()
    try fixture.tree.write("ada/a", "hello")
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    let row = try #require(try ledger.row(at: Array("ada/a".utf8)))
    try fixture.store.delete("ada/a", in: RunFixture.bucket, version: row.proof?.version.map(VersionID.init))
    let put = try fixture.store.put(.bytes(Array("hello".utf8)), to: "ada/a", in: RunFixture.bucket)
    let digest = try #require(row.proof?.digest)
    let file = try #require(row.file)
    let version = try #require(put.version)
    try fixture.change("UPDATE files SET version_id = '\(version)' WHERE id = '\(file)'")
    let bare = LedgerProof(digest: digest, version: put.version?.description)
    try ledger.record([(row.id, .sent(bare)), (row.id, .received)], run: 1)
    let unread = try fixture.verify(ledger)
    #expect(unread.lines.isEmpty && unread.outcome.same.files == 0 && unread.outcome.unproven.files == 1)
    #expect(try ledger.totals()[.received]?.files == 1, "nothing calls it verified")
    let read = try fixture.verify(ledger) { $0.readBack = .whole }
    #expect(read.outcome.means == ["readBack": LedgerTotal(files: 1, bytes: 5)])
  }

  @Test func `a real store proves a file in parts by its tag, and by the checksums of its parts or its bytes`() throws {
    try withBucket { store, bucket in
      let folder = try ScratchFolder()
      let bytes = pattern(7 << 20)
      try folder.write(bytes, to: "film")
      let sender = FileSender(store: store, bucket: bucket, settings: .small)
      let sent = try sender.send(FileToSend(at: folder.file("film")))
      let listed = try #require(try store.versions(of: "ada/file", in: bucket).first)
      let prover = ObjectProver(store: store, bucket: bucket, VerifySettings(threads: 2))
      func proof(_ etag: String?, parts: [UInt8]) throws -> LedgerProof {
        LedgerProof(
          digest: try #require(SHA256Digest(bytes: sent.sha256)),
          version: sent.version?.description,
          etag: etag,
          partDigests: parts
        )
      }
      let size = Int64(bytes.count)
      let parts = sent.parts.flatMap(\.sha256)
      #expect(prover.verdict(listed, size: size, try proof(sent.etag.description, parts: parts))?.means == .list)
      let verdict = try prover.verdict("ada/file", size: size, proof(nil, parts: parts), reads: false)
      #expect(verdict.means == .checksum)
      let wrong = try prover.verdict("ada/file", size: size, proof(nil, parts: parts.reversed()), reads: false)
      #expect(wrong.isDifferent)
      let read = try prover.verdict("ada/file", size: size, proof(nil, parts: []), reads: true)
      #expect(read.means == .readBack)
    }
  }

  @Test func `another version over a migrated object is one that only the bucket has`() throws {
    let fixture = try RunFixture()
    for name in ["a", "b"] { try fixture.tree.write("ada/\(name)", "hello") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    _ = try fixture.store.put(.bytes([1, 2]), to: "ada/a", in: RunFixture.bucket)
    let (lines, outcome) = try fixture.verify(ledger)
    #expect(lines == ["+ ada/a"] && outcome.same.files == 2)
  }

  @Test func `a sample reads about as many objects as it names`() throws {
    let fixture = try RunFixture()
    for number in 0..<200 { try fixture.tree.write("ada/\(number)", "content") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    let (_, outcome) = try fixture.verify(ledger) { $0.readBack = .sample(0.5) }
    let read = outcome.means["readBack"]?.files ?? 0
    #expect((50...150).contains(read) && outcome.same.files == 200)
  }

  @Test func `a store that does not answer is an error, and no file counts as equal`() throws {
    let fixture = try RunFixture()
    for number in 0..<20 { try fixture.tree.write("ada/\(number)", "content") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    #expect(throws: MigrationError.self) { try fixture.verify(ledger, MemoryStore()) }
    #expect(try ledger.totals()[.verified]?.files == 0)
  }

  @Test func `files that were not sent, and files deleted in Stowage, are told apart`() throws {
    let fixture = try RunFixture()
    for path in ["ada/a", "ada/deleted", "no user/x"] { try fixture.tree.write(path, "hello") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    let record = try fixture.record(ledger, "ada/deleted")
    try #require(try fixture.database.delete(record.id, of: record.user, at: .now))
    try FileManager.default.removeItem(atPath: fixture.tree.folder.file("ada/deleted"))
    let (lines, outcome) = try fixture.verify(ledger)
    #expect(lines == ["- no user/x"] && outcome.deleted == 1 && outcome.same.files == 1)
  }

  @Test func `a stopped comparison ends, and says so`() throws {
    let fixture = try RunFixture()
    for number in 0..<50 { try fixture.tree.write("ada/\(number)", "content") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    let verification = Verification(
      .folder(fixture.tree.root),
      ledger: ledger,
      database: fixture.database,
      store: fixture.store,
      bucket: RunFixture.bucket,
      settings: VerifySettings(threads: 2)
    )
    verification.stop()
    let outcome = try verification.run(1) { _ in }
    #expect(outcome.isStopped && outcome.same.files == 0)
  }
}

extension ObjectVerdict {
  fileprivate var means: ProofMeans? {
    if case .proven(let means, _) = self { means } else { nil }
  }

  fileprivate var isDifferent: Bool {
    if case .different = self { true } else { false }
  }
}
