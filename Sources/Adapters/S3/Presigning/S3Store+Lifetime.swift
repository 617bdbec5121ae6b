public import FoundationEssentials
internal import Signing
public import Storage

extension S3Store {
  /// The shortest lifetime of a presigned URL whose session ends early, in seconds.
  ///
  /// A URL that ends sooner would often expire on its way to the client.
  public static let shortestSeconds = 60

  /// Returns the lifetime that a URL signed now gets if `seconds` are requested, 1 to 604,800.
  ///
  /// A presigned URL ends with the session of the credentials that signed it, whatever lifetime it states. Credentials
  /// that end sooner than the URL are renewed first. If there are no longer ones, the URL gets the rest of the session.
  /// Throws `unavailable` if the rest is shorter than the request and than `shortestSeconds`.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
  public func lifetime(of seconds: Int, at now: Date) throws(StoreError) -> Int {
    try presigning(for: seconds, at: now).seconds
  }

  /// Returns the signer of one URL or form, and its lifetime.
  func presigning(for wanted: Int, at now: Date) throws(StoreError) -> (signer: RequestSigner, seconds: Int) {
    guard (1...604_800).contains(wanted) else {
      throw .invalidRequest(code: "InvalidExpires", message: "a presigned URL lives 1 to 604800 s, not \(wanted)")
    }
    let signer: RequestSigner
    do throws(CredentialError) {
      signer = try self.signer.signer(lasting: wanted, at: now)
    } catch {
      throw .unavailable(detail: "credentials: \(error)")
    }
    let seconds = signer.credentials.seconds(at: now, limit: wanted)
    guard seconds >= min(wanted, Self.shortestSeconds) else {
      throw .unavailable(detail: "credentials: the session ends in \(seconds) s, and there are no longer ones")
    }
    return (signer, seconds)
  }
}
