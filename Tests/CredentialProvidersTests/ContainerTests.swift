import Foundation
import Signing
import TestSupport
import Testing

@testable import CredentialProviders

@Suite struct ContainerTests {
  private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

  @Test func `the relative URI precedes the full one, and nothing else is asked`() throws {
    let server = try ScriptedServer(reply(document("KEY", end: start + 900.0)))
    let other = try ScriptedServer(reply(document("OTHER", end: start + 900)))
    defer { for server in [server, other] { server.stop() } }
    let variables = [Self.full: other.url, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1?id=2"]
    let found = try chain(variables, container: server.url).find(at: start)
    #expect(found.credentials.accessKeyID == "KEY" && found.credentials.expiration == start + 900)
    #expect(found.credentials.secretAccessKey == "\(secretMark)-KEY")
    #expect(found.credentials.sessionToken == "\(secretMark)-token-KEY")
    #expect(server.requests.map(\.line) == ["GET /v2/credentials/1?id=2"] && other.requests.isEmpty)
    #expect(server.requests.first?.field("authorization") == nil)
  }

  @Test func `the token's file precedes its variable, and is read anew each time`() throws {
    let server = try ScriptedServer(reply(document("KEY", end: start + 900)))
    defer { server.stop() }
    let folder = try ScratchFolder()
    let file = URL(filePath: folder.file("token"))
    let one = ["AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer \(secretMark)-0", Self.full: server.url]
    _ = try chain(one).find(at: start)
    let both = chain(one.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file.path]) { $1 })
    for number in 1...2 {
      try Data("\(secretMark)-\(number)\n".utf8).write(to: file)
      _ = try both.find(at: start)
    }
    #expect(
      server.requests.map { $0.field("authorization") } == [
        "Bearer \(secretMark)-0", "\(secretMark)-1", "\(secretMark)-2",
      ]
    )
    for content in [
      "", " \n", "\(secretMark)\r\nHost: evil", "\(secretMark) two", String(repeating: "x", count: 70_000),
    ] {
      try Data(content.utf8).write(to: file)
      #expect(reason(both).hasPrefix(file.path), "\(content.prefix(20))")
    }
    try FileManager.default.removeItem(at: file)
    #expect(reason(both) == "\(file.path): does not exist")
    let words = reason(chain([Self.full: server.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "\(secretMark)\r\nx: y"]))
    #expect(words.hasPrefix("AWS_CONTAINER_AUTHORIZATION_TOKEN:"))
    #expect(server.requests.count == 3)
  }

  @Test(arguments: [
    "http://example.com/", "http://127.0.0.1.example.com/", "http://example.com@127.0.0.1/",
    "http://127.0.0.1@example.com/",
    "http://example.com\\@127.0.0.1/", "http://127.0.0.1\\@example.com/", "http://127.0.0.1#@example.com/",
    "http://127.1/",
    "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://2130706433/", "http://127.0.0.256/", "http://169.254.169.254/",
    "http://169.254.170.3/", "http://[fd00:ec2::254]/", "http://[::ffff:10.0.0.1]/", "http://10.0.0.1/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd", "//127.0.0.1/", "127.0.0.1", "http://", "https://", "https:///x",
    "http://localhost.example.com/",
    "http://127.0.0.1:80:90/", "http://127.0.0.1 /", "http://127.0.0.1\t/",
  ])
  func `plain http goes to this machine and to the container's own addresses only`(url: String) {
    #expect(reason(chain([Self.full: url])).hasPrefix("\(Self.full): expected"), "\(url)")
  }

  @Test(arguments: [
    "https://example.com/x", "http://127.0.0.1/", "http://127.3.2.1:8080/x?y=z", "http://localhost/",
    "HTTP://LOCALHOST:1/",
    "http://[::1]/", "http://[::1]:80/x", "http://169.254.170.2/v2", "http://169.254.170.23/v1",
    "http://[fd00:ec2::23]/v1",
  ])
  func `permitted addresses`(url: String) throws {
    #expect(try #require(EndpointURL(url)).isTrusted(ContainerEndpoint.allowedHosts))
  }

  @Test func `a certificate is verified, by the authorities of AWS_CA_BUNDLE if it is set`() throws {
    let server = try TLSServer(servesFiles: true)
    try server.put(document("KEY", end: start + 900), as: "credentials")
    let variables = [Self.full: server.url + "/credentials"]
    #expect(reason(chain(variables)).hasPrefix("container endpoint: no trusted connection"))
    let trusting = variables.merging(["AWS_CA_BUNDLE": server.caFile]) { $1 }
    #expect(try chain(trusting).find(at: start).credentials.accessKeyID == "KEY")
    let otherName = trusting.merging([Self.full: "https://127.0.0.1:\(server.port)/credentials"]) { $1 }
    #expect(reason(chain(otherName)).hasPrefix("container endpoint: no trusted connection"))
  }
}
