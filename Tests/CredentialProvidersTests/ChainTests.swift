import Foundation
import Signing
import TestSupport
import Testing

@testable import CredentialProviders

@Suite struct ChainTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test func `places are asked in AWS's order, and one that is not configured is skipped`() throws {
    let end = start + 3600
    let sts = try ScriptedServer(reply(assumed("BYSTS", end: end)))
    let container = try ScriptedServer(reply(document("BYCONTAINER", end: end)))
    let metadata = try ScriptedServer(metadataReplies("BYMETADATA", end: end))
    defer { for server in [sts, container, metadata] { server.stop() } }
    try Data("web-token".utf8).write(to: URL(filePath: folder.file("token")))
    let file = "[default]\naws_access_key_id = BYFILE\naws_secret_access_key = \(secretMark)\n"
    try Data(file.utf8).write(to: URL(filePath: folder.file("credentials")))

    var variables = [
      "AWS_ACCESS_KEY_ID": "BYENVIRONMENT", "AWS_SECRET_ACCESS_KEY": secretMark,
      "AWS_WEB_IDENTITY_TOKEN_FILE": folder.file("token"), "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
      "AWS_ENDPOINT_URL_STS": sts.url, "AWS_SHARED_CREDENTIALS_FILE": folder.file("credentials"),
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1",
    ]
    func found() throws -> [String] {
      let found = try chain(variables, container: container.url, metadata: metadata.url).find(at: start)
      return [found.place, found.credentials.accessKeyID]
    }
    #expect(try found() == ["environment", "BYENVIRONMENT"])
    #expect(sts.requests.isEmpty && container.requests.isEmpty && metadata.requests.isEmpty)
    variables["AWS_ACCESS_KEY_ID"] = ""
    variables["AWS_SECRET_ACCESS_KEY"] = ""
    #expect(try found() == ["web identity", "BYSTS"])
    variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = nil
    #expect(try found() == ["profile default", "BYFILE"])
    variables["AWS_SHARED_CREDENTIALS_FILE"] = folder.file("none")
    #expect(try found() == ["container endpoint", "BYCONTAINER"])
    variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = nil
    #expect(try found() == ["instance metadata", "BYMETADATA"])
    #expect(sts.requests.count == 1 && container.requests.count == 1 && metadata.requests.count == 3)
    variables["AWS_EC2_METADATA_DISABLED"] = "TRUE"
    #expect(reason(chain(variables, metadata: metadata.url)).hasPrefix("none found"))
    #expect(metadata.requests.count == 3)
  }

  @Test func `a place that is configured and fails ends the search`() throws {
    let metadata = try ScriptedServer(metadataReplies("OTHERROLE", end: start + 3600))
    let container = try ScriptedServer(reply("", "500 Internal Server Error"))
    defer { for server in [container, metadata] { server.stop() } }
    for variables in [
      ["AWS_ACCESS_KEY_ID": "A"], ["AWS_SECRET_ACCESS_KEY": secretMark],
      ["AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r"],
      ["AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"], ["AWS_PROFILE": "nobody"],
      ["AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url],
      ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "no/slash"],
    ] {
      let words = reason(chain(variables, metadata: metadata.url))
      #expect(!words.hasPrefix("found") && !words.hasPrefix("none found"), "\(variables): \(words)")
    }
    #expect(metadata.requests.isEmpty)
  }

  @Test func `the environment may state the end of its session`() throws {
    let keys = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"]
    #expect(try chain(keys).find(at: start).credentials.expiration == nil)
    let ending = keys.merging(["AWS_CREDENTIAL_EXPIRATION": "2027-01-15T09:00:00+01:00"]) { $1 }
    #expect(try chain(ending).find(at: start - 60).credentials.expiration == start)
    #expect(reason(chain(ending), at: start) == "environment: the credentials have already expired")
    let wrong = keys.merging(["AWS_CREDENTIAL_EXPIRATION": "tomorrow"]) { $1 }
    #expect(reason(chain(wrong)).contains("AWS_CREDENTIAL_EXPIRATION"))
  }

  @Test(arguments: [
    ("A B", "s"), ("A", "s\r\nx: y"), ("a/b", "s"), (String(repeating: "A", count: 129), "s"), ("Ä", "s"),
  ])
  func `keys that cannot stand in a header are refused`(key: String, secret: String) {
    let words = reason(chain(["AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secretMark + secret]))
    #expect(words.hasPrefix("environment: the ") && words.hasSuffix("malformed"), "\(words)")
  }
}
