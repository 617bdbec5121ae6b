import Core
import Foundation
import TestSupport
import Testing

/// `stowage`, run as an administrator would.
@Suite(.enabled(if: isRunning, howToRun)) struct CommandLineTests {
  private func stowage(_ arguments: String..., environment: [String: String]? = nil) throws -> String {
    String(decoding: try run("stowage", arguments, environment: environment), as: UTF8.self)
  }

  @Test func `tokens are refused outside development, with an explanation`() throws {
    #expect(try stowage("token", "--user", "demo").split(separator: ".").count == 3)
    let error = #expect(throws: Unexpected.self) {
      // `script/test` sets an early last purge, which production refuses.
      let production = ["STOWAGE_ENVIRONMENT": "production", "STOWAGE_LAST_PURGE_SECONDS": "45"]
      return try stowage("token", "--user", "demo", environment: production)
    }
    #expect(error?.description.contains("in development only") == true)
  }

  @Test(arguments: ["..", "a b", ""]) func `no token is made for an invalid user`(user: String) {
    #expect(throws: Unexpected.self) { try stowage("token", "--user", user) }
  }

  @Test(arguments: ["superuser", "Admin", "user", ""]) func `no token is made for an unknown role`(role: String) {
    let error = #expect(throws: Unexpected.self) { try stowage("token", "--user", "demo", "--role", role) }
    #expect(error?.description.contains("expected one of service, admin") == true)
  }

  @Test(.needsTheWholeSystem) func `commands that succeed write nothing to standard error`() throws {
    for command in ["stowage token --user demo", "stowage doctor"] {
      let said = try run("sh", ["-c", "\(command) 2>&1 >/dev/null"])
      #expect(said.isEmpty, "\(String(decoding: said, as: UTF8.self))")
    }
  }

  @Test(arguments: [
    (["jbos", "list"], "Did you mean 'jobs'?"), (["jobs", "lst"], "Did you mean 'list'?"),
    (["help", "docter"], "Did you mean 'doctor'?"),
    (["nonsense"], "Commands: audit, buckets, cleanup, config, doctor, files, jobs"),
  ]) func `a mistyped command gets a suggestion`(arguments: [String], words: String) {
    let error = #expect(throws: Unexpected.self) { try run("stowage", arguments) }
    #expect(error?.description.hasPrefix("stowage: 64") == true && error?.description.contains(words) == true)
  }

  @Test func `swap refuses a process that it does not know, also without a program`() {
    for arguments in [["swap", "nope"], ["swap", "nope", "/bin/true"]] {
      let error = #expect(throws: Unexpected.self) { try run("stowage", arguments) }
      #expect(error?.description.contains("These can be swapped: ") == true, "\(error?.description ?? "")")
    }
  }

  @Test func `a program whose output cannot be written ends with 74, and does not crash`() throws {
    let statuses = "for program in presign worker; do $program --version > /dev/full; echo $?; done; decoder 2>&1"
    let output = String(decoding: try run("sh", ["-c", "(\(statuses)); true"]), as: UTF8.self)
    #expect(output.hasPrefix("74\n74\n") && output.contains("eight limits"), "\(output)")
  }

  @Test(arguments: [
    "stowage --version > /dev/full", "stowage migrate run --help > /dev/full", "stowage config > /dev/full",
    "stowage config >&-",
  ])
  func `a command whose output cannot be written says so, and ends with 74`(command: String) throws {
    let output = String(decoding: try run("sh", ["-c", "(\(command)) 2>&1; echo $?"]), as: UTF8.self)
    #expect(output.hasPrefix("stowage: the output cannot be written: ") && output.hasSuffix("\n74\n"), "\(output)")
  }

  @Test func `a closed pipe ends a command without a word`() throws {
    let script = "exec 3>&1; (sleep 0.3; stowage --help 2>&3; echo $? >&3) | true"
    #expect(String(decoding: try run("bash", ["-c", script]), as: UTF8.self) == "141\n")
  }

  @Test(arguments: ["run", "status", "map", "verify", "check-report", "rollback", "prune"])
  func `the help of a migration's command has its exit statuses, and examples that can be copied`(
    command: String
  ) throws {
    let help = try stowage("migrate", command, "--help")
    #expect(help.contains("Exit status: 0 "), "\(help)")
    let block = try #require(help.firstMatch(of: /Examples:\n([\s\S]*?)\n\n/), "\(help)")
    for line in block.1.split(separator: "\n") {
      let starts = ["  stowage migrate \(command) ", "  export STOWAGE_", "  openssl pkey "]
      #expect(line.count <= 80 && starts.contains { line.hasPrefix($0) }, "\(line)")
    }
    #expect(try stowage("migrate", "--help").contains("\n  stowage migrate \(command) "))
  }

  @Test(arguments: [
    (["run", "/x", "--bandwidth", "5"], "such as 800kB/s"), (["run", "/x", "--bandwidth", "50Mb/s"], "50MB/s"),
    (["run", "/x", "--accept-unscanned-over", "100"], "100MB"), (["status", "/x", "--ledger", ""], "--ledger needs"),
    (["run", "/x", "--source-url", "https://s3.example.com"], "s3://old-uploads"), (["verify", ""], "no name"),
    (["run", "s3://x", "--source-region", "eu-central-1"], "needs --source-url"),
  ]) func `arguments without effect or without a unit are refused with an example`(
    arguments: [String],
    words: String
  ) throws {
    let error = #expect(throws: Unexpected.self) { try run("stowage", ["migrate"] + arguments) }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("stowage: 64") && text.contains(words), "\(text)")
  }

  @Test(arguments: ProcessName.allCases.map(\.rawValue) + ["stowage", "decoder"])
  func `every program prints its version and its help, and refuses other arguments`(program: String) throws {
    let version = String(decoding: try run(program, ["--version"]), as: UTF8.self)
    #expect(version == "\(program) \(Version.current)\n")
    #expect(String(decoding: try run(program, ["--help"]), as: UTF8.self).contains(program))
    let error = #expect(throws: Unexpected.self) { try run(program, ["--nonsense"]) }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("\(program): 64") && text.contains("--nonsense") && text.contains("--help"), "\(text)")
  }

  @Test(.needsTheWholeSystem) func `the doctor prints its findings as JSON on request`() throws {
    struct Document: Decodable {
      struct Check: Decodable {
        let name, state, what: String
        let advice: String?
      }
      let version, state: String
      let checks: [Check]
    }
    let document = try JSONDecoder().decode(Document.self, from: Data(try run("stowage", ["doctor", "--json"])))
    #expect(document.version == Version.current && document.state == "warning")
    #expect(document.checks.filter { $0.state != "ok" }.map(\.name) == ["environment"])
    #expect(document.checks.allSatisfy { ($0.advice == nil) == ($0.state == "ok") && !$0.what.isEmpty })
  }

  @Test(.needsTheWholeSystem) func `the doctor finds no fault in a running system`() throws {
    let report = try stowage("doctor")
    for part in [
      "database", "uploads-raw", "scanner", "decoder", "site", "strangers",
    ] + ProcessName.allCases.map(\.rawValue) {
      #expect(report.contains(part), "\(part)")
    }
    #expect(!report.contains("BAD"))
  }

  @Test func `the doctor reports faults, also by its exit status`() throws {
    let error = #expect(throws: Unexpected.self) {
      try stowage("doctor", environment: ["STOWAGE_BUCKET_LOGS": "no-such-bucket", "STOWAGE_DECODER": "/nonexistent"])
    }
    #expect(error?.description.hasPrefix("stowage: 1") == true)
  }

  @Test(.needsTheWholeSystem) func `the doctor detects whether nginx asks a login`() throws {
    let login = try ScriptedServer(.bytes("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
    defer { login.stop() }
    let own = ["STOWAGE_IDENTITY": "nginx"]
    for (address, verdict) in [(login.url, "ok    strangers "), (nil, "BAD   strangers ")] {
      let front = try IdentityFront(own, login: address)
      let settings = own.merging(["STOWAGE_LINKS_URL": front.url]) { $1 }
      let report = String(
        decoding: try run("sh", ["-c", "stowage doctor || true"], environment: settings),
        as: UTF8.self
      )
      #expect(report.contains(verdict + "     \(front.url)/v1/usage answers"), "\(report)")
      #expect(report.contains("comment marks") == (address == nil))
    }
  }

  @Test func `the configuration is shown without its secrets`() throws {
    let shown = try stowage("config")
    let secrets = try ["STOWAGE_S3_SECRET_KEY", "STOWAGE_EVENTS_TOKEN"].map {
      try #require(ProcessInfo.processInfo.environment[$0])
    }
    #expect(shown.contains("STOWAGE_S3_SECRET_KEY=(set)") && shown.contains("STOWAGE_UPLOAD_URL_SECONDS=900"))
    #expect(!secrets.contains { shown.contains($0) })
  }

  @Test func `applying buckets again changes nothing`() throws {
    let first = try stowage("buckets", "apply")
    #expect(first.contains("= uploads-raw is there") && first.contains("uploads-raw versioning"))
    #expect(try stowage("buckets", "apply") == first)
    #expect(try stowage("buckets", "plan").hasSuffix("nothing to change\n"))
    #expect(try stowage("buckets", "audit").contains("= uploads-raw lifecycle"))
  }

  @Test func `the rules of a bucket are written as documents, and no file is replaced by accident`() throws {
    let folder = try ScratchFolder()
    let files = try stowage("buckets", "pull", "raw", "--to", folder.path).split(separator: "\n")
    #expect(files.contains("\(folder.path)/raw/cors.json"))
    let refusal = #expect(throws: Unexpected.self) { try stowage("buckets", "pull", "raw", "--to", folder.path) }
    #expect(refusal?.description.contains("--replace") == true)
    #expect(try stowage("buckets", "pull", "raw", "--to", folder.path, "--replace").split(separator: "\n") == files)
    // The written documents are as good as those that they came from.
    #expect(try stowage("buckets", "plan", "raw", "--documents", folder.path).hasSuffix("nothing to change\n"))
  }

  @Test func `a wrong document is refused before anything is sent`() throws {
    let folder = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: folder.file("raw"), withIntermediateDirectories: true)
    _ = try folder.write(Array(#"{"Rules": [{"Statuz": 1}]}"#.utf8), to: "raw/lifecycle.json")
    let refusal = #expect(throws: Unexpected.self) {
      try stowage("buckets", "apply", "raw", "--documents", folder.path)
    }
    #expect(refusal?.description.contains("Rules[0].Statuz: an unknown field") == true)
  }

  @Test(arguments: [["--help"], ["help", "token"], ["doctor", "--help"], ["buckets", "apply", "--help"]])
  func `every command has help with an example`(arguments: [String]) throws {
    let help = String(decoding: try run("stowage", arguments), as: UTF8.self)
    #expect(help.contains("Example") && help.contains("stowage "))
  }

  @Test(arguments: ProcessName.handlers.map(\.rawValue))
  func `a process with invalid settings reports all of them, and ends`(process: String) throws {
    let error = #expect(throws: Unexpected.self) {
      try run(process, [], environment: ["STOWAGE_STORE": "floppy", "STOWAGE_UPLOAD_URL_SECONDS": "901"])
    }
    let text = error?.description ?? ""
    #expect(
      text.hasPrefix("\(process): 78") && text.contains("STOWAGE_STORE") && text.contains("STOWAGE_UPLOAD_URL_SECONDS")
    )
  }
}
