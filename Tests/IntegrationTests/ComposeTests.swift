import Foundation
import HTTP
import TestSupport
import Testing

/// `conf/compose.yaml` with the keys that `conf/compose/secrets` writes, and its scripts without containers.
@Suite(.serialized) struct ComposeTests {
  private struct Service: Decodable {
    struct Health: Decodable { let test: [String] }
    struct Condition: Decodable { let condition: String }

    let profiles: [String]
    let image: String
    var command: [String]?
    var entrypoint: [String]?
    var environment: [String: String]?
    var healthcheck: Health?
    var ports: [String]?
    var volumes: [String]?
    var dependencies: [String: Condition]?

    enum CodingKeys: String, CodingKey {
      case profiles, image, command, entrypoint, environment, healthcheck, ports, volumes
      case dependencies = "depends_on"
    }
  }

  private struct File: Decodable {
    struct Volume: Decodable {}
    let services: [String: Service]
    let volumes: [String: Volume?]
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let hasCompose = (try? run("docker", ["compose", "version"])) != nil

  private let folder: ScratchFolder
  private let secrets: [String: String]

  init() throws {
    folder = try ScratchFolder()
    try run("conf/compose/secrets", [folder.file("env")], in: Self.root.path)
    let text = String(decoding: try folder.bytes("env"), as: UTF8.self)
    secrets = text.split(separator: "\n").reduce(into: [:]) { values, line in
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      values[parts[0]] = parts.count == 2 ? parts[1] : ""
    }
  }

  /// Returns the file with its variables filled in, as Compose does.
  ///
  /// Source: https://docs.docker.com/reference/compose-file/interpolation/
  private func file() throws -> File {
    var text = try String(contentsOf: Self.root.appending(path: "conf/compose.yaml"), encoding: .utf8)
    for match in text.matches(of: /\$\{([A-Z0-9_]+)(:-|:\?)([^}]*)\}/).reversed() {
      let isNeeded = match.2 == ":?"
      let value = isNeeded ? try #require(secrets[String(match.1)], "\(match.1) has no value") : String(match.3)
      text.replaceSubrange(match.range, with: value)
    }
    #expect(!text.contains("${"))
    try folder.write(Array(text.utf8), to: "compose.yaml")
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    let python = Self.root.appending(path: ".venv/bin/python").path
    return try JSONDecoder().decode(File.self, from: run(python, ["-c", script, folder.file("compose.yaml")]))
  }

