public import FoundationEssentials
internal import Synchronization

/// Creates a signer for each set of credentials that a source returns; any number of threads may use it.
///
/// A signer belongs to one set, so the key, the token and the signature of a request never come from two sets. The
/// signer of the current set is kept, and with it the derived key of the day.
public final class RotatingSigner: Sendable {
  private let source: any CredentialSource
  private let region: String
  private let service: String
  private let canonicalPath: CanonicalPath
  private let sendsPayloadHash: Bool
  private let current = Mutex<RequestSigner?>(nil)

  /// Creates signers for one service in one region; the defaults are those of `RequestSigner`.
  public init(
    source: any CredentialSource,
    region: String,
    service: String = "s3",
    canonicalPath: CanonicalPath = .asSent,
    sendsPayloadHash: Bool = true
  ) {
    self.source = source
    self.region = region
    self.service = service
    self.canonicalPath = canonicalPath
    self.sendsPayloadHash = sendsPayloadHash
  }

  /// Returns a signer whose credentials are valid at `now`, and last `seconds` if the source can provide that.
  ///
  /// Throws if the source has no valid credentials.
  public func signer(lasting seconds: Int = 0, at now: Date) throws(CredentialError) -> RequestSigner {
    let credentials = try source.credentials(lasting: seconds, at: now)
    return current.withLock { signer in
      if let signer, signer.credentials == credentials { return signer }
      let next = RequestSigner(
        credentials: credentials,
        region: region,
        service: service,
        canonicalPath: canonicalPath,
        sendsPayloadHash: sendsPayloadHash
      )
      signer = next
      return next
    }
  }
}
