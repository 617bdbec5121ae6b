import Foundation
import Glibc
import TestSupport

/// A running fastcgi-echo with a separate socket.
final class EchoProcess {
  let socket: String
  let process = Process()
  private let output = Pipe()

  struct NotReady: Error {}

  /// How a supervisor passes a socket.
  enum Passing: CaseIterable {
    case asDescriptor0
    case byListenFDs
    /// As above, but with the process identifier of another process.
    case byListenFDsOfAnother

    var script: String {
      let descriptor = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID="
      return switch self {
      case .asDescriptor0: #"exec "$0" "$@""#
      case .byListenFDs: descriptor + #"$$; exec "$0" "$@""#
      case .byListenFDsOfAnother: descriptor + #"1; exec "$0" "$@""#
      }
    }
  }

  /// - Parameter place: How the program learns where to listen.
  ///
  /// Default: at `socket`, or on an inherited descriptor.
  init(
    socket: String,
    _ settings: String...,
    at place: String? = nil,
    inheriting listener: FileHandle? = nil,
    passing: Passing = .asDescriptor0
  ) throws {
    self.socket = socket
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", passing.script, Self.program.path, place ?? (listener == nil ? socket : "inherited")] + settings
    process.standardInput = listener ?? FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    guard output.fileHandleForReading.availableData.starts(with: Array("ready".utf8)) else { throw NotReady() }
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var openDescriptors: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/fd").count) ?? -1
  }

  /// Sends SIGTERM and waits; returns the exit status.
  func end() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  private static var program: URL {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let program = folder.appending(path: "fastcgi-echo")
      if FileManager.default.isExecutableFile(atPath: program.path) { return program }
      folder.deleteLastPathComponent()
    }
    return folder
  }
}

/// Starts an nginx in front of one socket, with minimal settings.
func nginx(before socket: String, location: String = "", http: String = "") throws -> Nginx {
  try Nginx(
    server: { _ in
      """
      client_max_body_size 0;
      location / {
        include /etc/nginx/fastcgi_params;
        fastcgi_pass unix:\(socket);
        \(location)
      }
      """
    },
    http: { _ in http }
  )
}
