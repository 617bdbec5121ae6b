import Foundation
import Synchronization

/// A ClamAV daemon of a test, with one signature and no official database; stopped with the object.
public final class ClamdServer: Sendable {
  /// Bytes that the daemon detects in any file.
  public static let signature = Array("stowage-scanner-test-signature".utf8)
  /// The name that the daemon then reports.
  public static let signatureName = "Stowage.Test.UNOFFICIAL"
  /// The signature in the form of a `.ndb` file: any file type, any offset.
  public static let database =
    "Stowage.Test:0:*:" + signature.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "\n"

  private static let program = "/usr/sbin/clamd"

  /// True if clamd is installed.
  public static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: program) }

  /// The path of the daemon's socket.
  public let socketPath: String
  private let folder: URL
  private let number: pid_t
  private let process: Mutex<Process?>

  /// Starts a daemon and returns once it answers; `settings` are lines for its `clamd.conf`.
  public init(settings: [String] = []) throws {
    let folder = URL(filePath: "/tmp").appending(path: "stowage-clamd-\(UUID().uuidString)")
    self.folder = folder
    socketPath = folder.appending(path: "clamd.sock").path
    let database = folder.appending(path: "database")
    try FileManager.default.createDirectory(at: database, withIntermediateDirectories: true)
    try Self.database.write(to: database.appending(path: "stowage.ndb"), atomically: false, encoding: .utf8)
    let given = Set(settings.compactMap { $0.split(separator: " ").first })
    let usual = ["StreamMaxLength 64M", "MaxFileSize 64M", "MaxScanSize 128M", "ScanImageFuzzyHash no"].filter {
      !given.contains($0.prefix { $0 != " " })
    }
    let own = ["LocalSocket \(socketPath)", "DatabaseDirectory \(database.path)", "Foreground yes", "MaxThreads 4"]
    let file = folder.appending(path: "clamd.conf")
    try (own + usual + settings).joined(separator: "\n").appending("\n").write(
      to: file,
      atomically: false,
      encoding: .utf8
    )

    let daemon = Process()
    daemon.executableURL = URL(filePath: Self.program)
    daemon.arguments = ["--config-file=\(file.path)"]
    daemon.standardOutput = FileHandle.nullDevice
    daemon.standardError = FileHandle.nullDevice
    try daemon.run()
    number = daemon.processIdentifier
    process = Mutex(daemon)
    for _ in 0..<1000 where !accepts() { usleep(20_000) }
    guard accepts() else { throw ClamdFailure.notStarted }
  }

  deinit {
    kill(number, SIGKILL)
    process.withLock { $0?.waitUntilExit() }
    try? FileManager.default.removeItem(at: folder)
  }

  private func accepts() -> Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: socketPath.utf8) }
    return withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  /// Pauses the daemon, as if it hung (SIGSTOP).
  public func suspend() { kill(number, SIGSTOP) }

  /// Continues the paused daemon.
  public func resume() { kill(number, SIGCONT) }
}

/// The reason why a daemon did not start.
public enum ClamdFailure: Error {
  /// The daemon ended, or opened no socket within 20 s.
  case notStarted
}
