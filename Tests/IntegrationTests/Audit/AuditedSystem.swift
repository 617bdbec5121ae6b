import Foundation
import S3
import TestSupport

/// The running system as a production system shows itself: behind a private nginx, with copies of its files.
///
/// A test makes one thing wrong, and `restore()` makes everything right again.
final class AuditedSystem {
  /// One finding of `stowage audit --json`.
  struct Finding: Decodable {
    let id: String
    let outcome: String
    let place: String
    let found: String
    let evidence: [String]

    enum CodingKeys: String, CodingKey {
      case id, outcome, found, evidence
      case place = "where"
    }
  }

  struct Report: Decodable {
    let findings: [Finding]

    /// The identifiers of the checks that failed.
    var failed: Set<String> { Set(findings.filter { $0.outcome == "fail" }.map(\.id)) }
  }

  let stack: Stack
  let scratch: ScratchFolder
  let clamd: ScriptedClamd
  let store: S3Store
  let ports: (site: Int, store: Int, events: Int, metrics: Int)
  /// The settings that the audit finds in its environment.
  var environment: [String: String]
  private var settings: [(name: String, value: String)]
  private var nginx: WatchedProcess?
  private var isNginxChanged = false
  private var undoing: [() throws -> Void] = []

  init(_ stack: Stack) throws {
    self.stack = stack
    scratch = try ScratchFolder()
    clamd = try ScriptedClamd(path: scratch.file("clamd.sock"))
    store = try RealStore.seaweedFS.store()
    let free = try freePorts(4)
    ports = (free[0], free[1], free[2], free[3])
    let lines = try String(contentsOfFile: stack.environment["STOWAGE_CONFIG"] ?? "", encoding: .utf8)
    settings = lines.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
      line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
    }
    environment = [:]
    for name in ["token-key.json", "cookie-key.pem"] { try copy(name) }
    try scratch.write(Array(stack.token.utf8), to: "token")
    environment = [
      "STOWAGE_CONFIG": scratch.file("stowage.env"), "STOWAGE_CA": stack.environment["STOWAGE_CA"] ?? "",
    ]
    set("STOWAGE_ENVIRONMENT", "production")
    set("STOWAGE_TOKEN_ISSUER", "https://login.example.com")
    set("STOWAGE_TOKEN_AUDIENCE", "stowage")
    set("STOWAGE_TOKEN_COOKIE", "__Host-stowage")
    set("STOWAGE_LEASE_SECONDS", "120")
    set("STOWAGE_LAST_PURGE_SECONDS", "45")
    set("STOWAGE_IMAGES_URL", "https://localhost:\(ports.site)")
    set("STOWAGE_S3_PUBLIC_URL", "https://localhost:\(ports.store)")
    set("STOWAGE_CACHE_NODES", "http://127.0.0.1:\(ports.metrics)")
    set("STOWAGE_NGINX_FILE", scratch.file("nginx/nginx.conf"))
    set("STOWAGE_TOKEN_KEY_FILE", scratch.file("token-key.json"))
    set("STOWAGE_COOKIE_SIGNING_KEY", "development=\(scratch.file("cookie-key.pem"))")
    set("STOWAGE_CLAMD_SOCKET", clamd.path)
    try writeSettings()
    try copyNginx()
    try start()
    undoing = []
    isNginxChanged = false
  }

  deinit {
    nginx?.stop()
    clamd.stop()
  }

  private func copy(_ name: String) throws {
    try FileManager.default.copyItem(atPath: stack.folder.appending(path: name).path, toPath: scratch.file(name))
  }

  private func writeSettings() throws {
    let text = settings.map { "\($0.name)=\($0.value)\n" }.joined()
    try scratch.write(Array(text.utf8), to: "stowage.env")
    chmod(scratch.file("stowage.env"), 0o640)
  }

  private func copyNginx() throws {
    try FileManager.default.copyItem(
      atPath: stack.folder.appending(path: "nginx").path,
      toPath: scratch.file("nginx")
    )
    let local = scratch.file("nginx/local")
    let own = [
      stack.url, stack.environment["STOWAGE_S3_PUBLIC_URL"], stack.eventsURL, stack.environment["STOWAGE_METRICS_URL"],
    ]
    let old = try own.map { try Self.port($0 ?? "") }
    let new = [ports.site, ports.store, ports.events, ports.metrics]
    for name in try FileManager.default.contentsOfDirectory(atPath: local) {
      var text = try String(contentsOfFile: "\(local)/\(name)", encoding: .utf8)
      for (old, new) in zip(old, new) { text = text.replacing(":\(old)", with: ":\(new)") }
      try Data(text.utf8).write(to: URL(filePath: "\(local)/\(name)"))
    }
    // A single process: it ends with the test, whatever happens.
    try edit("local/main.conf") {
      $0.replacing("worker_processes auto;", with: "worker_processes 1; master_process off;")
    }
    try edit("local/http.conf") {
      $0.replacing(#"$stowage_hsts { default ""; }"#, with: #"$stowage_hsts { default "max-age=31536000"; }"#)
    }
  }

  private static func port(_ url: String) throws -> Int {
    guard let port = URLComponents(string: url)?.port else { throw Unexpected("no port in \(url)") }
    return port
  }

  private func start() throws {
    let folder = scratch.file("nginx/")
    try? FileManager.default.removeItem(atPath: folder + "nginx.pid")
    nginx = try WatchedProcess(
      [
        "/usr/sbin/nginx", "-p", folder, "-e", folder + "logs/error.log", "-c", folder + "nginx.conf", "-g",
        "daemon off;",
      ],
      in: scratch.path,
      log: scratch.file("nginx.log")
    )
    guard LocalPort.wait(for: ports.site, while: { true }) else { throw Unexpected("nginx does not start") }
  }

  // Changes

  func set(_ name: String, _ value: String) {
    let before = settings
    undoing.append { [self] in
      settings = before
      try writeSettings()
    }
    settings.removeAll { $0.name == name }
    settings.append((name, value))
    try? writeSettings()
  }

  /// Returns the value of a setting.
  func setting(_ name: String) -> String { settings.last { $0.name == name }?.value ?? "" }

  /// Changes a file of nginx; throws if the change changes nothing.
  func edit(_ name: String, _ change: (String) -> String) throws {
    let path = scratch.file("nginx/\(name)")
    let before = try String(contentsOfFile: path, encoding: .utf8)
    let after = change(before)
    guard after != before else { throw Unexpected("\(name): nothing was changed") }
    undoing.append { [self] in
      try Data(before.utf8).write(to: URL(filePath: path))
      isNginxChanged = true
    }
    try Data(after.utf8).write(to: URL(filePath: path))
    isNginxChanged = true
  }

  /// Writes a file of the scratch folder, and later the former bytes.
  func write(_ text: String, to name: String) throws {
    let before = try scratch.bytes(name)
    undoing.append { [self] in try scratch.write(before, to: name) }
    try scratch.write(Array(text.utf8), to: name)
  }

  func mode(_ path: String, _ mode: mode_t) throws {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw Unexpected("\(path): \(errno)") }
    let before = facts.st_mode & 0o7777
    undoing.append { chmod(path, before) }
    chmod(path, mode)
  }

  func age(_ path: String, days: Double) throws {
    let old = Date.now - days * 86_400
    undoing.append {
      try FileManager.default.setAttributes([.modificationDate: Date.now], ofItemAtPath: path)
    }
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
  }

  /// Changes or removes a document of a bucket.
  func document(_ kind: DocumentKind, of bucket: String, _ change: (JSONValue?) -> JSONValue?) throws {
    let before = try store.document(kind, of: bucket)
    undoing.append { [self] in
      if let before {
        try store.setDocument(kind, before, of: bucket)
      } else {
        try store.removeDocument(kind, of: bucket)
      }
    }
    if let after = change(before) {
      try store.setDocument(kind, after, of: bucket)
    } else {
      try store.removeDocument(kind, of: bucket)
    }
  }

  /// Does something that `restore` undoes.
  func change(_ body: () throws -> Void, undo: @escaping () throws -> Void) throws {
    undoing.append(undo)
    try body()
  }

  /// Makes everything right again.
  func restore() throws {
    for undo in undoing.reversed() { try undo() }
    undoing = []
  }

  // The audit

  func audit(_ arguments: [String] = []) throws -> Report {
    try JSONDecoder().decode(Report.self, from: run(["--json", "--mutes", "none"] + arguments).output)
  }

  /// Runs `stowage audit`, and returns its status and its output.
  func run(_ arguments: [String]) throws -> (status: Int32, output: Data, errors: String) {
    if isNginxChanged {
      nginx?.stop()
      try start()
      isNginxChanged = false
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["stowage", "audit", "--token-file", scratch.file("token")] + arguments
    let inherited = stack.environment.filter { !$0.key.hasPrefix("STOWAGE_") }
    process.environment = inherited.merging(environment) { $1 }
    let (output, errors) = (Pipe(), scratch.file("audit.errors"))
    try Data().write(to: URL(filePath: errors))
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, data, String(decoding: try scratch.bytes("audit.errors"), as: UTF8.self))
  }
}
