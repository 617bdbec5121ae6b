import Core
import CredentialProviders
import Foundation

extension Doctor {
  /// Checks the credentials for the store: that they can be had, and for how long.
  ///
  /// Keys in the settings have no end that could be checked. A session token has one, which nobody states.
  func credentials(at now: Date) -> [Finding] {
    let part = "credentials"
    if let keys = patient.settings.store.keys {
      guard keys.sessionToken != nil else { return [] }
      return [
        .warning(
          part,
          "STOWAGE_S3_SESSION_TOKEN is set; nobody renews it, and URLs can outlive it",
          "Let Stowage find and renew credentials: docs/credentials.md."
        )
      ]
    }
    do throws(StorageError) {
      guard let status = try patient.credentials() else { return [] }
      let place = status.place ?? "unknown"
      if let remark = status.remark(at: now) {
        return [.warning(part, "\(place): \(remark)", "Correct it before the present ones end: docs/credentials.md.")]
      }
      let end = status.expiration.map { "until " + $0.formatted(.iso8601) + ", and renewed" } ?? "without a known end"
      return [.good(part, "\(place), \(end)")]
    } catch {
      return [
        .bad(
          part,
          error.words,
          "Set STOWAGE_S3_ACCESS_KEY and STOWAGE_S3_SECRET_KEY, or give this node a role: docs/credentials.md."
        )
      ]
    }
  }
}
