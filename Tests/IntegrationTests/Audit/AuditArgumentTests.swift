import Foundation
import TestSupport
import Testing

/// The messages of `stowage audit` and `stowage permissions` about files that they cannot use.
@Suite(.enabled(if: isRunning, howToRun)) struct AuditArgumentTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Returns the status and the messages of a command that fails.
  private func failure(_ arguments: String...) throws -> String {
    let error = #expect(throws: Unexpected.self) { try run("stowage", arguments) }
    return try #require(error).description
  }

  @Test func `the help of --fail-on names the default`() throws {
    let help = String(decoding: try run("stowage", ["audit", "--help"]), as: UTF8.self)
    let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("low, medium, high or critical (default: medium)."))
    #expect(words.contains("74 the file of --sarif"))
  }

  @Test func `a file without a usable token is named, with the true reason`() throws {
    let limit = 16_384
    for (name, bytes, reason) in [
      ("absent", nil, "cannot be read: No such file or directory"), ("empty", 0, "is empty"),
      ("long", limit + 1, "has more than 16384 bytes"), ("wrong", limit, "has no token whose claim sub names a user"),
    ] {
      let file = folder.file(name)
      if let bytes { _ = try folder.write([UInt8](repeating: 0x61, count: bytes), to: name) }
      let words = try failure("audit", "--only", "settings.environment", "--token-file", file)
      #expect(words.hasPrefix("stowage: 64") && words.contains("--token-file \(file): \(reason)"), "\(words)")
    }
    let words = try failure("audit", "--only", "settings.environment", "--token-file", folder.path)
    #expect(words.hasPrefix("stowage: 64") && words.contains("\(folder.path): cannot be read"), "\(words)")
  }

  @Test func `a SARIF file that cannot be written ends with 74, is named, and the report is printed`() throws {
    let file = folder.file("none/audit.sarif")
    let audit = "stowage audit --only settings.log-level --all --sarif"
    let said = String(decoding: try run("sh", ["-c", "\(audit) '\(file)' 2>&1; echo \"= $?\""]), as: UTF8.self)
    #expect(said.hasSuffix("= 74\n") && said.contains("stowage: --sarif \(file): cannot be written"), "\(said)")
    #expect(said.contains("settings.log-level") && !said.contains("doctor"), "\(said)")
  }

  @Test func `a SARIF log is written through a link and into a pipe, which both stay`() throws {
    let (pipe, link, file) = (folder.file("pipe"), folder.file("link"), folder.file("audit.sarif"))
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
    let audit = "stowage audit --only settings.log-level --sarif"
    let script = """
      mkfifo '\(pipe)'; timeout 60 cat '\(pipe)' > '\(pipe).read' & \(audit) '\(pipe)' > /dev/null; wait
      \(audit) '\(link)' > /dev/null; \(audit) /dev/null > /dev/null
      test -p '\(pipe)' && test -L '\(link)' && test -c /dev/null && echo they stay
      """
    #expect(String(decoding: try run("sh", ["-c", script]), as: UTF8.self) == "they stay\n")
    for path in [pipe + ".read", file] {
      #expect(
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self).contains("\"2.1.0\""),
        "\(path)"
      )
    }
  }

  @Test func `mutes that everybody can write are refused`() throws {
    let file = try folder.write(Array(#"{"mutes": []}"#.utf8), to: "mutes.json")
    let audit = ["audit", "--only", "settings.environment", "--mutes", file]
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: file)
    let words = try failure(audit[0], audit[1], audit[2], audit[3], audit[4])
    #expect(words.hasPrefix("stowage: 78") && words.contains("\(file): ") && words.contains("chmod o-w"), "\(words)")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
    #expect(try !failure(audit[0], audit[1], audit[2], audit[3], audit[4]).hasPrefix("stowage: 78"))
  }

  @Test func `each problem of a document of permissions has the name of the file`() throws {
    for (json, problems) in [
      ("{", ["no JSON"]), (#"{"Version": "2008-10-17"}"#, ["Version: expected 2012-10-17", "Statement is missing"]),
    ] {
      let file = try folder.write(Array(json.utf8), to: "policy.json")
      let words = try failure("permissions", file)
      #expect(words.hasPrefix("stowage: 1"), "\(words)")
      for problem in problems { #expect(words.contains("\(file): \(problem)"), "\(words)") }
    }
  }
}
