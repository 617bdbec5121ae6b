import Foundation
import TestSupport
import Testing

/// `stowage migrate rollback`, on the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct MigrateRollbackTests {
  private let tree: ScratchFolder
  private let back: ScratchFolder
  private let user = "rollback-\(UUID().uuidString.lowercased())"

  init() throws {
    tree = try ScratchFolder()
    back = try ScratchFolder()
  }

  /// Migrates files of these contents by path below the user's folder.
  private func migrate(_ files: [String: [UInt8]]) throws {
    for (path, bytes) in files {
      let file = URL(filePath: tree.file("\(user)/\(path)"))
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
    _ = try run("stowage", ["migrate", "run", tree.path, "--create-users", "--process", "never"])
  }

  /// Starts a rollback.
  private func start(_ more: String...) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["stowage", "migrate", "rollback", tree.path, "--to", back.path, "--only-migrated"] + more
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    return process
  }

  @Test func `a rollback that is killed at any moment leaves whole files alone, and continues`() throws {
    var files: [String: [UInt8]] = [:]
    for number in 0..<300 {
      files["\(number % 7)/\(number)"] = Array("file \(number) \(user)".utf8)
    }
    files["large"] = Array(repeating: 7, count: 40 << 20)
    try migrate(files)
    for pause in [150_000, 300_000, 450_000, 600_000] as [useconds_t] {
      let process = try start("--parallel", "2")
      usleep(pause)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      for name in try FileManager.default.subpathsOfDirectory(atPath: back.path) {
        guard let bytes = files[String(name.dropFirst(user.count + 1))] else {
          #expect(
            try FileManager.default.attributesOfItem(atPath: back.file(name))[.type] as? FileAttributeType
              == .typeDirectory,
            "\(name)"
          )
          continue
        }
        #expect(try Data(contentsOf: URL(filePath: back.file(name))) == Data(bytes), "\(name)")
      }
    }
    _ = try run("stowage", ["migrate", "rollback", tree.path, "--to", back.path, "--only-migrated"])
    _ = try run("diff", ["-r", tree.path, back.path])
    let again = String(
      decoding: try run("stowage", ["migrate", "rollback", tree.path, "--to", back.path, "--only-migrated", "--json"]),
      as: UTF8.self
    )
    #expect(again.contains("\"present\":301") && again.contains("\"failed\":0"), "\(again)")
  }

  @Test func `an interrupted rollback exits with 130, a failed one with 1, and a missing ledger is named`() throws {
    var files: [String: [UInt8]] = ["a": [1]]
    for number in 0..<400 { files["b/\(number)"] = [UInt8(number % 256)] }
    try migrate(files)
    let process = try start("--parallel", "1")
    // The command catches signals before it makes the first folder.
    while process.isRunning, !FileManager.default.fileExists(atPath: back.file(user)) { usleep(2000) }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    try Data([3]).write(to: URL(filePath: back.file("\(user)/a")))
    let error = #expect(throws: Unexpected.self) {
      try run("stowage", ["migrate", "rollback", tree.path, "--to", back.path, "--only-migrated"])
    }
    let words = String(describing: error)
    #expect(words.contains("\(user)/a: a file with other bytes is there") && words.contains("not restored: 1 file"))
    #expect(try Data(contentsOf: URL(filePath: back.file("\(user)/a"))) == Data([3]))
    let inside = #expect(throws: Unexpected.self) {
      try run("stowage", ["migrate", "rollback", tree.path, "--to", tree.file("\(user)/back"), "--only-migrated"])
    }
    #expect(String(describing: inside).contains("which a migration only reads"))
    #expect(!FileManager.default.fileExists(atPath: tree.file("\(user)/back")))
    let lost = #expect(throws: Unexpected.self) {
      try run("stowage", ["migrate", "rollback", "/no/such/tree", "--to", back.path])
    }
    #expect(String(describing: lost).contains("--without-ledger"))
  }
}
