import Foundation
import Signing
import TestSupport
import Testing

@testable import CredentialProviders

@Suite struct InstanceMetadataTests {
  private static let refused = reply("no", "401 Unauthorized")

  @Test func `each request has a token, which is asked for once`() throws {
    let replies = metadataReplies("ONE", end: start + 3600)
    let server = try ScriptedServer(replies + [reply("a-role"), reply(document("TWO", end: start + 7200))])
    defer { server.stop() }
    let chain = chain([:], metadata: server.url)
    #expect(try chain.find(at: start).credentials.accessKeyID == "ONE")
    #expect(try chain.find(at: start).credentials.accessKeyID == "TWO")
    let base = "/latest/meta-data/iam/security-credentials/"
    #expect(
      server.requests.map(\.line) == [
        "PUT /latest/api/token", "GET \(base)", "GET \(base)a-role", "GET \(base)", "GET \(base)a-role",
      ]
    )
    #expect(server.requests[0].field("x-aws-ec2-metadata-token-ttl-seconds") == "21600")
    #expect(server.requests.dropFirst().allSatisfy { $0.field("x-aws-ec2-metadata-token") == "\(secretMark)-imds" })
  }

  @Test func `a token that is refused is replaced once`() throws {
    let again = [reply("\(secretMark)-second"), reply("a-role"), reply(document("KEY", end: start + 60))]
    let server = try ScriptedServer([reply("\(secretMark)-first"), Self.refused] + again)
    defer { server.stop() }
    #expect(try chain([:], metadata: server.url).find(at: start).credentials.accessKeyID == "KEY")
    let stubborn = try ScriptedServer([reply("a"), Self.refused, reply("b"), Self.refused])
    defer { stubborn.stop() }
    #expect(reason(chain([:], metadata: stubborn.url)).contains("status 401"))
    #expect(stubborn.requests.count == 4)
  }

  @Test(arguments: ["403 Forbidden", "404 Not Found", "405 Method Not Allowed", "500 Internal Server Error"])
  func `without a token, nothing else is asked for: there is no way back to version 1`(status: String) throws {
    let server = try ScriptedServer([reply("x", status)] + metadataReplies("ONE", end: start + 3600).dropFirst())
    defer { server.stop() }
    #expect(reason(chain([:], metadata: server.url)).contains("status \(status.prefix(3)) for a token"))
    #expect(server.requests.map(\.line) == ["PUT /latest/api/token"])
  }

  @Test func `a service that does not answer fails within seconds, with a hint for containers`() throws {
    let server = try ScriptedServer(.stall(after: ""))
    defer { server.stop() }
    let clock = ContinuousClock.now
    #expect(reason(chain([:], metadata: server.url)).contains("hop limit of 2"))
    #expect(ContinuousClock.now - clock < .seconds(5))
  }

  @Test func `an instance without a role says so`() throws {
    let server = try ScriptedServer([reply("token"), reply("", "404 Not Found")])
    defer { server.stop() }
    #expect(reason(chain([:], metadata: server.url)).contains("the instance has no role"))
  }

  @Test(arguments: ["", "\n", "../../user-data", "a role", "a/b", "ä", String(repeating: "r", count: 65), "<html>"])
  func `a role's name that is none is not put into a path`(name: String) throws {
    let server = try ScriptedServer([reply("token"), reply(name)])
    defer { server.stop() }
    #expect(reason(chain([:], metadata: server.url)).contains("no role's name"))
    #expect(server.requests.count == 2)
  }

  @Test(arguments: ["http://example.com", "http://169.254.170.2", "http://169.254.169.254@example.com", "x"])
  func `the endpoint is the service's own address, this machine, or encrypted`(url: String) {
    let words = reason(chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url], metadata: "http://127.0.0.1:9"))
    #expect(words.hasPrefix("AWS_EC2_METADATA_SERVICE_ENDPOINT: expected"))
  }

  @Test func `the variables select the endpoint`() throws {
    let server = try ScriptedServer(
      metadataReplies("NAMED", end: start + 60) + metadataReplies("IPV6", end: start + 60)
    )
    defer { server.stop() }
    let named = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url + "/"]
    #expect(try chain(named, metadata: "http://127.0.0.1:9").find(at: start).credentials.accessKeyID == "NAMED")
    let overIPv6 = ProviderChain(
      variables: ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"],
      region: "eu-central-1",
      sessionName: "a-test",
      addresses: .init(container: "http://127.0.0.1:9", metadata: "http://127.0.0.1:9", metadataOverIPv6: server.url)
    )
    #expect(try overIPv6.find(at: start).credentials.accessKeyID == "IPV6")
  }
}
