import Core
import HTTP
import Storage

extension Doctor {
  /// Returns the error of a second request, whose refusal has the store's own code, if `error` is a refusal; else `error`.
  ///
  /// The answer to a HEAD has no body, and so no code. Source: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2
  func explained(_ error: any Error) -> any Error {
    guard case StoreError.accessDenied? = error as? StoreError else { return error }
    do {
      _ = try patient.store().list(patient.settings.buckets.raw, prefix: "doctor/", after: nil, limit: 1)
      return error
    } catch {
      return error
    }
  }

  /// Returns the description of the error for an administrator.
  func words(_ error: any Error) -> String { (error as? StorageError)?.words ?? "\(error)" }

  /// Returns the settings to check and other remedies for `error`.
  func advice(_ error: any Error) -> String {
    switch error {
    case let error as StoreError: advice(error)
    case let error as HTTPError:
      if case .tls = error { advice(StoreError.tls(detail: "")) } else { advice(StoreError.unavailable(detail: "")) }
    default: "Check STOWAGE_S3_URL and the other settings of the store (`stowage config`)."
    }
  }

  private func advice(_ error: StoreError) -> String {
    let url = patient.settings.store.url
    return switch error {
    case .accessDenied(let detail): advice(onRefusal: detail)
    case .invalidRequest("AuthorizationHeaderMalformed", _), .invalidRequest("InvalidRegionName", _):
      "Set STOWAGE_S3_REGION to the store's region."
    case .clockSkew: "Synchronise this machine's clock, for example with systemd-timesyncd."
    case .tls: "Let STOWAGE_S3_CA_FILE name the authority of the store's certificate, or correct STOWAGE_S3_URL."
    case .unavailable, .timeout:
      "Check that the store runs, that STOWAGE_S3_URL (\(url)) is its address, and that this node may connect to it."
    case .throttled: "Try again later; raise the store's limit of requests if it stays."
    case .noSuchBucket: "Run `stowage buckets apply`."
    case .unexpected, .invalidRequest:
      "Check that STOWAGE_S3_URL (\(url)) is the address of an S3 API, and that STOWAGE_S3_ADDRESSING fits the store."
    default: "Look into the store's log."
    }
  }

  /// `detail` begins with the status and the store's code.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  private func advice(onRefusal detail: String) -> String {
    if detail.contains("InvalidAccessKeyId") {
      return "The store does not know this access key: correct STOWAGE_S3_ACCESS_KEY."
    }
    if detail.contains("SignatureDoesNotMatch") {
      return
        "The secret key does not fit the access key: correct STOWAGE_S3_SECRET_KEY. If it is right, check STOWAGE_S3_REGION."
    }
    if detail.contains("ExpiredToken") || detail.contains("InvalidToken") {
      return "The session token is invalid or too old: renew STOWAGE_S3_SESSION_TOKEN."
    }
    return
      "Check STOWAGE_S3_ACCESS_KEY and STOWAGE_S3_SECRET_KEY. If the keys are right, allow this access key in the store to "
      + "list, read, write and delete in the buckets."
  }
}
