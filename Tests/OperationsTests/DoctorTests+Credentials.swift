import Core
import Foundation
import TestSupport
import Testing

@testable import CredentialProviders
@testable import Operations

extension DoctorTests {
  /// Lets the node obtain its credentials from `server`.
  private func useContainer(_ server: ScriptedServer) {
    for name in ["ACCESS_KEY", "SECRET_KEY"] { node.changes["STOWAGE_S3_\(name)"] = "none" }
    node.changes["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url
  }

  private func answer(_ status: String, endingAfter seconds: Double = 3600) -> ScriptedServer.Answer {
    let end = (Date.now + seconds).formatted(.iso8601)
    let body = """
      {"AccessKeyId": "ASIAKEY", "SecretAccessKey": "very-secret-key", "Token": "very-secret-token", \
      "Expiration": "\(end)"}
      """
    return .bytes("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  @Test func `renewed credentials are shown with their place and end`() throws {
    let server = try ScriptedServer(answer("200 OK"))
    defer { server.stop() }
    useContainer(server)
    let finding = try #require(try node.examine().first { $0.part == "credentials" })
    #expect(finding.status == .good && finding.text.hasPrefix("container endpoint, until 20"), "\(finding.text)")
  }

  @Test func `a provider that fails, or whose credentials end within a minute`() throws {
    let (broken, hasty) = (
      try ScriptedServer(answer("500 Oops")), try ScriptedServer(answer("200 OK", endingAfter: 50))
    )
    defer { for server in [broken, hasty] { server.stop() } }
    useContainer(broken)
    try expectOne(.bad, "credentials", "container endpoint: status 500", advice: "STOWAGE_S3_ACCESS_KEY")
    useContainer(hasty)
    try expectOne(.bad, "credentials", "too early for URLs", advice: "docs/credentials.md")
  }

  @Test func `credentials that cannot be renewed, while the present ones hold`() throws {
    let now = Date.now
    for name in ["ACCESS_KEY", "SECRET_KEY"] { node.changes["STOWAGE_S3_\(name)"] = "none" }
    var status = CredentialStatus()
    (status.place, status.expiration, status.failure) = ("web identity", now + 600, "status 503")
    node.credentials = status
    try expectOne(
      .warning,
      "credentials",
      "web identity: fresh ones cannot be had (status 503); the present ones end in 600 s",
      advice: "docs/credentials.md",
      at: now
    )
  }

  @Test func `a session token in the settings`() throws {
    node.changes["STOWAGE_S3_SESSION_TOKEN"] = "very-secret-token"
    try expectOne(.warning, "credentials", "nobody renews it", advice: "docs/credentials.md")
  }
}
