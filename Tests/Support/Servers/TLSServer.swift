internal import Foundation

/// An HTTPS server on 127.0.0.1 with a self-signed certificate for `localhost`.
public final class TLSServer {
  /// The path of the certificate, which is also its own authority (PEM).
  public let caFile: String
  /// The port that the server listens at.
  public let port: Int
  private let folder: ScratchFolder
  private let process: WatchedProcess

  /// A server that answers each GET with a standard page, or with `servesFiles` with the file of that name if there is
  /// one.
  public init(servesFiles: Bool = false) throws {
    folder = try ScratchFolder()
    port = try freePorts(1)[0]
    let key: String
    (caFile, key) = try Self.makeCertificate(in: folder.path)
    process = try WatchedProcess(
      [
        "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", caFile, "-key", key,
        servesFiles ? "-WWW" : "-www", "-quiet",
      ],
      in: folder.path,
      log: "log"
    )
    try wait(for: "openssl s_server", seconds: 10) { [port] in isListening(port) }
  }

  /// Makes a self-signed certificate for `localhost`, which is also its own authority, and returns both paths (PEM).
  static func makeCertificate(in folder: String) throws -> (certificate: String, key: String) {
    let paths = (certificate: folder + "/certificate.pem", key: folder + "/key.pem")
    try runToEnd([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", paths.key, "-out",
      paths.certificate,
    ])
    return paths
  }

  /// `https://localhost:port`.
  public var url: String { "https://localhost:\(port)" }

  /// Replaces the file `name`, or deletes it if `text` is nil.
  public func put(_ text: String?, as name: String) throws {
    guard let text else { return try FileManager.default.removeItem(atPath: folder.file(name)) }
    try Data(text.utf8).write(to: URL(filePath: folder.file(name)), options: .atomic)
  }
}
