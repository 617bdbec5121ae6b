public import FoundationEssentials

/// The state of refreshed credentials, without any secret.
public struct CredentialStatus: Hashable, Sendable {
  /// The place that the present credentials come from, in words; nil before the first ones.
  public internal(set) var place: String?
  /// The end of the present credentials; nil if they have no known end, or there are none.
  public internal(set) var expiration: Date?
  /// The reason why fresh credentials cannot be had; nil while refreshes succeed.
  public internal(set) var failure: String?
  /// The number of successful refreshes so far.
  public internal(set) var successes = 0
  /// The number of failed refreshes so far.
  public internal(set) var failures = 0

  /// Returns the time until the credentials end, in seconds, at least 0; nil if they have no known end.
  public func secondsLeft(at now: Date) -> Double? { expiration.map { max(0, $0.timeIntervalSince(now)) } }

  /// Returns a sentence for an administrator while fresh credentials cannot be had; nil while refreshes succeed.
  public func remark(at now: Date) -> String? {
    guard let failure else { return nil }
    let rest = secondsLeft(at: now).map { "end in \(Int($0)) s" } ?? "have no known end"
    return "fresh ones cannot be had (\(failure)); the present ones \(rest)"
  }
}

/// A change of the state, for the log; each is reported once, not per request.
public enum CredentialNews: Hashable, Sendable {
  /// Fresh credentials are in use; `afterFailure` is true if earlier refreshes had failed.
  case obtained(CredentialStatus, afterFailure: Bool)
  /// Refreshes have begun to fail, and the present credentials are used to their end.
  case failing(CredentialStatus)
  /// There are no valid credentials.
  case exhausted(CredentialStatus)
}
