public import Core
public import CredentialProviders
import Foundation
import Logging
import Metrics
import S3
public import Signing

extension Application {
  /// The credentials for the store: those in the settings, or those of a provider, which this process renews.
  public var credentials: any CredentialSource {
    get throws(StorageError) {
      if let keys = settings.store.keys { return Credentials(keys) }
      return try renewedCredentials
    }
  }

  /// The credentials for CloudFront: separate ones in the settings, or those for the store.
  public var cloudFrontCredentials: any CredentialSource {
    get throws(StorageError) {
      if let keys = settings.cloudFront?.keys { return Credentials(keys) }
      return try credentials
    }
  }

  /// Returns the state of the credentials that this process renews; nil if the settings contain the keys of the store.
  ///
  /// Waits for credentials if there are none yet. Throws if no set is valid that can sign a URL.
  public func credentialStatus() throws(StorageError) -> CredentialStatus? {
    guard settings.store.keys == nil else { return nil }
    let (source, now) = (try renewedCredentials, Date.now)
    let shortest = S3Store.shortestSeconds
    let credentials = try StorageError.reaching("credentials") { () throws(CredentialError) in
      try source.credentials(lasting: shortest, at: now)
    }
    let (status, left) = (source.status, credentials.seconds(at: now, limit: shortest))
    guard left >= shortest else {
      let reason = status.failure ?? "the provider has no longer ones"
      throw .unavailable(detail: "credentials: they end in \(left) s, too early for URLs; \(reason)")
    }
    return status
  }

  private var renewedCredentials: RefreshingCredentials {
    get throws(StorageError) {
      try lazyCredentials.value { () throws(StorageError) in
        let chain = ProviderChain(
          variables: settings.store.providerVariables.mapValues(\.revealed),
          region: settings.store.region,
          sessionName: "stowage"
        )
        let source = RefreshingCredentials(chain) { [log] in Self.tell($0, log) }
        count(source)
        return source
      }
    }
  }

  private static func tell(_ news: CredentialNews, _ log: Logger) {
    switch news {
    case .obtained(let status, let afterFailure):
      log.log(level: afterFailure ? .notice : .info, "credentials obtained", metadata: metadata(of: status))
    case .failing(let status):
      log.warning(
        "credentials: fresh ones cannot be had; the present ones remain in use to their end",
        metadata: metadata(of: status)
      )
    case .exhausted(let status):
      log.error("credentials: there are no valid ones", metadata: metadata(of: status))
    }
  }

  private static func metadata(of status: CredentialStatus) -> Logger.Metadata {
    var metadata: Logger.Metadata = [:]
    if let place = status.place { metadata["source"] = .string(place) }
    if let end = status.expiration { metadata["end"] = .string(end.formatted(.iso8601)) }
    if let failure = status.failure { metadata["detail"] = .string(failure) }
    return metadata
  }

  private func count(_ source: RefreshingCredentials) {
    metrics.reading(
      "stowage_credentials_seconds_left",
      "Time until the credentials for the store end; absent if they have no known end."
    ) { source.status.secondsLeft(at: .now) }
    let (name, help) = ("stowage_credential_refreshes_total", "Refreshes of the credentials for the store, by outcome.")
    metrics.reading(name, help, ["outcome": "good"], growsOnly: true) { Double(source.status.successes) }
    metrics.reading(name, help, ["outcome": "failed"], growsOnly: true) { Double(source.status.failures) }
  }
}

extension Credentials {
  /// The credentials in the settings, without a known end.
  init(_ keys: StoreSettings.AccessKeys) {
    self.init(
      accessKeyID: keys.accessKey,
      secretAccessKey: keys.secretKey.revealed,
      sessionToken: keys.sessionToken?.revealed
    )
  }
}
