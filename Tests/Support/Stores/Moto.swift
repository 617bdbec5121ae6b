internal import Foundation

/// A second S3 server for tests: moto, which keeps everything in memory and checks no signature.
public final class Moto: Sendable {
  /// The S3 endpoint.
  public let url: String
  /// The path of the certificate of an encrypted endpoint (PEM), or nil.
  public let caFile: String?

  private static let started = Result { try start(isEncrypted: false) }
  private static let startedEncrypted = Result { try start(isEncrypted: true) }

  /// Returns the server of this process, which starts at the first call and ends with the process without leaving
  /// files.
  public static func shared() throws -> Moto { try started.get() }

  /// Returns a second server of this process, which is reached by TLS, so that policies can demand it.
  public static func encrypted() throws -> Moto { try startedEncrypted.get() }

  private init(url: String, caFile: String?) { (self.url, self.caFile) = (url, caFile) }

  private static func start(isEncrypted: Bool) throws -> Moto {
    let program = try findProgram("moto_server", of: "moto", variable: "STOWAGE_MOTO")
    for _ in 0..<2 { if let server = try? launch(program, isEncrypted) { return server } }
    return try launch(program, isEncrypted)
  }

  private static func launch(_ program: String, _ isEncrypted: Bool) throws -> Moto {
    let port = try freePorts(1)[0]
    let folder = try ScratchFolder.makePrivate(named: "moto")
    let certificate = isEncrypted ? try TLSServer.makeCertificate(in: folder) : nil
    let process = try WatchedProcess(
      [program, "-H", "127.0.0.1", "-p", String(port)]
        + (certificate.map { ["-c", $0.certificate, "-k", $0.key] } ?? []),
      in: folder,
      log: folder + "/log",
      removing: folder
    )
    try wait(for: "moto", seconds: 60) { isListening(port) }
    process.letRun()
    guard let certificate else { return Moto(url: "http://127.0.0.1:\(port)", caFile: nil) }
    return Moto(url: "https://localhost:\(port)", caFile: certificate.certificate)
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
