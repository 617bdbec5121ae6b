import Foundation
import Signing
import TestSupport
import Testing

@testable import CredentialProviders

/// Endpoints that answer wrongly; no answer of theirs becomes credentials, and no error quotes one.
@Suite struct HostileEndpointTests {
  private static let good = document("KEY", end: start + 3600)

  private static func without(_ member: String) -> String { good.replacing("\"\(member)\"", with: "\"Other\"") }

  static let bodies: [String] = [
    "", "{", "[]", "null", "\"\(secretMark)\"", "<html>\(secretMark)</html>", good + good,
    "{\"AccessKeyId\": \"\(secretMark)\"}",
    without("AccessKeyId"), without("SecretAccessKey"), without("Token"), without("Expiration"),
    good.replacing("\"KEY\"", with: "7"), good.replacing("\"KEY\"", with: "\"\""),
    good.replacing("\"KEY\"", with: "null"),
    good.replacing("\"KEY\"", with: "\"K\\r\\nx: y\""), good.replacing("\(secretMark)-KEY", with: "\(secretMark)\\n"),
    good.replacing("Success", with: "Failed"), good.replacing("2027", with: "soon"),
    document("KEY", end: start), document("KEY", end: start - 3600),
    good.replacing("\(secretMark)-token-KEY", with: String(repeating: "t", count: 20_000)),
    String(repeating: "[", count: 60_000), good + String(repeating: " ", count: 70_000),
  ]

  @Test(arguments: bodies.indices) func `a container's endpoint`(index: Int) throws {
    let server = try ScriptedServer(reply(Self.bodies[index]))
    defer { server.stop() }
    let words = reason(chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url]))
    #expect(words.hasPrefix("container endpoint: "), "\(words)")
  }

  @Test func `an answer without a member is described by it, and a named file that is missing too`() throws {
    let server = try ScriptedServer(reply(Self.without("Expiration")))
    defer { server.stop() }
    let words = reason(chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url]))
    #expect(words == "container endpoint: the response lacks Expiration")
    let none = reason(chain(["AWS_SHARED_CREDENTIALS_FILE": "/nowhere/keys", "AWS_EC2_METADATA_DISABLED": "true"]))
    #expect(none.hasSuffix("; AWS_SHARED_CREDENTIALS_FILE names /nowhere/keys, which does not exist"), "\(none)")
  }

  @Test(arguments: bodies.indices) func `the metadata service`(index: Int) throws {
    let server = try ScriptedServer([reply("token"), reply("role"), reply(Self.bodies[index])])
    defer { server.stop() }
    let words = reason(chain([:], metadata: server.url))
    #expect(words.hasPrefix("instance metadata: "), "\(words)")
  }

  private static let exchange = assumed("KEY", end: start + 3600)
  static let documents: [String] = [
    "", good, "<AssumeRoleWithWebIdentityResponse>",
    exchange.replacing("AssumeRoleWithWebIdentityResult", with: "Other"),
    exchange.replacing("AssumeRoleWithWebIdentityResponse", with: "ErrorResponse"), exchange + exchange,
    exchange.replacing("SessionToken", with: "Other"), exchange.replacing("AccessKeyId", with: "Other"),
    exchange.replacing("SecretAccessKey", with: "Other"), exchange.replacing("Expiration", with: "Other"),
    exchange.replacing("2027", with: "&#x0D;"), "<!DOCTYPE a [<!ENTITY b \"\(secretMark)\">]>" + exchange,
    exchange.replacing(">KEY<", with: "><"), assumed("KEY", end: start - 1),
    exchange.replacing(">KEY<", with: ">K&#10;Y<"),
    exchange + String(repeating: " ", count: 70_000),
  ]

  @Test(arguments: documents.indices) func `STS`(index: Int) throws {
    let server = try ScriptedServer(reply(Self.documents[index]))
    defer { server.stop() }
    let folder = try ScratchFolder()
    try Data("\(secretMark)-token".utf8).write(to: URL(filePath: folder.file("token")))
    let words = reason(
      chain([
        "AWS_WEB_IDENTITY_TOKEN_FILE": folder.file("token"), "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
        "AWS_ENDPOINT_URL_STS": server.url,
      ])
    )
    #expect(words.hasPrefix("web identity: "), "\(words)")
  }

  @Test(arguments: [
    "301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect",
  ])
  func `no redirect is followed`(status: String) throws {
    let target = try ScriptedServer(reply(Self.good))
    let server = try ScriptedServer(reply(Self.good, status, headers: "Location: \(target.url)/x\r\n"))
    let late = try ScriptedServer([
      reply("token"), reply("role"), reply(Self.good, status, headers: "Location: \(target.url)/x\r\n"),
    ])
    defer { for server in [server, target, late] { server.stop() } }
    #expect(reason(chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])).contains("status \(status.prefix(3))"))
    #expect(reason(chain([:], metadata: server.url)).contains("status \(status.prefix(3))"))
    #expect(reason(chain([:], metadata: late.url)).contains("status \(status.prefix(3))"))
    #expect(target.requests.isEmpty)
  }

  @Test func `an answer that trickles ends at the deadline`() throws {
    let server = try ScriptedServer(.stall(after: "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\(secretMark)"))
    defer { server.stop() }
    let clock = ContinuousClock.now
    #expect(reason(chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])).contains("no answer in time"))
    #expect(ContinuousClock.now - clock < .seconds(5))
  }

  @Test func `a certificate of strangers ends the exchange before the token`() throws {
    let server = try ScriptedServer(.bytes("not TLS"))
    defer { server.stop() }
    let url = server.url.replacing("http:", with: "https:")
    let variables = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "\(secretMark)-t"]
    #expect(reason(chain(variables)).hasPrefix("container endpoint: "))
    #expect(
      server.requests.allSatisfy { !String(decoding: $0.body, as: UTF8.self).contains(secretMark) && $0.head.isEmpty }
    )
  }
}
