import S3

/// The judgement of a bucket's policy, without a store.
struct PolicyJudgement {
  private let statements: [PolicyStatement]

  init(_ policy: JSONValue?) { statements = PolicyStatement.allowing(in: policy) }

  /// Finds the statements that let everybody do something of this effect.
  func opened(to effect: ActionPattern.Effect) -> Observation {
    observe(statements.filter { $0.isPublic && $0.effects.contains(effect) }, "lets everybody in")
  }

  /// Finds the statements that allow all actions to some; those that let everybody in are found as such.
  func wildcards() -> Observation {
    observe(statements.filter { !$0.isPublic && $0.isForAllActions }, "allows all actions")
  }

  /// Finds the statements that let in other accounts, or services of AWS on behalf of any account.
  ///
  /// Without `account`, a person must look whose the principals are.
  func principals(besides account: String?) -> Observation {
    let services = statements.filter { !$0.services.isEmpty }
    let open = services.filter { !$0.condition.isNarrow(by: PolicyCondition.ofServices) }
    guard open.isEmpty else { return observe(open, "lets a service of AWS in on behalf of any account") }
    let strange = services.filter { $0.condition.accountsOfServices.contains { $0 != account } }
    guard account == nil || strange.isEmpty else {
      return observe(strange, "lets a service of AWS in on behalf of another account")
    }
    let foreign = statements.filter { $0.accounts.contains { $0 != account } }
    guard account == nil || foreign.isEmpty else { return observe(foreign, "lets another account in") }
    let unclear = statements.filter { $0.hasPrincipalWithoutAccount }
    let doubtful = foreign + unclear
    guard !doubtful.isEmpty else { return .pass("no statement lets another account in") }
    let names = Set(doubtful.flatMap { $0.accounts + $0.namesWithoutAccount }).sorted().joined(separator: ", ")
    let reason = account == nil ? "set STOWAGE_AWS_ACCOUNT, or look whose they are" : "look whose they are"
    return .manual("the policy lets in \(names): \(reason)", doubtful[0].document.json())
  }

  private func observe(_ found: [PolicyStatement], _ complaint: String) -> Observation {
    guard let first = found.first else { return .pass("no statement of the policy allows it") }
    let names = found.map(\.name).joined(separator: ", ")
    let accounts = Set(found.flatMap(\.accounts)).sorted()
    let whose = accounts.isEmpty ? "" : " (\(accounts.joined(separator: ", ")))"
    return .fail("the statement \(names) \(complaint)\(whose)", first.document.json())
  }
}

extension PolicyStatement {
  fileprivate var services: [String] {
    principals.compactMap { if case .service(let name) = $0 { name } else { nil } }
  }

  /// The accounts of the principals, or those to which a condition narrows everybody.
  fileprivate var accounts: [String] {
    principals.flatMap { principal -> [String] in
      switch principal {
      case .aws(_, let account): account.map { [$0] } ?? []
      case .everybody: condition.values(of: "aws:principalaccount")
      case .service: []
      }
    }
  }

  fileprivate var namesWithoutAccount: [String] {
    principals.compactMap { if case .aws(let name, nil) = $0 { name } else { nil } }
  }

  fileprivate var hasPrincipalWithoutAccount: Bool { !namesWithoutAccount.isEmpty }
}
