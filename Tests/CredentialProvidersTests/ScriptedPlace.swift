import Foundation
import Signing
import TestSupport

@testable import CredentialProviders

/// A place whose endpoint hands out sets of credentials in turn, and then answers 503 to everything.
struct ScriptedPlace {
  enum Kind: CaseIterable {
    case webIdentity, container, metadata
  }

  let chain: ProviderChain
  private let kind: Kind
  private let server: ScriptedServer
  private let folder: ScratchFolder

  init(_ kind: Kind, _ sets: [(key: String, end: Date)]) throws {
    let away = reply("", "503 Service Unavailable")
    folder = try ScratchFolder()
    self.kind = kind
    switch kind {
    case .webIdentity:
      server = try ScriptedServer(sets.map { reply(assumed($0.key, end: $0.end)) } + [away])
      let token = try folder.write(Array("\(secretMark)-web".utf8), to: "token")
      chain = CredentialProvidersTests.chain([
        "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
        "AWS_ENDPOINT_URL_STS": server.url,
      ])
    case .container:
      server = try ScriptedServer(sets.map { reply(document($0.key, end: $0.end)) } + [away])
      chain = CredentialProvidersTests.chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
    case .metadata:
      let answers = sets.flatMap { [reply("a-role"), reply(document($0.key, end: $0.end))] }
      server = try ScriptedServer([reply("\(secretMark)-imds")] + answers + [away])
      chain = CredentialProvidersTests.chain([:], metadata: server.url)
    }
  }

  /// The number of times that credentials were asked for.
  var exchanges: Int {
    server.requests.count { kind != .metadata || $0.line.hasSuffix("/security-credentials/") }
  }

  /// Returns the credentials of the place, with refreshes on a separate queue as in a process.
  func source() -> RefreshingCredentials { RefreshingCredentials(chain) }

  /// Returns the credentials of the place, with refreshes on the asking thread and without jitter.
  func directSource() -> RefreshingCredentials {
    RefreshingCredentials(random: { 0 }, run: { $0() }) { [chain] now throws(CredentialError) in
      try chain.find(at: now)
    }
  }

  func stop() { server.stop() }
}
