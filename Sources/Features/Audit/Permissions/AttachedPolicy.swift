import Glibc
import S3

/// An IAM policy as it is attached, compared with the policy that its process needs.
struct AttachedPolicy {
  private let document: JSONValue

  /// Reads a policy, alone or as `aws iam get-role-policy` and `get-policy-version` print it.
  init(json: [UInt8]) throws(JSONValue.Malformed) {
    let printed = try JSONValue(json: json)
    document = printed["PolicyDocument"] ?? printed["PolicyVersion"]?["Document"] ?? printed
  }

  /// Returns in words what the policy allows beyond `needed`; statements that deny count for nothing.
  ///
  /// A pattern is wider unless one grant of `needed` covers all that the pattern can stand for.
  func excess(over needed: PermissionDocument) -> [String] {
    let statements = document["Statement"]?.items ?? []
    guard !statements.isEmpty else { return ["it has no Statement"] }
    return statements.enumerated().filter { $0.element["Effect"]?.string != "Deny" }.flatMap { index, statement in
      let name = statement["Sid"]?.string ?? "Statement[\(index)]"
      return excess(of: statement, over: needed).map { "\(name): \($0)" }
    }
  }

  private func excess(of statement: JSONValue, over needed: PermissionDocument) -> [String] {
    for member in ["NotAction", "NotResource"] where statement[member] != nil {
      return ["\(member) allows everything else"]
    }
    let (actions, resources) = (texts(statement, "Action"), texts(statement, "Resource"))
    guard !actions.isEmpty, !resources.isEmpty else { return ["Action or Resource is missing"] }
    return actions.flatMap { action -> [String] in
      let alike = needed.statements.filter { has($0, action) }
      guard !alike.isEmpty else { return ["no code performs \(action)"] }
      return resources.compactMap { resource in
        let covering = alike.filter { texts($0, "Resource").contains { covers($0, resource) } }
        guard !covering.isEmpty else { return "\(action) on \(resource) is wider than the code needs" }
        let isConditional = covering.allSatisfy { $0["Condition"] != nil && $0["Condition"] != statement["Condition"] }
        return isConditional ? "\(action) on \(resource) lacks the condition" : nil
      }
    }
  }

  private func texts(_ statement: JSONValue, _ member: String) -> [String] {
    (statement[member]?.items ?? []).compactMap(\.string)
  }

  /// True if the statement allows the action; names of actions have no case.
  private func has(_ statement: JSONValue, _ action: String) -> Bool {
    texts(statement, "Action").contains { $0.lowercased() == action.lowercased() }
  }

  /// True if the pattern `wide`, which has no `?`, fits everything that the pattern `narrow` fits.
  ///
  /// Read as a text, `narrow` fits only if each of its wildcards lies within a `*` of `wide`.
  private func covers(_ wide: String, _ narrow: String) -> Bool { fnmatch(wide, narrow, FNM_NOESCAPE) == 0 }
}