  @Test func `keys are written once, for their owner alone`() throws {
    #expect(secrets.count == 5 && Set(secrets.values).count == 5 && secrets.values.allSatisfy { $0.count >= 20 })
    let key = try #require(secrets["STOWAGE_MINIO_KMS_KEY"].flatMap { Data(base64Encoded: $0) })
    #expect(key.count == 32, "MinIO takes 256 bits")
    let mode = try FileManager.default.attributesOfItem(atPath: folder.file("env"))[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let before = try folder.bytes("env")
    try run("conf/compose/secrets", [folder.file("env")], in: Self.root.path)
    #expect(try folder.bytes("env") == before)
  }

  @Test func `images have versions, ports are on loopback, and each profile starts alone`() throws {
    let file = try file()
    #expect(file.services.count == 6)
    for (name, service) in file.services {
      #expect(service.profiles.count == 1, "\(name)")
      if service.image != "stowage-administration:latest" {
        #expect(service.image.contains(/^(quay|docker)\.io\/[a-z]+\/[a-z]+:[A-Za-z.]*[0-9]/), "\(service.image)")
      }
      for port in service.ports ?? [] { #expect(port.hasPrefix("127.0.0.1:"), "\(name) \(port)") }
      for (other, condition) in service.dependencies ?? [:] {
        #expect(file.services[other]?.profiles == service.profiles, "\(name) needs \(other)")
        let isStore = file.services[other]?.healthcheck != nil
        #expect(condition.condition == (isStore ? "service_healthy" : "service_completed_successfully"))
      }
      for volume in service.volumes ?? [] {
        let source = String(volume.split(separator: ":")[0])
        if source.hasPrefix("./") {
          let path = Self.root.appending(path: "conf/" + source.dropFirst(2)).path
          #expect(FileManager.default.fileExists(atPath: path) && volume.hasSuffix(":ro"), "\(volume)")
        } else {
          #expect(file.volumes.keys.contains(source), "\(volume)")
        }
      }
    }
    for name in ["minio", "seaweedfs"] {
      #expect(file.services[name]?.healthcheck?.test.contains("curl") == false, "\(name)")
    }
    let environment = try #require(file.services["minio"]?.environment)
    #expect(environment["MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_STOWAGE"] == "/events")
    #expect(environment["MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_STOWAGE"]?.hasPrefix("Bearer ") == true)
  }

  @Test(.enabled(if: hasCompose, "docker compose is not here")) func `docker compose accepts the file`() throws {
    let options = [
      "--env-file", folder.file("env"), "-f", "conf/compose.yaml", "--profile", "minio", "--profile", "seaweedfs",
      "config", "--quiet",
    ]
    try run("docker", ["compose"] + options, in: Self.root.path)
  }

  /// Runs the script of the service `…-buckets` with these settings alone.
  private func initialise(_ settings: [String: String], path: String? = nil) throws -> String {
    let inherited = path ?? ProcessInfo.processInfo.environment["PATH"] ?? ""
    let values = (["PATH": inherited].merging(settings) { $1 }).map { "\($0.key)=\($0.value)" }
    let script = Self.root.appending(path: "conf/compose/init.sh").path
    return String(decoding: try run("env", ["-i"] + values + ["sh", "-c", "'\(script)' 2>&1"]), as: UTF8.self)
  }

  @Test(.enabled(if: isRunning, howToRun))
  func `SeaweedFS takes the options and keys of the file, and the service's script makes the buckets on it`() throws {
    let file = try file()
    let service = try #require(file.services["seaweedfs"])
    let ports = try (0..<5).map { _ in try LocalPort.free() }
    let url = "http://127.0.0.1:\(ports[0])"
    let replaced = ["-dir=": folder.path, "-ip.bind=": "127.0.0.1", "-s3.port=": String(ports[0])]
    var options = try #require(service.command).map { option in
      guard let (name, value) = replaced.first(where: { option.hasPrefix($0.key) }) else { return option }
      return name + value
    }
    for (name, port) in zip(["master", "volume", "filer", "admin"], ports.dropFirst()) {
      options.append("-\(name).port=\(port)")
    }
    options += ["-filer.localSocket=\(folder.file("filer.sock"))", "-s3.localSocket=\(folder.file("s3.sock"))"]
    let environment = try #require(service.environment).map { "\($0.key)=\($0.value)" }
    let weed = Self.root.appending(path: ".venv/bin/weed").path
    let server = try WatchedProcess(
      ["/bin/sh", "-c", "sleep 3; exec \"$@\"", "sh", "/usr/bin/env", "-i"] + environment + [weed] + options,
      in: folder.path,
      log: folder.file("log")
    )
    defer { server.stop() }
    var settings = try #require(file.services["seaweedfs-buckets"]?.environment)
    settings["STOWAGE_S3_URL"] = url
    settings["STOWAGE_BUCKET_DOCUMENTS"] = Self.root.appending(path: "conf/buckets").path
    settings["INIT_PAUSE_SECONDS"] = "1"
    // The store starts in 3 s, so the script has to try again.
    let said = try initialise(settings)
    #expect(said.contains("again in 1 s"), "\(said)")
    #expect(said.contains("+ uploads-raw created") && said.hasSuffix("the buckets and their rules are in place\n"))
    #expect(try initialise(settings).contains("= uploads-raw lifecycle"), "it can be repeated")
    let stranger = try HTTPClient().send(HTTPRequest("GET", url + "/uploads-raw"))
    #expect(stranger.head.status == 403, "only the keys of the file have access")
  }

  @Test(.enabled(if: isRunning, howToRun)) func `the service's script fails loudly`() throws {
    var settings = try #require(try file().services["seaweedfs-buckets"]?.environment)
    settings["STOWAGE_S3_URL"] = "http://127.0.0.1:1"
    settings["STOWAGE_BUCKET_DOCUMENTS"] = Self.root.appending(path: "conf/buckets").path
    (settings["INIT_TRIES"], settings["INIT_PAUSE_SECONDS"]) = ("2", "0")
    func failure(path: String? = nil, _ changes: [String: String] = [:]) -> String {
      let error = #expect(throws: Unexpected.self) {
        try initialise(settings.merging(changes) { $1 }, path: path)
      }
      return error?.description ?? ""
    }
    let silent = failure()
    #expect(
      silent.contains("try 1 of 2") && silent.contains("error: stowage buckets apply failed 2 times"),
      "\(silent)"
    )
    let wrong = failure(["STOWAGE_STORE": "floppy"])
    #expect(wrong.contains("STOWAGE_STORE") && wrong.contains("error: the settings are wrong"), "\(wrong)")
    #expect(!wrong.contains("try 1"), "another try would not help")
    #expect(failure(path: "/usr/bin:/bin").contains("error: there is no program stowage"))
  }
}
