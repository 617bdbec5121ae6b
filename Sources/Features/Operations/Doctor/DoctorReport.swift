public import Core

/// The findings of `stowage doctor` as one JSON document.
///
/// Programs rely on its members and on the values of `state`.
public struct DoctorReport: Encodable, Sendable {
  private struct Check: Encodable {
    let name: String
    let state: String
    let what: String
    let advice: String?

    enum CodingKeys: CodingKey { case name, state, what, advice }

    func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(name, forKey: .name)
      try members.encode(state, forKey: .state)
      try members.encode(what, forKey: .what)
      // null rather than absent: each check has the same members.
      try members.encode(advice, forKey: .advice)
    }
  }

  private let version = Version.current
  private let state: String
  private let checks: [Check]

  /// A report of `findings`; its own state is the worst of theirs.
  public init(_ findings: [Finding]) {
    checks = findings.map { Check(name: $0.part, state: $0.status.word, what: $0.text, advice: $0.advice) }
    let found = Set(findings.map(\.status))
    state = (found.contains(.bad) ? Finding.Status.bad : found.contains(.warning) ? .warning : .good).word
  }

  /// The document in one line.
  public func line() throws(StorageError) -> String { try JSONLine.encode(self) }
}

extension Finding.Status {
  /// The state's word in JSON and at the terminal.
  public var word: String {
    switch self {
    case .good: "ok"
    case .warning: "warning"
    case .bad: "bad"
    }
  }
}
