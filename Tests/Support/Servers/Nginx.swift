public import Foundation

/// A private nginx with a temporary folder and a free port on 127.0.0.1; `stop()` ends it.
public final class Nginx {
  /// A failure to start, with nginx's output.
  public struct Failure: Error {
    /// The output of nginx.
    public let output: String
  }

  /// The port for plain HTTP.
  public let port: Int
  /// nginx's folder, which every local user may enter; deleted by `stop()`.
  public let folder: URL
  private let process: Process

  /// Starts nginx and waits until it answers.
  ///
  /// - Parameters:
  ///   - server: Directives of the one `server` block, without `listen`.
  ///   - http: Directives of the `http` block around it.
  ///   - main: Directives outside of the `http` block.
  ///   - listen: Parameters of `listen` after the address, with a space before them.
  public init(
    server: (URL) -> String,
    http: (URL) -> String = { _ in "" },
    main: String = "",
    listen: String = ""
  ) throws {
    folder = try ScratchFolder.make(named: "nginx")
    var failure = Failure(output: "no attempt was made")
    // Another test may take the port between the check and nginx's bind, hence the retries.
    for _ in 0..<5 {
      let port = try LocalPort.free()
      try
        (main + "\n"
        + Self.configuration(port: port, folder: folder, http: http(folder), server: server(folder), listen))
        .write(to: folder.appending(path: "nginx.conf"), atomically: true, encoding: .utf8)
      let process = try Self.launch(in: folder)
      // nginx writes this file once it has bound the port: until then another server may answer there.
      let own = folder.appending(path: "nginx.pid").path
      while process.isRunning, !FileManager.default.fileExists(atPath: own) { usleep(10_000) }
      if LocalPort.wait(for: port, while: { process.isRunning }) {
        self.port = port
        self.process = process
        return
      }
      process.terminate()
      process.waitUntilExit()
      try? FileManager.default.removeItem(atPath: own)
      let log = try? String(contentsOf: folder.appending(path: "error.log"), encoding: .utf8)
      failure = Failure(output: log ?? "nothing was logged")
    }
    try? FileManager.default.removeItem(at: folder)
    throw failure
  }

  deinit { stop() }

  /// The contents of nginx's error log.
  public var errors: String {
    (try? String(contentsOf: folder.appending(path: "error.log"), encoding: .utf8)) ?? ""
  }

  /// Stops nginx and deletes its folder; a second call does nothing.
  public func stop() {
    if process.isRunning {
      process.terminate()
      process.waitUntilExit()
    }
    try? FileManager.default.removeItem(at: folder)
  }

  private static func launch(in folder: URL) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/sbin/nginx")
    process.arguments = ["-p", folder.path + "/", "-c", "nginx.conf", "-e", "error.log"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private static func configuration(port: Int, folder: URL, http: String, server: String, _ listen: String) -> String {
    """
    daemon off;
    worker_processes 1;
    pid nginx.pid;
    events { worker_connections 4096; }
    http {
      access_log off;
      client_body_temp_path body;
      fastcgi_temp_path fastcgi;
      proxy_temp_path proxy;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      \(http)
      server {
        listen 127.0.0.1:\(port) backlog=4096\(listen);
        \(server)
      }
    }
    """
  }
}
