import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

/// Trees that change while files are removed; every file that is not the migrated one must survive.
@Suite struct HostileTreeTests {
  private let fixture: RunFixture
  private let outside: ScratchFolder

  init() throws {
    fixture = try RunFixture()
    outside = try ScratchFolder()
    for path in ["ada/b/c", "ada/other"] { try fixture.tree.write(path, "content of \(path)") }
  }

  private var folder: String { fixture.tree.folder.path }

  /// Removes the files, with `change` at this moment of `ada/b/c`; returns the reason for which that file stays.
  private func prune(
    at moment: Prune.Moment,
    _ change: @escaping @Sendable () -> Void
  ) throws -> String? {
    let ledger = try fixture.proven()
    let (kept, _) = try fixture.prune(
      ledger,
      { reached, path in
        if reached == moment, path == Array("ada/b/c".utf8) { change() }
      }
    )
    #expect(!fixture.has("ada/other"), "all other files are removed")
    return kept.first
  }

  @Test(arguments: [Prune.Moment.opened, .proven, .hashed, .announced])
  func `a folder that is replaced by a symbolic link meanwhile leads to no removal`(moment: Prune.Moment) throws {
    let (folder, outside) = (folder, outside.path)
    try Data("content of ada/b/c".utf8).write(to: URL(filePath: outside + "/c"))
    let kept = try prune(at: moment) {
      rename(folder + "/ada/b", folder + "/ada/moved")
      symlink(outside, folder + "/ada/b")
    }
    #expect(kept != nil && FileManager.default.fileExists(atPath: outside + "/c"))
    #expect(FileManager.default.fileExists(atPath: folder + "/ada/moved/c"))
  }

  @Test func `a folder that was replaced by a symbolic link before is not entered`() throws {
    let ledger = try fixture.proven()
    rename(folder + "/ada/b", outside.path + "/b")
    symlink(outside.path + "/b", folder + "/ada/b")
    let (kept, _) = try fixture.prune(ledger)
    #expect(kept == ["ada/b/c: it is no longer there"] && FileManager.default.fileExists(atPath: outside.path + "/b/c"))
  }

  @Test(arguments: [Prune.Moment.opened, .proven, .hashed, .announced])
  func `a file that another one replaces meanwhile stays`(moment: Prune.Moment) throws {
    let (folder, outside) = (folder, outside.path)
    try Data("content of ada/b/c".utf8).write(to: URL(filePath: outside + "/new"))
    let kept = try prune(at: moment) { rename(outside + "/new", folder + "/ada/b/c") }
    #expect(kept?.contains("change") == true && fixture.has("ada/b/c"))
  }

  @Test(arguments: [Prune.Moment.opened, .proven, .hashed, .announced])
  func `a file that a program writes to meanwhile stays`(moment: Prune.Moment) throws {
    let path = folder + "/ada/b/c"
    let kept = try prune(at: moment) {
      // An open for writing waits until the lease ends, so another process does it.
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "printf more >> '\(path)'"]
      try? process.run()
      usleep(300_000)
    }
    #expect(kept != nil && fixture.has("ada/b/c"))
  }

  @Test func `a file that a program has open for writing stays`() throws {
    let ledger = try fixture.proven()
    let descriptor = open(folder + "/ada/b/c", O_WRONLY)
    defer { close(descriptor) }
    let (kept, _) = try fixture.prune(ledger)
    // A file system without leases cannot tell; the file is then the migrated one, unchanged.
    #expect(kept == ["ada/b/c: a program has it open for writing"] || kept.isEmpty)
  }

  @Test func `a symbolic link, a pipe and a folder under the name of a file stay`() throws {
    let ledger = try fixture.proven()
    let makers: [(String) -> Int32] = [
      { symlink("/etc/passwd", $0) }, { mkfifo($0, 0o600) }, { mkdir($0, 0o700) },
    ]
    for make in makers {
      _ = try? FileManager.default.removeItem(atPath: folder + "/ada/b/c")
      #expect(make(folder + "/ada/b/c") == 0)
      #expect(try fixture.prune(ledger).kept.count == 1)
      #expect(fixture.has("ada/b/c"))
    }
    #expect(FileManager.default.fileExists(atPath: "/etc/passwd"))
  }

  @Test func `a copy with the same bytes, length and time is another file and stays`() throws {
    let ledger = try fixture.proven()
    let row = try #require(try ledger.row(at: Array("ada/b/c".utf8)))
    try Data("content of ada/b/c".utf8).write(to: URL(filePath: outside.path + "/copy"))
    rename(outside.path + "/copy", folder + "/ada/b/c")
    try fixture.setTime(of: "ada/b/c", row.facts.mtime)
    let (kept, _) = try fixture.prune(ledger)
    #expect(kept == ["ada/b/c: another file has its name now"] && fixture.has("ada/b/c"))
  }

  @Test func `a file with other bytes, and the old length and time, stays`() throws {
    let ledger = try fixture.proven()
    let row = try #require(try ledger.row(at: Array("ada/b/c".utf8)))
    try fixture.tree.write("ada/b/c", "CONTENT of ada/b/c")
    try fixture.setTime(of: "ada/b/c", row.facts.mtime)
    let (kept, _) = try fixture.prune(ledger)
    #expect(kept == ["ada/b/c: its bytes have another SHA-256 than the ledger's"] && fixture.has("ada/b/c"))
  }

  @Test func `each name of a file with several names is removed by itself, and names outside stay`() throws {
    try #require(link(folder + "/ada/b/c", folder + "/ada/hard") == 0)
    try #require(link(folder + "/ada/b/c", outside.path + "/hard") == 0)
    let ledger = try fixture.proven()
    let (kept, outcome) = try fixture.prune(ledger, { _, _ in }, { $0.threads = 1 })
    #expect(kept.isEmpty && outcome.removed.files == 3)
    #expect(FileManager.default.contents(atPath: outside.path + "/hard") == Data("content of ada/b/c".utf8))
  }

  @Test func `a path with dots or empty parts is not followed`() throws {
    for path in ["../x", "ada/../../x", "./x", "ada//x", "/x", "", "ada/\0x"] {
      #expect(throws: KeptFile.self) { try fixture.tree.root.openFolder(of: Array(path.utf8)) }
    }
    #expect(fixture.tree.root.removeEmptyFolders(above: [Array("../x".utf8), Array("x".utf8)]) == 0)
  }
}
