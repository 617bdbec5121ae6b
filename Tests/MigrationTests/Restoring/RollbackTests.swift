import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

@Suite struct RollbackTests {
  let fixture: RollbackFixture
  var source: RunFixture { fixture.source }

  init() throws { fixture = try RollbackFixture() }

  /// Migrates a tree of these files, whose contents are their paths.
  private func migrate(_ paths: String...) throws {
    for path in paths { try source.tree.write(path, path) }
    try source.run(source.ledger())
  }

  @Test(arguments: [true, false])
  func `a tree comes back with bytes, times to the nanosecond and modes`(withLedger: Bool) throws {
    for path in ["ada/a.jpg", "ada/2019/b c.txt", "bob/x"] { try source.tree.write(path, path) }
    var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1_500_000_000, tv_nsec: 123_456_789)]
    try #require(utimensat(AT_FDCWD, source.tree.folder.file("ada/a.jpg"), &times, 0) == 0)
    var early = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: -5, tv_nsec: 7)]
    try #require(utimensat(AT_FDCWD, source.tree.folder.file("bob/x"), &early, 0) == 0)
    try #require(chmod(source.tree.folder.file("bob/x"), 0o7751) == 0)
    try source.run(source.ledger())
    let (outcome, problems) = try fixture.restore(withLedger: withLedger)
    #expect(outcome.restored == LedgerTotal(files: 3, bytes: 30) && problems.isEmpty)
    for path in ["ada/a.jpg", "ada/2019/b c.txt", "bob/x"] {
      #expect(fixture.content(path) == path)
      let (old, new) = try (fixture.facts(path, in: source.tree.folder), fixture.facts(path, in: fixture.folder))
      #expect(old.mtime == new.mtime, "\(path)")
      #expect(new.mode == old.mode & 0o777, "\(path)")
    }
    #expect(try fixture.facts("bob/x", in: fixture.folder).mode == 0o751, "never setuid, setgid or sticky")
    let again = try fixture.restore(withLedger: withLedger)
    #expect(again.outcome.restored.files == 0 && again.outcome.present == 3 && again.problems.isEmpty)
  }

  @Test func `no symbolic link in the folder is followed, in place of a folder or of a file`() throws {
    try migrate("ada/2019/a", "ada/b", "bob/c")
    let outside = try ScratchFolder()
    try Data("mine".utf8).write(to: URL(filePath: outside.file("victim")))
    try FileManager.default.createDirectory(atPath: fixture.folder.file("ada"), withIntermediateDirectories: true)
    try #require(symlink(outside.path, fixture.folder.file("ada/2019")) == 0)
    try #require(symlink(outside.file("victim"), fixture.folder.file("ada/b")) == 0)
    try #require(symlink(outside.path, fixture.folder.file("bob")) == 0)
    for overwrites in [false, true] {
      let (outcome, problems) = try fixture.restore(overwrites: overwrites)
      #expect(outcome.restored.files == 0 && outcome.failed == 3)
      #expect(problems["ada/2019/a"] == .blocked(name: "2019") && problems["bob/c"] == .blocked(name: "bob"))
      #expect(problems["ada/b"] == .obstructed(.symlink))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path) == ["victim"])
    #expect(try String(contentsOfFile: outside.file("victim"), encoding: .utf8) == "mine")
  }

  @Test func `a folder that becomes a symbolic link during the restore is not followed`() throws {
    let outside = try ScratchFolder()
    let target = try RestoreTarget(fixture.folder.path)
    let folders = RestoreFolders(target)
    _ = try folders.place(of: Array("ada/x/first".utf8))
    let swapped = fixture.folder.file("ada/y")
    folders.willOpen = { symlink(outside.path, swapped) }
    #expect(throws: RestoreFailure.blocked(name: "y")) { _ = try folders.place(of: Array("ada/y/file".utf8)) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path).isEmpty)
  }

  @Test(arguments: [
    "..", "../x", "ada/../../x", "ada/./x", "/etc/x", "ada//x", "ada/", "", ".", "ada/x\u{0}y", "ada/..",
  ])
  func `a path that could lead out of the folder is refused`(path: String) throws {
    let folders = RestoreFolders(try RestoreTarget(fixture.folder.path))
    #expect(throws: RestoreFailure.unsafePath) { _ = try folders.place(of: Array(path.utf8)) }
    #expect(try fixture.names().isEmpty)
  }

  @Test func `keys and metadata with a way out are refused, if they are all that tells the path`() throws {
    let ada = try #require(UserID("ada"))
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "0", count: 64)))
    let files = [FileID(at: .now), FileID(at: .now)]
    let keys = ["ada/../../outside", MigrationKey.opaque(ada, files[1])]
    let rows = zip(files, keys).map { file, key in
      NewMigratedFile(
        id: file,
        user: ada,
        filename: "x",
        contentType: "text/plain",
        size: 1,
        rawKey: key,
        createdAt: .now,
        migration: "test"
      )
    }
    #expect(try source.database.beginMigratedFiles(rows, makesUsers: true, at: .now) == [.done, .done])
    let objects = files.map { MigratedObject(file: $0, sha256: digest, size: 1, versionID: nil) }
    _ = try source.database.receiveMigratedFiles(objects, processing: .never, at: .now)
    let options = PutOptions(metadata: ["path": "ada/..%2F..%2Foutside", "mode": "104777"])
    _ = try source.store.put(.bytes([1]), to: keys[1], in: RunFixture.bucket, options: options)
    let (outcome, problems) = try fixture.restore(withLedger: false)
    #expect(outcome.failed == 2 && outcome.restored.files == 0)
    #expect(problems == ["ada/../../outside": .unsafePath])
    #expect(RestoredFacts(metadata: options.metadata).mode == 0o777)
    #expect(try fixture.names().isEmpty)
  }

  @Test func `an object with other bytes, of any length, is not put in place`() throws {
    let fixture = try RollbackFixture(isVersioned: false)
    let paths = ["ada/same length", "ada/longer", "ada/shorter", "ada/gone", "ada/right"]
    for path in paths { try fixture.source.tree.write(path, path) }
    try fixture.source.run(fixture.source.ledger())
    let store = fixture.source.store
    for (path, text) in [("ada/same length", "ada/Same length"), ("ada/longer", "ada/longer!"), ("ada/shorter", "")] {
      _ = try store.put(.bytes(Array(text.utf8)), to: path, in: RunFixture.bucket, options: PutOptions())
    }
    try store.delete("ada/gone", in: RunFixture.bucket)
    let (outcome, problems) = try fixture.restore()
    #expect(outcome.restored.files == 1 && outcome.failed == 4)
    for path in paths.prefix(3) { #expect(problems[path] == .otherBytes, "\(path)") }
    #expect(problems["ada/gone"] == .missing)
    #expect(try fixture.names() == ["ada", "ada/right"])
  }

  @Test func `a file with other bytes is listed and stays, unless files may be replaced`() throws {
    try migrate("ada/a", "ada/b")
    try FileManager.default.createDirectory(atPath: fixture.folder.file("ada"), withIntermediateDirectories: true)
    try Data("newer".utf8).write(to: URL(filePath: fixture.folder.file("ada/a")))
    let (outcome, problems) = try fixture.restore()
    #expect(outcome.restored.files == 1 && problems == ["ada/a": .differs])
    #expect(fixture.content("ada/a") == "newer")
    let again = try fixture.restore(overwrites: true)
    #expect(again.outcome.restored.files == 1 && again.outcome.present == 1 && again.problems.isEmpty)
    #expect(fixture.content("ada/a") == "ada/a")
    #expect(try fixture.names() == ["ada", "ada/a", "ada/b"])
  }
}
