import Foundation
import TestSupport
import Testing

/// `stowage migrate`, on the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct MigrateCommandTests {
  private let stack: Stack
  private let tree: ScratchFolder
  private let user = "migrate-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    tree = try ScratchFolder()
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  private func stowage(_ arguments: String...) throws -> String {
    String(decoding: try run("stowage", ["migrate"] + arguments), as: UTF8.self)
  }

  private func write(_ bytes: [UInt8], _ path: String) throws {
    let file = URL(filePath: tree.file("\(user)/\(path)"))
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  /// The identifiers of the files by path below the user's folder.
  private func map() throws -> [String: String] {
    let lines = try stowage("map", tree.path, "--json").split(separator: "\n")
    return try lines.reduce(into: [:]) { map, line in
      let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let path = try #require(row["path"] as? String)
      map[String(path.dropFirst(user.count + 1))] = row["fileId"] as? String
    }
  }

  private func settled(_ id: String) throws -> Stack.File {
    for _ in 0..<600 {
      let file = try stack.file(id, token: token)
      if file.state != "received" { return file }
      usleep(100_000)
    }
    return try stack.file(id, token: token)
  }

  @Test func `a photo gets its images, malware is kept and never served, and all else can be downloaded`() throws {
    let mark = try #require(stack.environment["STOWAGE_TEST_SIGNATURE"])
    let note = Array("hello, old disk".utf8)
    try write(Photo.jpeg(width: 300, height: 200), "photos/beach & sun+.jpg")
    try write(note, "notes.unknown")
    try write(Array(mark.utf8), "bad.txt")
    try write([], "empty")
    let dry = try stowage("run", tree.path, "--dry-run")
    #expect(dry.contains("4 new") && dry.contains("such as \(user)"), "\(dry)")
    let done = try stowage("run", tree.path, "--create-users")
    #expect(done.contains("sent 4 files"), "\(done)")
    let files = try map()
    #expect(files.count == 4)
    let photo = try settled(#require(files["photos/beach & sun+.jpg"]))
    #expect(photo.state == "ready" && photo.variants.count == 3)
    let line = try #require(try stowage("map", tree.path).split(separator: "\n").first { $0.contains(photo.id) })
    let columns = [",ready,/v1/files/\(photo.id),/uploads/\(user)/photos/beach%20%26%20sun%2B.jpg,"]
    for column in columns + photo.variants.map(\.url) { #expect(line.contains(column), "\(line)") }
    let plain = try settled(#require(files["notes.unknown"]))
    #expect(plain.state == "ready" && plain.variants.isEmpty)
    #expect(Array(try run("stowage", ["files", "download", plain.id, "--output", "-"])) == note)
    #expect(try settled(#require(files["empty"])).state == "ready")
    let bad = try settled(#require(files["bad.txt"]))
    #expect(bad.state == "quarantined" && bad.reason == "malware")
    #expect(throws: Unexpected.self) { try run("stowage", ["files", "download", bad.id, "--output", "-"]) }
    let listed = String(decoding: try run("stowage", ["files", "list", "--state", "quarantined"]), as: UTF8.self)
    #expect(listed.contains(bad.id))
    #expect(try stowage("run", tree.path).contains("sent 0 files"))
    #expect(try stowage("status", tree.path).contains("in the bucket: 4 files"))
  }

  /// Runs `stowage migrate`, and returns its output on both streams and its exit status.
  private func attempt(_ arguments: String...) throws -> (output: String, status: Int32) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["stowage", "migrate"] + arguments
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (String(decoding: output, as: UTF8.self), process.terminationStatus)
  }

  @Test func `a changed photo takes the place of the old one when it is checked, and malware never does`() throws {
    let mark = try #require(stack.environment["STOWAGE_TEST_SIGNATURE"])
    let missing = try attempt("run", tree.path, "--delta")
    #expect(missing.status == 1 && missing.output.contains("There is no ledger at"), "\(missing)")
    try write(Photo.jpeg(width: 300, height: 200), "photo.jpg")
    try write(Array("harmless".utf8), "note.txt")
    try write(Array("leaves".utf8), "gone.txt")
    _ = try stowage("run", tree.path, "--create-users")
    let old = try map()
    for id in old.values { #expect(try settled(id).state == "ready") }
    try write(Photo.jpeg(width: 320, height: 240), "photo.jpg")
    try write(Array("now \(mark)".utf8), "note.txt")
    try FileManager.default.removeItem(atPath: tree.file("\(user)/gone.txt"))
    let dry = try stowage("run", tree.path, "--delta", "--dry-run", "--deleted", "trash")
    #expect(dry.contains("2 changed") && dry.contains("1 file would be deleted"), "\(dry)")
    let delta = try stowage("run", tree.path, "--delta", "--checksum")
    #expect(delta.contains("sent 2 files") && delta.contains("\(user)/gone.txt"), "\(delta)")
    let new = try map()
    #expect(try settled(#require(new["photo.jpg"])).state == "ready")
    #expect(try stack.file(#require(old["photo.jpg"]), token: token).state == "deleted")
    #expect(try settled(#require(new["note.txt"])).state == "quarantined")
    #expect(try stack.file(#require(old["note.txt"]), token: token).state == "ready")
    #expect(try stack.file(#require(old["gone.txt"]), token: token).state == "ready")
    let trash = try stowage("run", tree.path, "--delta", "--deleted", "trash")
    #expect(trash.contains("deleted 1 file that vanished"), "\(trash)")
    #expect(try stack.file(#require(old["gone.txt"]), token: token).state == "deleted")
    for id in [old["photo.jpg"], old["gone.txt"]].compactMap(\.self) {
      _ = try run("stowage", ["files", "restore", id])
    }
    #expect(try stowage("run", tree.path, "--delta", "--deleted", "trash").contains("sent 0 files"))
    for id in [old["photo.jpg"], old["gone.txt"]].compactMap(\.self) {
      #expect(try settled(id).state == "ready", "a restore is not undone")
    }
    let quota = String(decoding: try run("stowage", ["users", "recount", user]), as: UTF8.self)
    #expect(quota.contains("is right"), "\(quota)")
  }

  @Test func `a folder that is empty, another one or unreadable is refused with a sentence, and loses nothing`() throws
  {
    let empty = try ScratchFolder()
    let nothing = try attempt("run", empty.path)
    #expect(nothing.status == 1 && nothing.output.contains("has no files"), "\(nothing)")
    try write([1], "a")
    let ledger = try ScratchFolder()
    let path = ledger.file("l")
    #expect(try attempt("run", tree.path, "--ledger", path, "--create-users").status == 0)
    let other = try attempt("run", empty.path, "--ledger", path)
    #expect(other.status == 1 && other.output.contains("The ledger belongs to the folder"), "\(other)")
    try FileManager.default.removeItem(atPath: tree.file(user))
    let unmounted = try attempt("run", tree.path, "--ledger", path, "--deleted", "trash", "--deleted-limit", "100")
    #expect(unmounted.status == 1 && unmounted.output.contains("Nothing was deleted in Stowage"), "\(unmounted)")
    #expect(try stowage("status", tree.path, "--ledger", path).contains("still in Stowage: 1 file"))
    #expect(try attempt("run", tree.path, "--process", "25:00").status == 64)
    #expect(try attempt("run", tree.file("none")).output.contains("There is no folder"))
  }

  @Test func `what stays behind is counted at the end and in the status, and found again only in the list`() throws {
    try write([1], "a")
    symlink("/etc", tree.file("\(user)/link"))
    mkfifo(tree.file("\(user)/pipe"), 0o600)
    let first = try attempt("run", tree.path, "--create-users")
    let words = "only on the disk, since they stay behind: symbolic links: 1, named pipes: 1"
    #expect(first.status == 0 && first.output.contains(words) && first.output.contains("\(user)/link"), "\(first)")
    #expect(first.output.contains("stowage migrate status \(tree.path) --findings"), "\(first)")
    let second = try attempt("run", tree.path, "--delta")
    #expect(second.output.contains(words) && second.output.contains("2 findings of earlier runs"), "\(second)")
    #expect(!second.output.contains("\(user)/link"), "\(second)")
    #expect(try stowage("status", tree.path).contains(words))
    #expect(try stowage("status", tree.path, "--json").contains("\"stayBehind\":2"))
    #expect(try stowage("status", tree.path, "--findings") == "symlink\t\(user)/link\npipe\t\(user)/pipe\n")
    let full = try run("sh", ["-c", "stowage migrate map '\(tree.path)' > /dev/full 2>&1; echo $?"])
    #expect(String(decoding: full, as: UTF8.self) == "74\n")
    let elsewhere = try ScratchFolder()
    mkfifo(elsewhere.file("ledger"), 0o600)
    for command in ["status", "map", "run", "verify"] {
      let refused = try attempt(command, tree.path, "--ledger", elsewhere.file("ledger"))
      #expect(refused.status == 1 && refused.output.contains("is a named pipe"), "\(refused)")
    }
  }

  @Test func `a stopped run says how to go on, and the status says that it is under way or was stopped`() throws {
    for number in 0..<200 { try write(Array(repeating: 7, count: 20_000), "\(number)") }
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "stowage", "migrate", "run", tree.path, "--create-users", "--bandwidth", "100kB/s", "--process", "never",
    ]
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    var during = ""
    for _ in 0..<100 {
      during = try attempt("status", tree.path).output
      if during.contains("in the bucket") { break }
      usleep(100_000)
    }
    #expect(during.contains("still under way (process \(process.processIdentifier))"), "\(during)")
    kill(process.processIdentifier, SIGINT)
    let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let next = "To go on: stowage migrate run \(tree.path) --create-users --bandwidth 100kB/s --process never\n"
    #expect(process.terminationStatus == 130 && output.hasSuffix(next), "\(output)")
    let after = try stowage("status", tree.path)
    #expect(after.contains("a signal stopped it") && after.contains("to send the rest: stowage"), "\(after)")
  }
}
