import HTTP
import TestSupport
import Testing

@Suite struct `TLS` {
  private func outcome(_ url: String, caFile: String? = nil) -> String? {
    failure { () throws(HTTPError) in
      _ = try HTTPClient(.init(caFile: caFile)).send(HTTPRequest("GET", url, deadlines: HTTPDeadlines(total: 10)))
    }
  }

  @Test func `only a certificate of a known authority for exactly this host is accepted`() throws {
    let server = try TLSServer()
    #expect(outcome("https://localhost:\(server.port)/") == "tls")
    #expect(outcome("https://127.0.0.1:\(server.port)/", caFile: server.caFile) == "tls")
    #expect(outcome("https://localhost:\(server.port)/", caFile: server.caFile) == nil)
    #expect(outcome("https://localhost:\(server.port)/", caFile: "/nonexistent.pem") == "tls")
  }

  @Test func `a server that does not speak TLS is a TLS error`() throws {
    let server = try ScriptedServer(.cut(after: "HTTP/1.1 400 Bad Request\r\n\r\n"))
    defer { server.stop() }
    #expect(outcome("https://127.0.0.1:\(server.port)/") == "tls")
  }
}
