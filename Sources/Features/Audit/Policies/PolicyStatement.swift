import S3

/// One statement of a bucket's policy that allows something.
struct PolicyStatement {
  /// One of those that a statement lets in.
  enum Principal: Hashable {
    case everybody
    /// A principal of an AWS account; nil if its name does not say of which.
    case aws(String, account: String?)
    case service(String)
  }

  /// The statement as it is.
  let document: JSONValue
  /// The Sid, or the place in the policy.
  let name: String
  /// Those that the statement lets in, before its conditions.
  let principals: Set<Principal>
  /// The conditions.
  let condition: PolicyCondition
  private let actions: [ActionPattern]?
  private let exceptions: [ActionPattern]?

  /// Returns the statements of a policy that allow something; what is not plainly a denial counts as one.
  static func allowing(in policy: JSONValue?) -> [PolicyStatement] {
    (policy.map(members)?["statement"]?.items ?? []).enumerated()
      .filter { members($0.element)["effect"]?.string?.lowercased() != "deny" }
      .map { PolicyStatement($0.element, at: $0.offset) }
  }

  private init(_ document: JSONValue, at index: Int) {
    self.document = document
    let parts = members(document)
    name = parts["sid"]?.string ?? "Statement[\(index)]"
    condition = PolicyCondition(parts["condition"])
    principals = parts["notprincipal"] == nil ? Self.principals(parts["principal"]) : [.everybody]
    func patterns(_ value: JSONValue) -> [ActionPattern] { value.items.compactMap(\.string).map(ActionPattern.init) }
    (actions, exceptions) = (parts["action"].map(patterns), parts["notaction"].map(patterns))
  }

  /// True if the statement lets everybody in, and no condition narrows that to some.
  var isPublic: Bool { principals.contains(.everybody) && !condition.isNarrow() }

  /// The effects of the statement's actions; never none.
  var effects: Set<ActionPattern.Effect> {
    var effects = Set((actions ?? []).flatMap(\.effects))
    if let exceptions {
      for (effect, names) in ActionPattern.actions
      where names.contains(where: { name in !exceptions.contains { $0.covers(name) } }) {
        effects.insert(effect)
      }
    }
    return effects.isEmpty ? [.write] : effects
  }

  /// True if one pattern stands for all actions, or if the statement names only what it leaves out.
  var isForAllActions: Bool { exceptions != nil || (actions ?? []).contains(where: \.isForAll) }

  /// Returns everybody if no principal is named.
  ///
  /// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
  private static func principals(_ value: JSONValue?) -> Set<Principal> {
    guard let value else { return [.everybody] }
    guard case .object(let kinds) = value else { return Set(value.items.map { aws($0.string) }) }
    let found = kinds.flatMap { kind, names in
      names.items.map { name -> Principal in
        guard let text = name.string, text != "*" else { return .everybody }
        return kind.lowercased() == "service" ? service(text) : aws(text)
      }
    }
    return found.isEmpty ? [.everybody] : Set(found)
  }

  private static func service(_ text: String) -> Principal {
    PolicyCondition.isFixed(text) ? .service(text) : .everybody
  }

  private static func aws(_ text: String?) -> Principal {
    guard let text else { return .everybody }
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
    let account = parts.count == 6 && parts[0] == "arn" ? parts[4] : text
    if account.wholeMatch(of: /[0-9]{12}/) != nil { return .aws(text, account: account) }
    return PolicyCondition.isFixed(text) ? .aws(text, account: nil) : .everybody
  }
}

/// Returns the members by their names in lowercase, because some stores read names without regard to case.
private func members(_ value: JSONValue) -> [String: JSONValue] {
  Dictionary(value.members.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
}
