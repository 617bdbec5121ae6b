public import Core
import Foundation
import Logging
import Metrics
public import Tokens

extension Application {
  /// Returns the verifier of bearer tokens, whose keys are read again after changes.
  ///
  /// Throws if a key file has no usable key. The server of a key URL may become available later.
  public func tokenVerifier() throws(StorageError) -> TokenVerifier {
    let tokens = settings.tokens
    let source = try keySource()
    if case .file? = tokens.keys { _ = try tokenKeyStatus() }
    return TokenVerifier(
      source: source,
      userClaim: tokens.userClaim,
      issuer: tokens.issuer,
      audience: tokens.audience,
      leeway: tokens.leewaySeconds
    )
  }

  /// Returns the state of the token keys; throws if there are none.
  public func tokenKeyStatus() throws(StorageError) -> KeyStatus {
    let source = try keySource()
    try StorageError.reaching("token keys") { () throws(KeySetError) in try source.check() }
    return source.status
  }

  /// Returns an issuer that signs tokens with the secret in the key file; for development.
  public func tokenIssuer() throws(StorageError) -> TokenIssuer {
    let tokens = settings.tokens
    guard case .file(let path)? = tokens.keys else {
      throw .unavailable(detail: "tokens are made with a secret in STOWAGE_TOKEN_KEY_FILE, and it names none")
    }
    guard let document = FileManager.default.contents(atPath: path) else {
      throw .unavailable(detail: "token keys: \(path) does not exist, or is not readable for this user")
    }
    return try StorageError.reaching("secret in \(path)") {
      try TokenIssuer(jwk: document, userClaim: tokens.userClaim, issuer: tokens.issuer, audience: tokens.audience)
    }
  }

  private func keySource() throws(StorageError) -> KeySource {
    try lazyKeys.value { () throws(StorageError) in
      let source: KeySource
      switch settings.tokens.keys {
      case .file(let path): source = KeySource(file: path, report: { [log] in Self.tell($0, of: path, log) })
      case .url(let url, let caFile):
        source = KeySource(url: url, caFile: caFile, report: { [log] in Self.tell($0, of: url, log) })
      case nil: throw .unexpected(detail: "neither STOWAGE_TOKEN_KEY_FILE nor STOWAGE_TOKEN_KEY_URL is set")
      }
      count(source)
      return source
    }
  }

  private static func tell(_ news: KeySource.News, of place: String, _ log: Logger) {
    var metadata: Logger.Metadata = ["source": .string(place)]
    switch news {
    case .loaded(let status):
      metadata["keys"] = .stringConvertible(status.keys)
      if !status.skipped.isEmpty { metadata["skipped"] = .string(status.skipped.joined(separator: "; ")) }
      log.notice("token keys", metadata: metadata)
    case .failed(let words):
      metadata["detail"] = .string(words)
      log.error("token keys: the document cannot be used; the previous keys remain in use", metadata: metadata)
    }
  }

  private func count(_ source: KeySource) {
    let (name, help) = ("stowage_token_key_reads_total", "Reads of the token key document, by outcome.")
    metrics.reading(name, help, ["outcome": "good"], growsOnly: true) { Double(source.status.successes) }
    metrics.reading(name, help, ["outcome": "failed"], growsOnly: true) { Double(source.status.failures) }
    metrics.reading("stowage_token_keys", "Keys that verify tokens.") { Double(source.status.keys) }
    metrics.reading(
      "stowage_token_keys_age_seconds",
      "Age of the key file, or time since the last fetch of the keys."
    ) { source.status.date.map { Date.now.timeIntervalSince($0) } }
  }
}
