import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Migration

@Suite struct RollbackSourceTests {
  let fixture: RollbackFixture
  var source: RunFixture { fixture.source }

  init() throws { fixture = try RollbackFixture() }

  /// Makes a ready upload with these bytes.
  private func upload(_ name: String, _ bytes: [UInt8], of user: String) throws -> FileID {
    let owner = try #require(UserID(user))
    let file = FileID(at: .now)
    let key = RawKey(user: owner, file: file, type: .pdf)
    let claim = try UploadClaim(
      filename: name,
      size: Int64(bytes.count),
      contentType: "application/pdf",
      policy: UploadPolicy()
    )
    let database = source.database
    let upload = NewUpload(key: key, claim: claim, expiresAt: .now + 60)
    _ = try database.reserve(upload, at: .now)
    _ = try database.enqueue(for: [file], at: .now)
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: .now + 1))
    try #require(try database.receive(file, at: .now))
    let stored = try source.store.put(.bytes(bytes), to: "\(key)", in: RunFixture.bucket, options: PutOptions())
    let publication = Publication(
      versionID: stored.version?.description,
      size: Int64(bytes.count),
      sha256: try #require(SHA256Digest(hexadecimal: SHA256.hexadecimal(of: bytes))),
      variants: []
    )
    try #require(try database.publish(publication, under: job, at: .now))
    return file
  }

  @Test func `uploads come with their identifiers in the path, unless only migrated files are wanted`() throws {
    try source.tree.write("ada/scan.pdf", "old")
    try source.run(source.ledger())
    let first = try upload("scan.pdf", [1], of: "ada")
    let second = try upload("scan.pdf", [2, 2], of: "ada")
    let third = try upload("-x.pdf", [3], of: "idp/7")
    #expect(try fixture.restore(hasUploads: false).outcome.uploads == 0)
    #expect(try fixture.names() == ["ada", "ada/scan.pdf"])
    for withLedger in [true, false] {
      let (outcome, problems) = try fixture.restore(withLedger: withLedger)
      #expect(outcome.uploads == 3 && problems.isEmpty)
    }
    #expect(fixture.content("ada/scan.pdf") == "old")
    #expect(fixture.content("ada/\(first)/scan.pdf") == "\u{1}")
    #expect(fixture.content("ada/\(second)/scan.pdf") == "\u{2}\u{2}")
    #expect(fixture.content("idp\u{2215}7/\(third)/-x.pdf") == "\u{3}")
  }

  @Test func `of two files with one path the migrated one comes back, and the other is named each time`() throws {
    let file = try upload("scan.pdf", [1], of: "ada")
    try source.tree.write("ada/\(file)/scan.pdf", "old")
    try source.run(source.ledger())
    for overwrites in [false, true, true] {
      let (outcome, problems) = try fixture.restore(overwrites: overwrites)
      #expect(outcome.failed == 1 && problems == ["ada/\(file)/scan.pdf": .sharedPath])
      #expect(fixture.content("ada/\(file)/scan.pdf") == "old")
    }
  }

  @Test func `deleted files stay deleted, and what never arrived is listed`() throws {
    for path in ["ada/a", "ada/b", "eve/c", "rootfile"] { try source.tree.write(path, path) }
    let ledger = try source.ledger()
    try source.run(ledger)
    let record = try source.record(ledger, "ada/a")
    _ = try source.database.delete(record.id, of: record.user, at: .now)
    try source.tree.write("ada/late", "late")
    _ = try source.plan(ledger)
    let (outcome, problems) = try fixture.restore()
    #expect(outcome.restored.files == 2 && outcome.deleted == 1 && outcome.failed == 2)
    #expect(Set(problems.keys) == ["ada/late", "rootfile"])
    #expect(try fixture.names() == ["ada", "ada/b", "eve", "eve/c"])
  }

  @Test func `the newest content that arrived comes back, with its time`() throws {
    try source.tree.write("ada/a", "old")
    let ledger = try source.ledger()
    try source.run(ledger)
    let before = try fixture.facts("ada/a", in: source.tree.folder)
    try source.tree.write("ada/a", "newer")
    _ = try source.plan(ledger)
    #expect(try fixture.restore().outcome.restored.files == 1)
    #expect(fixture.content("ada/a") == "old")
    #expect(try fixture.facts("ada/a", in: fixture.folder).mtime == before.mtime)
    try source.run(ledger)
    for withLedger in [true, false] {
      let (outcome, problems) = try fixture.restore(withLedger: withLedger, overwrites: true)
      #expect(problems.isEmpty && outcome.restored.files + outcome.present == 1)
      #expect(fixture.content("ada/a") == "newer")
    }
  }

  @Test func `paths that no key can carry come back without the ledger, from the metadata`() throws {
    let paths: [[UInt8]] = [
      Array("ada/".utf8) + [0xFF, 0xFE, 0x0A], Array("ada/01920000-0000-7000-8000-000000000000/original.jpg".utf8),
    ]
    for path in paths { try source.tree.write(path, "content") }
    try source.run(source.ledger())
    for withLedger in [false, true] {
      let (outcome, problems) = try fixture.restore(withLedger: withLedger)
      #expect(problems.isEmpty && outcome.restored.files + outcome.present == 2)
    }
    let walk = TreeWalk(try TreeRoot(fixture.folder.path))
    var found: Set<[UInt8]> = []
    while let event = walk.next() { if case .file(let entry) = event { found.insert(entry.path) } }
    #expect(found == Set(paths))
    _ = try? run("rm", ["-rf", "--", fixture.folder.path + "/ada"], in: "/")
  }

  @Test func `a store that does not answer ends the run, and so do wrong keys`() throws {
    for number in 0..<100 { try source.tree.write("ada/\(number)", "\(number)") }
    try source.run(source.ledger())
    for (error, most) in [(StoreError.unavailable(detail: "away"), 25), (.accessDenied(detail: "keys"), 4)] {
      let store = FaultyStore()
      store.obey { _, _ in .before(error) }
      #expect(throws: MigrationError.self) { _ = try fixture.restore(from: store) }
      #expect(store.calls.count <= most)
    }
    #expect(try fixture.restore().outcome.restored.files == 100)
  }

  @Test func `what a killed run left under a temporary name is removed, and nothing else`() throws {
    try source.tree.write("ada/a", "content")
    let ledger = try source.ledger()
    try source.run(ledger)
    let row = try #require(try ledger.row(at: Array("ada/a".utf8)))
    let item = RestoreItem(row, try #require(row.file), key: "ada/a", try #require(row.proof))
    let target = try RestoreTarget(fixture.folder.path)
    let other = "ada/.stowage-rollback-0123"
    let restorer = Restorer(source.store, bucket: RunFixture.bucket, into: target, RestoreSettings())
    restorer.mayBeNameless = false
    let left = String(SHA256.hexadecimal(of: Array("ada/a\(item.file)".utf8)).prefix(32))
    try FileManager.default.createDirectory(atPath: fixture.folder.file("ada"), withIntermediateDirectories: true)
    for name in [other, "ada/.stowage-rollback-\(left)"] {
      try Data("half".utf8).write(to: URL(filePath: fixture.folder.file(name)))
    }
    #expect(try restorer.restore(item, to: row.path) == .restored)
    #expect(try fixture.names() == ["ada", other, "ada/a"])
    #expect(fixture.content("ada/a") == "content" && fixture.content(other) == "half")
    try Data("others".utf8).write(to: URL(filePath: fixture.folder.file("ada/a")))
    #expect(throws: RestoreFailure.differs) { _ = try restorer.restore(item, to: row.path) }
    #expect(throws: RestoreFailure.differs) {
      let (folder, name) = try restorer.folders.place(of: row.path)
      try NewFile(name, in: folder, tag: "x", mayBeNameless: false).appear(replaces: false)
    }
    #expect(fixture.content("ada/a") == "others")
    #expect(try fixture.names() == ["ada", other, "ada/a"])
  }
}
