/// The result of one check at one place.
public struct Finding: Sendable {
  /// The outcome of a check.
  public enum Outcome: String, Sendable, CaseIterable {
    /// The state holds.
    case pass
    /// The state does not hold.
    case fail
    /// A person must look: the store has no such rule, or there is nothing to try.
    case manual
    /// It could not be examined, such as for want of rights; never a pass.
    case unknown
  }

  /// The check.
  public let check: Check
  /// The outcome.
  public let outcome: Outcome
  /// The place: a bucket, a URL, a file or a setting.
  public let place: String
  /// The observation, in words.
  public let text: String
  /// The proof: answers to probes and lines of files, without secrets.
  public internal(set) var evidence: [String]
  /// The mute that covers the finding; nil if none does.
  public internal(set) var mute: Mute?
  /// A mute that covered the finding until its date; nil if none did.
  public internal(set) var expired: Mute?

  /// True if the finding is a failure that no mute covers.
  public var isOpen: Bool { outcome == .fail && mute == nil }
}

/// One observation about a check: of a setting, or of a probe.
struct Observation {
  let outcome: Finding.Outcome
  let text: String
  var evidence: [String] = []

  static func pass(_ text: String, _ evidence: String...) -> Observation {
    Observation(outcome: .pass, text: text, evidence: evidence)
  }
  static func fail(_ text: String, _ evidence: String...) -> Observation {
    Observation(outcome: .fail, text: text, evidence: evidence)
  }
  static func manual(_ text: String, _ evidence: String...) -> Observation {
    Observation(outcome: .manual, text: text, evidence: evidence)
  }
  static func unknown(_ text: String, _ evidence: String...) -> Observation {
    Observation(outcome: .unknown, text: text, evidence: evidence)
  }
}

extension Check {
  /// Returns the finding of several observations at one place, usually of a setting and of its probe.
  ///
  /// One failure decides. Then `unknown` wins over a pass, because half of a proof is none.
  func found(at place: String, _ observations: [Observation]) -> Finding {
    let order: [Finding.Outcome] = [.fail, .unknown, .pass, .manual]
    let outcome = order.first { outcome in observations.contains { $0.outcome == outcome } } ?? .unknown
    let deciding = observations.filter { $0.outcome == outcome }
    return Finding(
      check: self,
      outcome: outcome,
      place: place,
      text: observations.isEmpty ? "nothing was examined" : deciding.map(\.text).joined(separator: "; "),
      evidence: observations.flatMap(\.evidence)
    )
  }

  func found(at place: String, _ observations: Observation...) -> Finding { found(at: place, observations) }
}
