import Foundation
import TestSupport
import Testing

/// gixy-ng and sslyze on nginx's configuration and on the running system, by `script/lib/scan.py`.
@Suite(.enabled(if: isRunning, howToRun)) struct ScanTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  /// Runs a scan, and returns its findings; empty if there are none.
  private func findings(_ arguments: String...) throws -> String {
    let python = Self.root.appending(path: ".venv-scan/bin/python").path
    do {
      try run(python, [Self.root.appending(path: "script/lib/scan.py").path] + arguments)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func `gixy finds nothing in the repository's files or in those of the running system`() throws {
    let stack = try #require(Stack.current)
    for folder in [Self.root, stack.folder] {
      #expect(try findings("nginx", folder.appending(path: "nginx").path) == "")
    }
  }

  @Test(arguments: [
    ("http/tls.conf", "ssl_protocols TLSv1.2", "ssl_protocols TLSv1 TLSv1.2", "weak_ssl_tls"),
    ("http/base.conf", "server_tokens off;", "server_tokens on;", "version_disclosure"),
    ("snippets/login.conf", "proxy_set_header Host $host;", "proxy_set_header Host $http_host;", "host_spoofing"),
    ("snippets/site.conf", "include snippets/headers.conf;", "", "hsts_header"),
  ])
  func `gixy finds a setting that was made wrong`(file: String, right: String, wrong: String, name: String) throws {
    let folder = try ScratchFolder()
    let copy = folder.file("nginx")
    try FileManager.default.copyItem(atPath: Self.root.appending(path: "nginx").path, toPath: copy)
    let text = try String(contentsOfFile: "\(copy)/\(file)", encoding: .utf8)
    try #require(text.contains(right))
    try text.replacing(right, with: wrong).write(toFile: "\(copy)/\(file)", atomically: true, encoding: .utf8)
    if file == "snippets/login.conf" { try run("sed", ["-i", "/^# location /,$s/^# //", "\(copy)/local/login.conf"]) }
    #expect(try findings("nginx", copy).contains(name))
  }

  @Test func `sslyze finds the site and the store as Mozilla's intermediate profile wants them`() throws {
    let stack = try #require(Stack.current)
    let authority = try #require(stack.environment["STOWAGE_CA"])
    let store = try #require(stack.environment["STOWAGE_S3_PUBLIC_URL"])
    for url in [stack.url, store] where url.hasPrefix("https://localhost:") {
      let port = try #require(URL(string: url)?.port)
      #expect(try findings("tls", "localhost:\(port)", authority) == "", "\(url)")
    }
  }

  @Test(arguments: [
    ("ssl_protocols TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;", "TLSv1.1"),
    ("ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-SHA;", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    ("ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve secp521r1:prime256v1;", "secp521r1"),
  ])
  func `sslyze finds a listener that is weaker`(settings: String, name: String) throws {
    let stack = try #require(Stack.current)
    let authority = try #require(stack.environment["STOWAGE_CA"])
    let tls = stack.folder.appending(path: "tls").path
    let nginx = try Nginx(
      server: { _ in
        "ssl_certificate \(tls)/server.pem; ssl_certificate_key \(tls)/server.key; \(settings) return 204;"
      },
      listen: " ssl"
    )
    defer { nginx.stop() }
    #expect(try findings("tls", "localhost:\(nginx.port)", authority).contains(name))
  }
}
