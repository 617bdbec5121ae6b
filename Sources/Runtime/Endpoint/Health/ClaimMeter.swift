public import FastCGI
public import Metrics

/// Counts the claims for uploads that are refused, by the code of the problem.
public struct ClaimMeter: Sendable {
  private static let help = "Claims for uploads that were refused, by the code of the problem."
  /// The codes that have a series from the start, because they are the usual ones.
  private static let usual = [
    "forbidden", "invalid_request", "quota_exceeded", "too_large", "too_many_uploads", "type_not_allowed",
    "unauthenticated", "unavailable",
  ]

  private let metrics: Registry

  /// Creates a meter with a counter in `metrics` for each usual code.
  public init(_ metrics: Registry) {
    self.metrics = metrics
    for code in Self.usual { _ = counter(code) }
  }

  /// Returns the response of `answer`, and counts the error that it or its deferred response throws.
  public func counting(_ answer: () throws -> Response) throws -> Response {
    do {
      let response = try answer()
      guard case .deferred(let owner, let make) = response.body else { return response }
      return .deferred(for: owner) { try counting(make) }
    } catch {
      counter(ProblemDocument.code(of: error)).add()
      throw error
    }
  }

  private func counter(_ code: String) -> Counter {
    metrics.counter("stowage_claims_refused_total", Self.help, ["code": code])
  }
}
