import Foundation
import HTTP
import TestSupport
import Testing

@Suite struct TLSHandshakeTests {
  /// An `openssl s_server` that speaks one version, with all ciphers that OpenSSL has.
  private static func server(_ version: String, _ ciphers: String = "ALL:@SECLEVEL=0") throws -> OldServer {
    try OldServer([version, "-cipher", ciphers])
  }

  @Test(arguments: [
    ("-tls1", TLSHandshake.Version.tls10), ("-tls1_1", .tls11), ("-tls1_2", .tls12), ("-tls1_3", .tls13),
  ])
  func `the client itself refuses no version, so that a server's acceptance is seen`(
    option: String,
    version: TLSHandshake.Version
  ) throws {
    let server = try Self.server(option)
    #expect(TLSHandshake(server.url).offer(version) == .accepted)
    for other in TLSHandshake.Version.allCases where other != version {
      guard case .refused = TLSHandshake(server.url).offer(other) else {
        Issue.record("\(other) against a server of \(version)")
        continue
      }
    }
  }

  @Test func `ciphers without authentication are offered, and a server without them refuses`() throws {
    let weak = try Self.server("-tls1_2", "aNULL:@SECLEVEL=0")
    #expect(TLSHandshake(weak.url).offer(.tls12, ciphers: "aNULL") == .accepted)
    let strong = try TLSServer()
    guard case .refused = TLSHandshake(strong.url).offer(.tls12, ciphers: "aNULL:eNULL") else {
      Issue.record("accepted")
      return
    }
  }

  @Test func `a port where nobody listens is no refusal`() throws {
    guard case .unreachable = TLSHandshake("https://127.0.0.1:\(try freePorts(1)[0])").offer(.tls10) else {
      Issue.record("a refusal")
      return
    }
  }

  @Test func `the end of the server's certificate is read without trust in it`() throws {
    let server = try TLSServer()
    let end = try #require(TLSHandshake(server.url).certificateEnd())
    #expect(abs(end.timeIntervalSinceNow - 2 * 86_400) < 3600)
    #expect(TLSHandshake("https://127.0.0.1:\(try freePorts(1)[0])").certificateEnd() == nil)
  }
}

/// An HTTPS server with options of `openssl s_server`.
private final class OldServer {
  let url: String
  private let folder: ScratchFolder
  private let process: WatchedProcess

  init(_ options: [String]) throws {
    folder = try ScratchFolder()
    let port = try freePorts(1)[0]
    url = "https://localhost:\(port)"
    let (key, certificate) = (folder.file("key.pem"), folder.file("certificate.pem"))
    try run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=localhost", "-keyout", key, "-out", certificate,
      ]
    )
    process = try WatchedProcess(
      [
        "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate, "-key", key, "-www",
        "-quiet",
      ]
        + options,
      in: folder.path,
      log: "log"
    )
    guard LocalPort.wait(for: port, while: { true }) else { throw Unexpected("s_server does not start") }
  }
}
