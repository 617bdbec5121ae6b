import Foundation
import HTTP
import TestSupport
import Testing

/// Requests for hosts that the site does not have, over TLS and as raw bytes.
@Suite(.enabled(if: isRunning, howToRun)) struct HostTests {
  private let port: Int
  private let stack: Stack

  init() throws {
    stack = try #require(Stack.current)
    port = try #require(URL(string: stack.url)?.port)
  }

  /// Sends `head` over TLS to the name `name`, and returns the status line and the body.
  private func raw(_ head: String, to name: String?) throws -> String {
    let names = name.map { "-servername \($0)" } ?? "-noservername"
    let connect = #"timeout 20 openssl s_client -quiet -connect "127.0.0.1:$2""#
    let send = #"printf %b "$1" | "# + "\(connect) \(names) 2> /dev/null; true"
    let request = head + "\\r\\nConnection: close\\r\\n\\r\\n"
    return String(decoding: try run("bash", ["-c", send, "raw", request, String(port)]), as: UTF8.self)
  }

  private func isUnknown(_ answer: String) -> Bool {
    answer.hasPrefix("HTTP/1.1 421 ") && answer.contains("\"code\":\"unknown_host\"")
      && answer.contains("Content-Type: application/problem+json") && !answer.contains("evil")
  }

  @Test(arguments: [
    "GET /v1/files HTTP/1.1\\r\\nHost: evil.example", "GET / HTTP/1.1\\r\\nHost: evil.example:443",
    "GET /images/a/b HTTP/1.1\\r\\nHost: localhost.evil.example", "GET /files/ HTTP/1.1\\r\\nHost: 127.0.0.3",
    "GET https://evil.example/files/ HTTP/1.1\\r\\nHost: localhost", "GET /files/ HTTP/1.1\\r\\nHost: _",
    "POST /v1/uploads HTTP/1.1\\r\\nHost: evil.example\\r\\nContent-Length: 0", "GET /files/ HTTP/1.0",
    "GET /files/session.json HTTP/1.1\\r\\nHost: xlocalhost",
    "GET /private/a/b HTTP/1.1\\r\\nHost: evil.example",
  ])
  func `an unknown host gets 421, whatever name the TLS handshake had`(head: String) throws {
    for name in ["localhost", "evil.example", nil] {
      let answer = try raw(head, to: name)
      #expect(isUnknown(answer), "\(head) \(name ?? "-"): \(answer.prefix(200))")
    }
  }

  @Test(arguments: ["localhost", "LOCALHOST", "localhost.", "localhost:1", "127.0.0.1", "[::1]"])
  func `the site's own names are served, however they are spelled`(host: String) throws {
    for name in ["localhost", "evil.example", nil] {
      let answer = try raw("GET /files/ HTTP/1.1\\r\\nHost: \(host)", to: name)
      #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(host) \(name ?? "-"): \(answer.prefix(200))")
    }
  }

  @Test func `over HTTP/2, an unknown host gets 421 too`() throws {
    let arguments = [
      "-s", "-k", "--noproxy", "*", "--max-time", "20", "--resolve", "evil.example:\(port):127.0.0.1", "-w",
      " %{http_code} %{http_version}", "https://evil.example:\(port)/files/",
    ]
    let answer = String(decoding: try run("curl", arguments), as: UTF8.self)
    #expect(answer.contains("unknown_host") && answer.hasSuffix(" 421 2"), "\(answer)")
  }
}
