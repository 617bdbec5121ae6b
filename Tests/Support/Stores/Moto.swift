internal import Foundation

/// A second S3 server for tests: moto, which keeps everything in memory and checks no signature.
public final class Moto: Sendable {
  /// The S3 endpoint.
  public let url: String

  private static let started = Result { try start() }

  /// Returns the server of this process, which starts at the first call and ends with the process without leaving
  /// files.
  public static func shared() throws -> Moto { try started.get() }

  private init(url: String) { self.url = url }

  private static func start() throws -> Moto {
    let program = try findProgram("moto_server", of: "moto", variable: "STOWAGE_MOTO")
    for _ in 0..<2 { if let server = try? launch(program) { return server } }
    return try launch(program)
  }

  private static func launch(_ program: String) throws -> Moto {
    let port = try freePorts(1)[0]
    let folder = try ScratchFolder.makePrivate(named: "moto")
    let process = try WatchedProcess(
      [program, "-H", "127.0.0.1", "-p", String(port)],
      in: folder,
      log: folder + "/log",
      removing: folder
    )
    try wait(for: "moto", seconds: 60) { isListening(port) }
    process.letRun()
    return Moto(url: "http://127.0.0.1:\(port)")
  }
}

/// Returns the path of a program: from `variable`, from the checkout's Python environment, or from `PATH`.
func findProgram(_ name: String, of package: String, variable: String) throws -> String {
  let environment = ProcessInfo.processInfo.environment
  if let named = environment[variable] { return named }
  let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
  let places = ([FileManager.default.currentDirectoryPath + "/.venv/bin"] + folders).map { $0 + "/" + name }
  guard let found = places.first(where: FileManager.default.isExecutableFile(atPath:)) else {
    throw SetUpFailure("no \(name): put \(package)'s on the PATH or name it in \(variable)")
  }
  return found
}
