import Foundation
import Signing
import TestSupport
import Testing

@testable import CredentialProviders

/// The secrets of all fixtures contain this text, so that tests can look for it in everything that is written.
let secretMark = "pssst"

/// The time of all tests that set the clock.
let start = Date(timeIntervalSince1970: 1_800_000_000)

func reply(_ body: String, _ status: String = "200 OK", headers: String = "") -> ScriptedServer.Answer {
  .bytes("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
}

/// Returns the document of a container endpoint or of the metadata service.
func document(_ key: String, end: Date, more: String = "") -> String {
  """
  {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "\(key)", "SecretAccessKey": "\(secretMark)-\(key)",
  "Token": "\(secretMark)-token-\(key)", "Expiration": "\(end.formatted(.iso8601))"\(more)}
  """
}

/// Returns the response of STS.
func assumed(_ key: String, end: Date) -> String {
  """
  <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <AssumeRoleWithWebIdentityResult>
      <Credentials>
        <SessionToken>\(secretMark)-token-\(key)</SessionToken>
        <SecretAccessKey>\(secretMark)-\(key)</SecretAccessKey>
        <Expiration>\(end.formatted(.iso8601))</Expiration>
        <AccessKeyId>\(key)</AccessKeyId>
      </Credentials>
    </AssumeRoleWithWebIdentityResult>
  </AssumeRoleWithWebIdentityResponse>
  """
}

/// The responses of the metadata service to its three requests.
func metadataReplies(_ key: String, end: Date) -> [ScriptedServer.Answer] {
  [reply("\(secretMark)-imds"), reply("a-role"), reply(document(key, end: end))]
}

/// Returns a chain without the machine's own variables and endpoints.
func chain(
  _ variables: [String: String],
  container: String = "http://127.0.0.1:9",
  metadata: String? = nil
) -> ProviderChain {
  let off = metadata == nil ? ["AWS_EC2_METADATA_DISABLED": "true"] : [:]
  return ProviderChain(
    variables: off.merging(variables) { $1 },
    region: "eu-central-1",
    sessionName: "a-test",
    addresses: .init(container: container, metadata: metadata ?? "http://127.0.0.1:9")
  )
}

/// Returns the reason for which a chain has no credentials; checks that it contains no secret.
func reason(_ chain: ProviderChain, at now: Date = start) -> String {
  do throws(CredentialError) {
    return "found " + (try chain.find(at: now)).place
  } catch {
    #expect(!error.reason.contains(secretMark), "\(error.reason)")
    return error.reason
  }
}

extension ScriptedServer.Request {
  /// The value of a header field.
  func field(_ name: String) -> String? {
    head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }.map {
      $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
    }
  }

  /// The request line without the version.
  var line: String { head.prefix { $0 != "\r\n" }.split(separator: " ").prefix(2).joined(separator: " ") }
}
