import Foundation
import S3
import Storage
import TestSupport
import Testing

/// `stowage migrate verify`, `check-report` and `prune`, on the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct MigrateProofTests {
  private let stack: Stack
  private let bucket: BucketView
  private let rows: DatabaseRows
  private let tree: ScratchFolder
  private let user = "proof-\(UUID().uuidString.lowercased())"

  init() throws {
    stack = try #require(Stack.current)
    bucket = try BucketView(stack)
    rows = try DatabaseRows(stack)
    tree = try ScratchFolder()
  }

  /// The result of a command that may fail.
  private struct Said {
    let status: Int32
    let output: String
    let errors: String
  }

  private func stowage(_ arguments: [String], environment: [String: String]? = nil) throws -> Said {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["stowage", "migrate"] + arguments
    if let environment { process.environment = environment }
    let (output, errors) = (tree.file(".output"), tree.file(".errors"))
    for path in [output, errors] { try #require(FileManager.default.createFile(atPath: path, contents: nil)) }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    defer { for path in [output, errors] { unlink(path) } }
    return Said(
      status: process.terminationStatus,
      output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8)
    )
  }

  private func write(_ bytes: [UInt8], _ path: String) throws {
    let file = URL(filePath: uploads + "/\(user)/\(path)")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  private var uploads: String { tree.file("uploads") }

  /// Sends `count` files and one in parts, and returns the identifiers by path below the user's folder.
  private func migrate(_ count: Int) throws -> [String: String] {
    for number in 0..<count { try write(Array("file \(number) of \(user)".utf8), "\(number % 3)/\(number).bin") }
    try write([UInt8](repeating: 7, count: 17 << 20), "film.bin")
    let sent = try stowage(["run", uploads, "--create-users"])
    #expect(sent.status == 0, "\(sent.output)\(sent.errors)")
    let lines = try stowage(["map", uploads, "--json"]).output.split(separator: "\n")
    return try lines.reduce(into: [:]) { map, line in
      let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let path = try #require(row["path"] as? String)
      map[String(path.dropFirst(user.count + 1))] = row["fileId"] as? String
    }
  }

  /// The signs and paths of this user's lines; other tests leave objects in the bucket.
  private func verify(_ options: String...) throws -> (lines: [String], said: Said) {
    let said = try stowage(["verify", uploads, "--tree-users"] + options)
    let lines = said.output.split(separator: "\n").compactMap { line -> String? in
      let path = line.split(separator: "\t").first.map(String.init) ?? ""
      guard path.dropFirst(2).hasPrefix("\(user)/") else { return nil }
      return String(path.prefix(2)) + path.dropFirst(3 + user.count)
    }
    return (lines.sorted(), said)
  }

  @Test func `a flipped byte, a missing and an extra object, and a missing record are all that verify finds`() throws {
    let files = try migrate(30)
    let first = try verify()
    #expect(first.lines.isEmpty, "\(first.said.output)\(first.said.errors)")
    #expect(first.said.output.contains("same: 31 files") && first.said.output.contains("by the list's entity tags: 31"))
    let raw = try stack.setting("STOWAGE_BUCKET_RAW")
    for path in ["0/3.bin", "1/4.bin"] {
      let key = "\(user)/\(path)"
      var bytes = try bucket.store.bytes(of: key, in: raw, limit: 1000)
      for version in try bucket.store.versions(of: key, in: raw) {
        try bucket.store.delete(key, in: raw, version: version.version)
      }
      guard path == "0/3.bin" else { continue }
      bytes[5] ^= 1
      _ = try bucket.store.put(.bytes(bytes), to: key, in: raw)
    }
    _ = try bucket.store.put(.bytes([1, 2, 3]), to: "\(user)/extra", in: raw)
    try rows.remove(try #require(files["2/5.bin"]))
    let expected = ["* 0/3.bin", "+ extra", "- 1/4.bin", "- 2/5.bin"]
    for options in [[], ["--read-back"], ["--checksum"]] {
      let found = try stowage(["verify", uploads, "--tree-users"] + options)
      #expect(found.status == 1)
      #expect(found.output.contains("same: 28 files"), "\(found.output)\(found.errors)")
    }
    #expect(try verify().lines == expected)
    #expect(try verify("--read-back").lines == expected)
    let resent = try stowage(["run", uploads])
    #expect(resent.output.contains("lost by the bucket: 2 files"), "\(resent.output)")
    #expect(resent.status == 0 && resent.output.contains("sent 2 files"), "\(resent.output)\(resent.errors)")
    #expect(try verify("--read-back").lines == ["+ extra", "- 2/5.bin"])
    try bucket.store.delete("\(user)/extra", in: raw)
  }

  @Test func `a report is signed, and checked on another machine until one byte changes`() throws {
    _ = try migrate(5)
    let (key, known, report) = (tree.file("key.pem"), tree.file("public.pem"), tree.file("report.json"))
    try run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key])
    try run("openssl", ["pkey", "-in", key, "-pubout", "-out", known])
    chmod(key, 0o644)
    let loose = try stowage(["verify", uploads, "--tree-users", "--report", report, "--sign", key])
    #expect(loose.status == 1 && loose.errors.contains("chmod 600"), "\(loose.errors)")
    chmod(key, 0o600)
    let written = try stowage(["verify", uploads, "--tree-users", "--report", report, "--sign", key])
    #expect(written.output.contains("signature: \(report).sig"), "\(written.output)\(written.errors)")
    let page = try String(contentsOfFile: report + ".txt", encoding: .utf8)
    #expect(page.contains("The tree: 6 files") && page.contains(user))
    // Another machine has neither configuration nor tree.
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let genuine = try stowage(["check-report", report, "--key", known], environment: ["PATH": path])
    #expect(genuine.status == 0 && genuine.output.contains("The signature is genuine"), "\(genuine.errors)")
    var bytes = try Data(contentsOf: URL(filePath: report))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: report))
    let forged = try stowage(["check-report", report, "--key", known], environment: ["PATH": path])
    #expect(forged.status == 1 && forged.errors.contains("NOT genuine"), "\(forged.output)\(forged.errors)")
  }

  @Test func `prune asks, removes only what is proven and ready, and keeps a list`() throws {
    let mark = try #require(stack.environment["STOWAGE_TEST_SIGNATURE"])
    try write(Array(mark.utf8), "bad.txt")
    let files = try migrate(9)
    let token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
    for id in files.values { _ = try settled(id, token) }
    #expect(try verify().lines.isEmpty)
    let asked = try stowage(["prune", uploads, "--verified-before", "2100-01-01"])
    #expect(asked.status == 1 && asked.errors.contains("--yes"), "\(asked.errors)")
    let early = try stowage(["prune", uploads, "--verified-before", "2001-01-01", "--yes"])
    #expect(early.status == 0 && early.output.contains("no file was verified"))
    let dry = try stowage(["prune", uploads, "--verified-before", "2100-01-01", "--dry-run"])
    #expect(dry.output.contains("would delete 10 files"), "\(dry.output)\(dry.errors)")
    #expect(dry.output.contains("kept 1 file"))
    #expect(FileManager.default.fileExists(atPath: uploads + "/\(user)/film.bin"))
    let list = tree.file("deleted.list")
    let done = try stowage([
      "prune", uploads, "--verified-before", "2100-01-01", "--yes", "--empty-folders", "--list", list,
    ])
    #expect(done.status == 0 && done.output.contains("deleted 10 files"), "\(done.output)\(done.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: uploads + "/\(user)") == ["bad.txt"])
    #expect(try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").count == 10)
    let after = try verify()
    #expect(after.lines.isEmpty && after.said.output.contains("removed from the disk by prune: 10 files"))
    let again = try stowage(["run", uploads])
    #expect(again.status == 0 && again.output.contains("sent 0 files"), "\(again.output)\(again.errors)")
    #expect(again.output.contains("0 vanished, 10 deleted by prune"), "\(again.output)")
    unlink(uploads + "/\(user)/bad.txt")
    let none = try stowage(["run", uploads])
    #expect(none.status == 1 && none.errors.contains("has no files"), "one file vanished: \(none.errors)")
    try FileManager.default.removeItem(atPath: uploads)
    let gone = try stowage(["verify", uploads])
    #expect(gone.status == 1 && gone.errors.contains("--without-folder"), "\(gone.errors)")
    let rest = try stowage(["verify", uploads, "--without-folder", "--tree-users"])
    #expect(rest.output.contains("same: 10 files") && rest.output.contains("the folder is gone"), "\(rest.output)")
  }

  private func settled(_ id: String, _ token: String) throws -> Stack.File {
    for _ in 0..<600 {
      let file = try stack.file(id, token: token)
      if file.state != "received" { return file }
      usleep(100_000)
    }
    return try stack.file(id, token: token)
  }
}
