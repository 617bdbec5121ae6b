import Foundation
import Signing
import TestSupport
import Testing

@testable import CredentialProviders

@Suite struct WebIdentityTests {
  private let folder: ScratchFolder
  private let arn = "arn:aws:iam::123456789012:role/stowage+presign"

  init() throws { folder = try ScratchFolder() }

  private func variables(_ url: String) -> [String: String] {
    ["AWS_WEB_IDENTITY_TOKEN_FILE": folder.file("token"), "AWS_ROLE_ARN": arn, "AWS_ENDPOINT_URL_STS": url]
  }

  private func write(_ token: String) throws { try Data(token.utf8).write(to: URL(filePath: folder.file("token"))) }

  @Test func `the token's file is read anew for each exchange`() throws {
    let server = try ScriptedServer(reply(assumed("ONE", end: start + 3600)), reply(assumed("TWO", end: start + 3600)))
    defer { server.stop() }
    let chain = chain(variables(server.url))
    for (number, key) in [(1, "ONE"), (2, "TWO")] {
      try write("\(secretMark).token+\(number)=\n")
      let found = try chain.find(at: start).credentials
      #expect(found.accessKeyID == key && found.expiration == start + 3600)
      #expect(found.secretAccessKey == "\(secretMark)-\(key)" && found.sessionToken == "\(secretMark)-token-\(key)")
    }
    #expect(server.requests.map(\.line) == ["POST /", "POST /"])
    let forms = server.requests.map { String(decoding: $0.body, as: UTF8.self) }
    #expect(
      forms[0] == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
        + "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fstowage%2Bpresign&RoleSessionName=a-test"
        + "&WebIdentityToken=\(secretMark).token%2B1%3D"
    )
    #expect(forms[1].hasSuffix("token%2B2%3D"))
    #expect(server.requests.allSatisfy { $0.field("authorization") == nil }, "the exchange needs no signature")
  }

  @Test func `a profile may name the role and the file, and the session's name`() throws {
    let server = try ScriptedServer(reply(assumed("KEY", end: start + 3600)))
    defer { server.stop() }
    try write("token")
    let profile = """
      [profile web]
      role_arn = \(arn)
      web_identity_token_file = \(folder.file("token"))
      role_session_name = by-profile
      """
    try Data(profile.utf8).write(to: URL(filePath: folder.file("config")))
    let variables = [
      "AWS_PROFILE": "web", "AWS_CONFIG_FILE": folder.file("config"), "AWS_ENDPOINT_URL": server.url + "/sts",
    ]
    #expect(try chain(variables).find(at: start).place == "web identity")
    #expect(server.requests.map(\.line) == ["POST /sts/"])
    #expect(String(decoding: try #require(server.requests.first).body, as: UTF8.self).contains("=by-profile&"))
  }

  @Test func `a refusal is told by its code, and never by its message`() throws {
    let body = """
      <ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code>\
      <Message>\(secretMark) is no token</Message></Error></ErrorResponse>
      """
    let server = try ScriptedServer(reply(body, "400 Bad Request"))
    defer { server.stop() }
    try write("\(secretMark)-token")
    #expect(reason(chain(variables(server.url))) == "web identity: status 400 InvalidIdentityToken")
  }

  @Test(arguments: ["http://example.com", "http://169.254.169.254", "http://10.0.0.1:9000", "sts.amazonaws.com"])
  func `a token never travels in clear text`(url: String) throws {
    try write("token")
    #expect(reason(chain(variables(url))).hasPrefix("AWS_ENDPOINT_URL_STS: expected an https URL"))
  }

  @Test func `names that AWS would refuse are refused, as is a token that is too long`() throws {
    try write(String(repeating: "x", count: 20_001))
    #expect(reason(chain(variables("http://127.0.0.1:9"))).contains("longer than 20000 bytes"))
    let name = ["AWS_ROLE_SESSION_NAME": "a b"]
    #expect(reason(chain(variables("http://127.0.0.1:9").merging(name) { $1 })).contains("a session's name"))
    let region = ["AWS_REGION": "eu.example.com/", "AWS_ENDPOINT_URL_STS": ""]
    #expect(reason(chain(variables("").merging(region) { $1 })).contains("is no region"))
    #expect(reason(chain(["AWS_WEB_IDENTITY_TOKEN_FILE": "relative", "AWS_ROLE_ARN": arn])).contains("absolute path"))
  }
}
