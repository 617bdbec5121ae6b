import Foundation
import HTTP
import TestSupport
import Testing

/// The programs `presign` and `stowage` with a container's endpoint: their answers, and a search for secrets in
/// everything that they write.
@Suite final class ProcessTests {
  private static let programs = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().path
  private static let authorization = "\(secretMark)-authorization"

  private let folder: ScratchFolder
  private var running: [WatchedProcess] = []

  init() throws { folder = try ScratchFolder() }

  deinit { running.forEach { $0.stop() } }

  /// Writes the settings; the variables of AWS stand in the same file.
  private func configure(_ endpoint: ScriptedServer) throws {
    let settings = [
      "STOWAGE_ENVIRONMENT": "development", "STOWAGE_STORE": "minio", "STOWAGE_S3_URL": "http://127.0.0.1:9",
      "STOWAGE_DATABASE_URL": "sqlite:" + folder.file("stowage.sqlite"), "STOWAGE_SOCKET_DIRECTORY": folder.path,
      "STOWAGE_TEMPORARY_DIRECTORY": folder.path, "STOWAGE_IDENTITY": "nginx", "STOWAGE_LOG_LEVEL": "trace",
      "STOWAGE_IMAGES_URL": "https://img.example.com", "STOWAGE_CORS_ORIGINS": "https://app.example.com",
      "STOWAGE_SCANNER": "none", "STOWAGE_DECODER": Self.programs + "/decoder",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.url,
      "AWS_CONTAINER_AUTHORIZATION_TOKEN": Self.authorization,
    ]
    try folder.write(Array(settings.map { "\($0.key)=\($0.value)\n" }.joined().utf8), to: "stowage.env")
  }

  private var command: [String] { ["/usr/bin/env", "-i", "STOWAGE_CONFIG=\(folder.file("stowage.env"))"] }

  private func startPresign() throws -> FastCGIClient {
    running.append(
      try WatchedProcess(command + [Self.programs + "/presign"], in: folder.path, log: folder.file("presign.log"))
    )
    let client = FastCGIClient(socket: folder.file("presign.sock"), seconds: 20)
    for _ in 0..<2000 where (try? client.get("/health/live")) == nil { usleep(10_000) }
    return client
  }

  private func claim(_ client: FastCGIClient) throws -> HTTPResponse {
    let body = Array(#"{"filename": "a.png", "size": 100, "contentType": "image/png"}"#.utf8)
    return try client.send(
      [
        ("REQUEST_METHOD", "POST"), ("DOCUMENT_URI", "/v1/uploads"), ("QUERY_STRING", ""),
        ("CONTENT_TYPE", "application/json"), ("CONTENT_LENGTH", String(body.count)), ("STOWAGE_USER", "ann"),
        ("HTTP_ORIGIN", "https://app.example.com"), ("HTTP_SEC_FETCH_SITE", "same-site"),
        ("REMOTE_ADDR", "127.0.0.1"), ("REQUEST_ID", UUID().uuidString),
      ],
      body: body
    )
  }

  private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

  /// Runs `stowage`; returns its standard output and error, whatever its status.
  private func stowage(_ arguments: String...) -> String {
    let all = Array(command.dropFirst()) + [Self.programs + "/stowage"] + arguments
    do { return String(decoding: try run("/usr/bin/env", all), as: UTF8.self) } catch { return "\(error)" }
  }

  /// Returns everything that was written: the log, metrics, readiness, and the outputs of `stowage`.
  private func everythingWritten(_ client: FastCGIClient) throws -> String {
    var texts = try ["/health/ready", "/health/live", "/metrics"].map { text(try client.get($0)) }
    texts += [stowage("config"), stowage("doctor"), stowage("doctor", "--json"), stowage("sweep", "--dry-run")]
    for pid in try FileManager.default.contentsOfDirectory(atPath: "/proc") where pid.allSatisfy(\.isNumber) {
      let arguments = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
      texts.append(String(decoding: arguments, as: UTF8.self))
    }
    return try texts.joined(separator: "\n") + String(contentsOfFile: folder.file("presign.log"), encoding: .utf8)
  }

  @Test func `a URL ends with its session, and nothing that is written has a secret`() throws {
    let endpoint = try ScriptedServer(reply(document("ASIAKEY", end: .now + 600)))
    defer { endpoint.stop() }
    try configure(endpoint)
    let client = try startPresign()
    let before = Date.now
    let response = try claim(client)
    #expect(response.head.status == 201, "\(text(response))")
    let members = try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    let url = try #require((members["put"] as? [String: Any])?["url"] as? String)
    let seconds = try #require(url.firstMatch(of: /X-Amz-Expires=(\d+)/).flatMap { Int($0.1) })
    let expiresAt = try Date(try #require(members["expiresAt"] as? String), strategy: .iso8601)
    #expect((500..<600).contains(seconds) && abs(expiresAt.timeIntervalSince(before) - Double(seconds)) < 10)
    #expect(url.contains("Credential=ASIAKEY%2F") && url.contains("X-Amz-Security-Token=\(secretMark)-token-ASIAKEY"))
    #expect(!url.contains("\(secretMark)-ASIAKEY"))
    #expect(endpoint.requests.first?.field("authorization") == Self.authorization)

    let ready = try client.get("/health/ready")
    #expect(ready.head.status == 200 && text(ready).contains(#""credentials":"ok""#), "\(text(ready))")
    let metrics = text(try client.get("/metrics"))
    let left = try #require(
      metrics.firstMatch(of: /stowage_credentials_seconds_left ([0-9.]+)/).flatMap { Double($0.1) }
    )
    #expect((400..<600).contains(left))
    #expect(metrics.contains(#"stowage_credential_refreshes_total{outcome="good"} 1"#))
    #expect(stowage("doctor").contains("container endpoint, until "))
    let written = try everythingWritten(client)
    #expect(written.contains("credentials obtained") && written.contains("STOWAGE_S3_SECRET_KEY"))
    #expect(!written.contains(secretMark))
  }

  @Test(arguments: [
    document("ASIAKEY", end: .now + 50), document("ASIAKEY", end: .now - 50),
    "{\"SecretAccessKey\": \"\(secretMark)\"}",
    secretMark,
  ])
  func `without credentials for a minute, an upload is unavailable, and the log says so once`(body: String) throws {
    let endpoint = try ScriptedServer(reply(body))
    defer { endpoint.stop() }
    try configure(endpoint)
    let client = try startPresign()
    for _ in 0..<5 {
      let response = try claim(client)
      #expect(response.head.status == 503 && response.head["retry-after"] == "5")
      #expect(response.head["content-type"] == "application/problem+json" && text(response).contains("unavailable"))
    }
    let ready = try client.get("/health/ready")
    #expect(ready.head.status == 503 && text(ready).contains("\"credentials\":"), "\(text(ready))")
    #expect(!text(ready).contains(#""credentials":"ok"#))
    #expect(stowage("doctor", "--json").contains("credentials"))
    let written = try everythingWritten(client)
    #expect(!written.contains(secretMark))
    let log = try String(contentsOfFile: folder.file("presign.log"), encoding: .utf8)
    let lines = log.split(separator: "\n").count { $0.contains("there are no valid ones") }
    #expect(lines == (body.contains("Success") && !log.contains("already expired") ? 0 : 1), "\(log)")
  }
}
