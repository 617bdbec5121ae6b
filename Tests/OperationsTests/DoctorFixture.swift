import Assembly
import Core
import CredentialProviders
import Database
import Decoding
import Foundation
import Logging
import Scanning
import Storage
import TestSupport
import Testing

@testable import Operations

/// A node on which every check succeeds, until a test changes something.
final class DoctorFixture {
  /// The path of the built decoder: in the folder of the test program.
  static let decoder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("decoder").path
  static let buckets = ["uploads-raw", "uploads-processed", "system-backups", "access-logs"]

  let folder: ScratchFolder
  let store = FaultyStore()
  /// Stands in for nginx with the image process.
  let site: ScriptedServer
  /// Stands in for nginx with the API, which refuses requests without a token.
  let api: ScriptedServer
  var changes: [String: String] = [:]
  /// Nil for the store in the settings.
  var usesMemoryStore = true
  var isWorkerRunning = true
  /// True if the doctor tests uploads, which needs a real store.
  var triesUploads = false
  var scanner: (any MalwareScanner)? = HealthyScanner()
  /// The state of renewed credentials; nil for the state of the application.
  var credentials: CredentialStatus?
  /// The processes, by name.
  private(set) var processes: [String: StandIn] = [:]

  init() throws {
    folder = try ScratchFolder()
    site = try ScriptedServer(.bytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
    api = try ScriptedServer(.bytes("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
    for bucket in Self.buckets { try store.createBucket(bucket) }
    try store.setVersioning(true, of: Self.buckets[0])
    let secret = String(repeating: "c2VjcmV0", count: 6)
    try write(#"{"kty":"oct","k":"\#(secret)"}"#, to: "keys.json", mode: 0o640)
    for process in ProcessName.allCases.map(\.rawValue) {
      processes[process] = try StandIn(at: folder.file("\(process).sock"))
    }
  }

  deinit {
    site.stop()
    api.stop()
    for process in processes.values { process.stop() }
    for process in processes.values { process.waitUntilOver() }
  }

  func write(_ text: String, to name: String, mode: Int) throws {
    let path = try folder.write(Array(text.utf8), to: name)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  /// Leaves a socket that no process listens on, as a killed process does.
  private func abandon(_ process: String) throws {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = folder.file("\(process).sock")
    try #require(path.utf8.count < 100)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    try #require(isBound)
  }

  /// Ends every FastCGI process, and leaves their sockets behind.
  func stopProcesses() throws {
    for (name, process) in processes where name != "worker" {
      process.stop()
      process.waitUntilOver()
      processes[name] = nil
      try abandon(name)
    }
  }

  func application() throws -> Application {
    let well = [
      "STOWAGE_S3_ACCESS_KEY": "key", "STOWAGE_S3_SECRET_KEY": "very-secret",
      "STOWAGE_TOKEN_KEY_FILE": folder.file("keys.json"), "STOWAGE_IMAGES_URL": site.url,
      "STOWAGE_DATABASE_URL": "sqlite:" + folder.file("stowage.sqlite"), "STOWAGE_SOCKET_DIRECTORY": folder.path,
      "STOWAGE_DECODER": Self.decoder, "STOWAGE_STORE": "minio", "STOWAGE_S3_URL": "http://127.0.0.1:9",
      "STOWAGE_LINKS_URL": api.url, "STOWAGE_TEMPORARY_DIRECTORY": folder.path,
      "STOWAGE_CLAMD_SOCKET": folder.file("clamd.sock"),
    ]
    let settings = try Configuration.load(environment: well.merging(changes) { $1 }).settings
    return Application(settings: settings, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  func examine(at now: Date = .now) throws -> [Finding] {
    let app = try application()
    let (memory, scanner, status) = (usesMemoryStore ? store : nil, scanner, credentials)
    let patient = Patient(
      settings: app.settings,
      database: { () throws(StorageError) in try app.database },
      credentials: { () throws(StorageError) in if let status { status } else { try app.credentialStatus() } },
      store: { () throws(StorageError) in if let memory { memory } else { try app.store } },
      uploadSigner: triesUploads ? { () throws(StorageError) in try app.uploadSigner } : nil,
      tokenKeys: app.tokenKeyStatus,
      scanner: { () throws(StorageError) in if let scanner { scanner } else { try app.scanner() } },
      decoders: app.decoderPool(),
      isWorkerRunning: { [self] in isWorkerRunning }
    )
    var findings: [Finding] = []
    Doctor(patient).examine(at: now) { findings.append($0) }
    for finding in findings {
      #expect(!finding.text.contains("very-secret") && !finding.text.contains("c2VjcmV0"))
      #expect((finding.advice == nil) == (finding.status == .good), "\(finding.text)")
    }
    return findings
  }

  /// Returns the findings that are not good.
  func complaints(at now: Date = .now) throws -> [Finding] { try examine(at: now).filter { $0.status != .good } }
}

struct HealthyScanner: MalwareScanner {
  func scan(descriptor: Int32, size: Int64) throws(ScanError) -> ScanVerdict { .clean }
  func version() throws(ScanError) -> String { "ClamAV 1.4.0" }
}
